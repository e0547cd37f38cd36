"""Gapless invoice numbers, one row of them per location."""

from django.db.models import F

from billing.models import InvoiceSequence
from flexspace.core.models import Location


def next_number(location: Location) -> str:
    """Return the next number of ``location``, such as HFN-000123, and lock its sequence until the transaction ends.

    Call it as late as possible in the transaction that issues: others who issue at this location wait for the commit,
    and a roll-back gives the number back.
    """
    row = InvoiceSequence.objects.filter(location=location)
    if not row.update(next_number=F("next_number") + 1):
        InvoiceSequence.objects.bulk_create([InvoiceSequence(location=location)], ignore_conflicts=True)
        row.update(next_number=F("next_number") + 1)
    taken = row.values_list("next_number", flat=True).get() - 1
    return f"{location.code}-{taken:06}"
