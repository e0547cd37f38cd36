"""Where the rows of a split stand, in words."""

from dataclasses import dataclass

from billing.models import Payment
from flexspace.core.badges import Badge
from flexspace.core.money import Money
from terminal.enums import SplitWay
from terminal.models import Attempt, Split, SplitRow


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One row as the page shows it; ``amount`` is None where it is not known, as of a rest that was left open."""

    row: SplitRow
    label: str
    amount: Money | None
    badge: Badge
    payment: Payment | None
    attempt: Attempt | None  # the one that runs


def told_rows(split: Split) -> list[ToldRow]:
    """Return the rows with their state. The last one's amount is what is open less what the others still take."""
    rows = list(split.rows.select_related("attempt__payment", "payment").order_by("position"))
    planned = sum(row.amount for row in rows if row.amount and not row.paid_with)
    rest = 0 if split.ended_at else max(0, split.invoice.open_amount - planned)
    return [_told(split, row, rest) for row in rows]


def _told(split: Split, row: SplitRow, rest: int) -> ToldRow:
    payment, attempt, takes = row.paid_with, row.attempt, row.amount or rest
    amount = Money(takes, split.invoice.currency) if takes else None
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
