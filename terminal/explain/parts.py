"""What a charge that pays a part leaves open of its invoices, in words."""

from flexspace.core.money import Money
from flexspace.core.said import listed
from terminal.enums import AttemptState
from terminal.models import Attempt


def left_open(attempt: Attempt) -> list[str]:
    """Return what a charge leaves open: "€139.00 of HFN-000012", invoice by invoice; [] when it pays all of them.

    While it runs this is what will be left. An invoice whose money went back later counts as paid by it. Reads the
    attempt's allocations with their invoices, which should be there already.
    """
    if attempt.money is None or attempt.refund_id:
        return []
    booked, left = attempt.state == AttemptState.SUCCEEDED, []
    for part in attempt.allocations.all():
        invoice = part.invoice
        amount = invoice.open_amount - (0 if booked else part.amount)
        if amount > 0 and not (booked and invoice.reopened_at):
            left.append(f"{Money(amount, invoice.currency)} of {invoice}")
    return left


def still_open(attempt: Attempt) -> str:
    """Return it as a sentence; "" when nothing is left."""
    left = left_open(attempt)
    return f"{listed(left)} {'is' if len(left) == 1 else 'are'} still open." if left else ""
