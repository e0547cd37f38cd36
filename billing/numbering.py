"""Gapless invoice numbers, one row of them per location."""

from django.db.models import F

from billing.models import InvoiceSequence
from flexspace.core.models import Location


def next_number(location: Location) -> str:
    """Return the next number of ``location``, such as HFN-000123; else as ``next_numbers``."""
    return next_numbers(location, 1)[0]


def next_numbers(location: Location, count: int) -> list[str]:
    """Return the next ``count`` numbers of ``location`` in a row, and lock its sequence until the transaction ends.

    Call it as late as possible in the transaction that issues: others who issue at this location wait for the commit,
    and a roll-back gives the numbers back.
    """
    row = InvoiceSequence.objects.filter(location=location)
    if not row.update(next_number=F("next_number") + count):
        InvoiceSequence.objects.bulk_create([InvoiceSequence(location=location)], ignore_conflicts=True)
        row.update(next_number=F("next_number") + count)
    end = row.values_list("next_number", flat=True).get()
    return [f"{location.code}-{number:06}" for number in range(end - count, end)]
