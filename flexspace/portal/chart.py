"""Bars for a small SVG chart. Pure: numbers in, attributes out."""

from dataclasses import dataclass

from flexspace.core.money import Money
from flexspace.portal.queries import Takings

TOP, BASE, STEP, LEFT, WIDTH = 12, 112, 52, 8, 36


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: where its rectangle stands, and what it says."""

    x: int
    y: str
    height: str
    middle: int
    label: str
    money: Money
    today: bool


def bars(takings: Takings) -> list[Bar]:
    """Return one bar a day; the best day fills the height, a day without money has none."""
    best = max(takings.days.values()) or 1
    made = []
    for index, (day, amount) in enumerate(takings.days.items()):
        height = (BASE - TOP) * amount / best
        x = LEFT + index * STEP
        today = day == takings.today
        label = "Today" if today else f"{day:%a}"
        money = Money(amount, takings.location.currency)
        made.append(Bar(x, f"{BASE - height:.1f}", f"{height:.1f}", x + WIDTH // 2, label, money, today))
    return made
