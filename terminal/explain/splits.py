"""Where the rows of a split stand, in words."""

from dataclasses import dataclass

from billing.models import Payment
from flexspace.core.badges import Badge
from flexspace.core.money import Money
from terminal.enums import SplitWay
from terminal.models import Attempt, Split, SplitRow


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One row as the page shows it; ``amount`` is None while the rest is not known."""

    row: SplitRow
    label: str
    amount: Money | None
    badge: Badge
    payment: Payment | None
    attempt: Attempt | None  # the one that runs


def told_rows(split: Split) -> list[ToldRow]:
    """Return the rows with their state."""
    rows = split.rows.select_related("attempt__payment", "payment").order_by("position")
    return [_told(split, row) for row in rows]


def _told(split: Split, row: SplitRow) -> ToldRow:
    payment, attempt = row.paid_with, row.attempt
    amount = Money(row.amount, split.invoice.currency) if row.amount else None
    if payment:
        badge, amount = Badge("Paid", "paid"), payment.money
    elif attempt and attempt.is_live:
        badge = Badge("Being paid", "live")
    elif row.way == SplitWay.LINK and not split.invoice.open_amount:
        badge = Badge("Nothing left", "paid")
    elif attempt:
        badge = Badge("Not paid", "overdue")
    else:
        badge = Badge("Waits", "idle")
    running = attempt if attempt and attempt.is_live else None
    return ToldRow(row, SplitWay(row.way).label, amount, badge, payment, running)
