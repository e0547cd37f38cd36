"""The picture of a price's history: a line that goes up and down in steps."""

from dataclasses import dataclass
from datetime import date

from flexspace.core.money import Money
from members.models import Plan, PlanPrice, Product, ProductPrice

WIDTH, HEIGHT, TOP = 320, 72, 10


@dataclass(frozen=True, slots=True)
class PriceStep:
    """One price: ``until`` is the first day of the next one, None for the last."""

    from_date: date
    until: date | None
    price: Money
    state: str  # past, now or coming


@dataclass(frozen=True, slots=True)
class Steps:
    """An SVG path in a box of WIDTH × HEIGHT, and where today is in it."""

    path: str
    today: int
    words: str


def price_steps(item: Plan | Product, today: date) -> list[PriceStep]:
    """Return the prices of ``item``, the newest first."""
    prices: list[PlanPrice | ProductPrice] = list(item.prices.all())
    rows = sorted(prices, key=lambda row: row.from_date)
    ends = [row.from_date for row in rows[1:]]
    found = []
    for row, until in zip(rows, [*ends, None], strict=True):
        state = "coming" if row.from_date > today else "now" if until is None or until > today else "past"
        found.append(PriceStep(row.from_date, until, Money(row.amount, item.location.currency), state))
    return found[::-1]


def picture(steps: list[PriceStep], today: date) -> Steps | None:
    """Return the drawing of ``price_steps``; None for fewer than two, which need none."""
    if len(steps) < 2:
        return None
    rows = steps[::-1]
    first, last = rows[0].from_date, max(rows[-1].from_date, today)
    span = max(1, (last - first).days) * 11 // 10 + 1  # a little room on the right for the last price
    low = min(row.price.amount for row in rows) * 4 // 5  # where the picture ends below, or a small step is unseen
    high = max(1, max(row.price.amount for row in rows) - low)
    x = [(row.from_date - first).days * WIDTH // span for row in rows]
    y = [HEIGHT - (HEIGHT - TOP) * (row.price.amount - low) // high for row in rows]
    path = f"M0 {y[0]}" + "".join(f"H{at}V{to}" for at, to in zip(x[1:], y[1:], strict=True)) + f"H{WIDTH}"
    words = ", ".join(f"{row.price} from {row.from_date:%Y-%m-%d}" for row in rows)
    return Steps(path, (today - first).days * WIDTH // span, words)
