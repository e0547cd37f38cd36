"""Small pictures of money: numbers in, the attributes of SVG shapes out. Widths are percent, so that they stretch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from billing.dues.facts import Month
from billing.explain.runs import GROUP_LABELS, signed
from flexspace.core.money import Money

SLOTS = 12  # months in a picture


@dataclass(frozen=True, slots=True)
class Bar:
    """What one reason makes: a bar to the right of the middle for more, to the left for less."""

    label: str
    money: Money
    people: int
    x: str
    width: str
    tone: str  # more or less

    @property
    def signed(self) -> str:
        """Return what it makes, with its sign."""
        return signed(self.money)


def change_bars(groups: Mapping[str, int], people: Mapping[str, int], currency: str) -> list[Bar]:
    """Return one bar for each group that made a difference; the largest one fills its side."""
    largest = max((abs(amount) for amount in groups.values()), default=0)
    bars = []
    for group, label in GROUP_LABELS.items():
        amount = groups.get(group, 0)
        if amount:
            width = max(0.8, 50 * abs(amount) / largest)
            x, tone = (50.0, "more") if amount > 0 else (50 - width, "less")
            bars.append(Bar(label, Money(amount, currency), people.get(group, 0), f"{x:.2f}%", f"{width:.2f}%", tone))
    return bars


@dataclass(frozen=True, slots=True)
class MonthBar:
    """A month's column: ``y`` and ``height`` in percent of the picture."""

    month: date
    money: Money
    y: str
    height: str
    newest: bool


def month_bars(months: Sequence[tuple[date, int]], currency: str) -> list[MonthBar]:
    """Return twelve columns up to the newest of ``months``, at the right; the best month fills the height.

    A month that was not billed by itself has no height. Nothing billed, no columns.
    """
    amounts = {month: amount for month, amount in months if amount}
    if not amounts:
        return []
    best, newest = max(amounts.values()), Month(max(amounts))
    shown = [newest.plus(index + 1 - SLOTS).start for index in range(SLOTS)]
    heights = {month: 100 * amounts.get(month, 0) / best for month in shown}
    return [
        MonthBar(
            month=month,
            money=Money(amounts.get(month, 0), currency),
            y=f"{100 - heights[month]:.2f}%",
            height=f"{heights[month]:.2f}%",
            newest=month == newest.start,
        )
        for month in shown
    ]
