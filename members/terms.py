"""What a membership agrees on, and what follows from it for a day, a bill, an end. Pure.

Days are calendar days of the membership's location, amounts minor units of its currency.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from members.calendars import ONE_DAY, Cycle, Period
from members.enums import MembershipState
from members.proration import Discount, Pause, Price, PriceMissing, Prorated, discounted, price_on, prorate

NOTHING = Prorated(0, ())
LOOK_AHEAD = timedelta(days=2 * 366)  # how far a next bill is looked for


@dataclass(frozen=True, slots=True)
class Terms:
    """A membership without its row. ``ends_on`` is its last day; ``step`` the currency's chargeable one."""

    starts_on: date
    ends_on: date | None
    cycle: Cycle
    prices: tuple[Price, ...]
    step: int
    pauses: tuple[Pause, ...] = ()
    discounts: tuple[Discount, ...] = ()

    @property
    def begins(self) -> bool:
        """Return whether it has any day: one that is ended before its start never begins."""
        return self.ends_on is None or self.ends_on >= self.starts_on

    @property
    def end(self) -> date | None:
        """Return the first day after it; None: open."""
        return self.ends_on + ONE_DAY if self.ends_on else None

    def holds(self, day: date) -> bool:
        """Return whether it is in force on ``day``, paused or not."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def paused(self, day: date) -> bool:
        """Return whether it is paused on ``day``."""
        return any(pause.covers(day) for pause in self.pauses)

    def state(self, today: date) -> MembershipState:
        """Return what people read on the day ``today``."""
        if not self.begins:
            return MembershipState.NEVER_BEGAN
        if self.ends_on and self.ends_on < today:
            return MembershipState.ENDED
        if today < self.starts_on:
            return MembershipState.UPCOMING
        if self.paused(today):
            return MembershipState.PAUSED
        return MembershipState.ENDING if self.ends_on else MembershipState.ACTIVE

    def price(self, day: date) -> int | None:
        """Return what a whole period costs at the price and the discounts of ``day``; None without a price."""
        found = price_on(day, self.prices)
        held = [each for each in self.discounts if each.covers(day)]
        if not found:
            return None
        share, off = sum(each.basis_points for each in held), sum(each.amount for each in held)
        return discounted(found.amount, basis_points=share, off=off, step=self.step)

    def cost(self, period: Period) -> Prorated:
        """Return what the days of ``period`` cost in which it holds."""
        if not self.begins:
            return NOTHING
        return prorate(
            period,
            prices=self.prices,
            step=self.step,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            pauses=self.pauses,
            discounts=self.discounts,
        )

    def periods(self, start: date, end: date) -> list[Period]:
        """Return its periods that begin from ``start`` to before ``end``; the first one begins with it, if later.

        This is what one billing run bills: a whole period, or what is left of one for whoever joins in the middle.
        """
        joins = self.starts_on >= start
        return [
            period
            for period in self.cycle.periods_between(max(start, self.starts_on), end)
            if (joins or period.start >= start) and self.begins and period.within(self.starts_on, self.end)
        ]


@dataclass(frozen=True, slots=True)
class Bill:
    """One period and what it costs."""

    period: Period
    cost: Prorated


@dataclass(frozen=True, slots=True)
class Billed:
    """What the bills say of a membership: ``periods`` are billed, earlier days than ``since`` never will be.

    ``before`` is the first day that the next bill does not reach.
    """

    since: date
    before: date
    periods: tuple[Period, ...] = ()


def unbilled(terms: Terms, periods: Sequence[Period], *, since: date, before: date) -> Iterator[tuple[Period, Period]]:
    """Yield each period with a part of it to bill: held, not in ``periods``, from ``since`` on, begun by ``before``.

    A period may come with several parts, when a bill in its middle was voided.
    """
    day = start = max(terms.starts_on, since)
    while terms.begins and day < before and (terms.end is None or day < terms.end):
        cycle = terms.cycle.period_containing(day)
        active = cycle.within(start, terms.end)
        for part in _gaps(active, periods) if active else ():
            if part.start < before:
                yield cycle, part
        day = cycle.end


def part_cost(terms: Terms, cycle: Period, part: Period) -> Prorated:
    """Return what ``part`` of the period ``cycle`` costs; parts add up to the whole. Raises PriceMissing."""
    return replace(terms, starts_on=part.start, ends_on=part.last).cost(cycle)


def next_bill(terms: Terms, billed: Billed) -> tuple[Bill, ...]:
    """Return what the next bill holds: every part that is not billed yet and costs something, the oldest first.

    When there is nothing by then, the first one after it; nothing within two years, as in a pause without an end,
    or where there is no price, gives nothing.
    """
    found: list[Bill] = []
    parts = unbilled(terms, billed.periods, since=billed.since, before=billed.before + LOOK_AHEAD)
    for cycle, part in parts:
        if found and part.start >= billed.before:
            break
        try:
            cost = part_cost(terms, cycle, part)
        except PriceMissing:
            break
        if cost.amount:
            found.append(Bill(part, cost))
    return tuple(found)


def _gaps(active: Period, billed: Sequence[Period]) -> Iterator[Period]:
    """Yield what is left of ``active`` without the ``billed`` days."""
    start = active.start
    for done in sorted(billed):
        if done.end <= start or done.start >= active.end:
            continue
        if done.start > start:
            yield Period(start, done.start)
        start = done.end
    if start < active.end:
        yield Period(start, active.end)


@dataclass(frozen=True, slots=True)
class Ending:
    """What ending a membership means: ``unused`` is what the days after ``ends_on`` in ``period`` would have cost.

    ``period`` is the one that holds the day after the end, None when nothing of it lies before the end.
    """

    ends_on: date
    unused: Bill | None


def ending(terms: Terms, ends_on: date) -> Ending:
    """Return what it means to end ``terms`` on ``ends_on``; a day before the start: it never begins."""
    after = ends_on + ONE_DAY
    period = terms.cycle.period_containing(after)
    if ends_on < terms.starts_on or period.start >= after:
        return Ending(ends_on, None)
    rest = replace(terms, starts_on=after)
    cost = rest.cost(period)
    return Ending(ends_on, Bill(period, cost) if cost.amount else None)


def ways_to_end(terms: Terms, today: date) -> tuple[date, ...]:
    """Return the last days to choose from: of the running period, of the one after it, and now; each once.

    One that has not begun can also end the day before its start, and so never begin.
    """
    here = terms.cycle.period_containing(max(today, terms.starts_on))
    now = today if terms.starts_on <= today else terms.starts_on - ONE_DAY
    return tuple(dict.fromkeys((here.last, terms.cycle.next_period(here).last, now)))
