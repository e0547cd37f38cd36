"""Gapless numbers of invoices and of credit notes, one row of them per location."""

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
    end = _advance(location, "next_number", count)
    return [f"{location.code}-{number:06}" for number in range(end - count, end)]


def next_credit_note(location: Location) -> str:
    """Return the next number of a credit note of ``location``, such as HFN-C000123; else as ``next_numbers``."""
    return f"{location.code}-C{_advance(location, 'next_credit_note', 1) - 1:06}"


def _advance(location: Location, name: str, count: int) -> int:
    """Return the number after the ``count`` ones that are taken from the sequence ``name``, which stays locked."""
    row = InvoiceSequence.objects.filter(location=location)
    if not row.update(**{name: F(name) + count}):
        InvoiceSequence.objects.bulk_create([InvoiceSequence(location=location)], ignore_conflicts=True)
        row.update(**{name: F(name) + count})
    end: int = row.values_list(name, flat=True).get()
    return end
