"""Stripe's days beside ours as bars of a small SVG chart. Pure: sums in, attributes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flexspace.core.money import Money

TOP, BASE, DAYS = 12, 112, 30  # heights are CSS pixels
STEP, WIDTH, GAP = 100 / DAYS, 1.3, 0.15  # of a day and its bars, in percent of the width


@dataclass(frozen=True, slots=True)
class Pair:
    """One day of both sides: where the two bars stand, and what they say. What is across is in percent."""

    day: date
    x: str
    ours_x: str
    middle: str
    theirs_y: str
    theirs_height: str
    ours_y: str
    ours_height: str
    theirs: Money
    ours: Money


@dataclass(frozen=True, slots=True)
class Books:
    """The days of one currency with both totals; ``marks`` are days to write below.

    ``apart`` is what only Stripe has and somebody closed as none of ours: it explains that much of a difference.
    """

    currency: str
    theirs: Money
    ours: Money
    pairs: list[Pair]
    apart: Money

    @property
    def differ(self) -> bool:
        """Return whether the totals are not the same, but for what was closed as none of ours."""
        return self.theirs - self.apart != self.ours

    @property
    def marks(self) -> list[Pair]:
        """Return every seventh day, for the words under the chart."""
        return self.pairs[1::7]


def books(currency: str, today: date, theirs: Mapping[date, int], ours: Mapping[date, int], apart: int = 0) -> Books:
    """Return the last 30 days; minor units in, and a day on which more went back than came has no bar.

    ``apart`` is what of Stripe's side was closed as none of ours.
    """
    days = [today - timedelta(days=DAYS - 1 - number) for number in range(DAYS)]
    best = max([*(theirs.get(day, 0) for day in days), *(ours.get(day, 0) for day in days), 1])
    pairs = [_pair(day, index, theirs.get(day, 0), ours.get(day, 0), best, currency)
             for index, day in enumerate(days)]  # fmt: skip
    sums = [Money(sum(side.get(day, 0) for day in days), currency) for side in (theirs, ours)]
    return Books(currency, sums[0], sums[1], pairs, Money(apart, currency))


def _pair(day: date, index: int, theirs: int, ours: int, best: int, currency: str) -> Pair:
    tall, low = ((BASE - TOP) * max(0, amount) / best for amount in (theirs, ours))
    middle = (index + 0.5) * STEP
    return Pair(
        day=day,
        x=f"{middle - GAP / 2 - WIDTH:.2f}%",
        ours_x=f"{middle + GAP / 2:.2f}%",
        middle=f"{middle:.2f}%",
        theirs_y=f"{BASE - tall:.1f}",
        theirs_height=_tall(tall),
        ours_y=f"{BASE - low:.1f}",
        ours_height=_tall(low),
        theirs=Money(theirs, currency),
        ours=Money(ours, currency),
    )


def _tall(height: float) -> str:
    return f"{height:.1f}" if height > 0 else ""
