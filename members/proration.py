"""What the days of a period cost: prices that change, pauses, discounts, somebody who comes or goes. Pure.

Amounts are minor units and multiples of ``step`` (``money.step``), as prices are. The first k of n days of a price
cost that price times k/n, rounded half up, and days in the middle cost the difference of two such sums. So a period
may be cut at any day: the parts always add up to the whole, whatever the currency.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from members.calendars import ONE_DAY, Period

BASE = 10_000  # basis points of a whole


class PriceMissing(ValueError):
    """A day has no price: the first price starts later."""


class SegmentKind(StrEnum):
    """Why a stretch of days costs what it costs."""

    WHOLE = "whole"  # all days of the period at one price
    PART = "part"  # some days of it
    PAUSED = "paused"  # days that are held without being paid


@dataclass(frozen=True, slots=True)
class Price:
    """``amount`` for a whole period, from the day ``from_date`` until the next price."""

    from_date: date
    amount: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Days that cost nothing, to before ``until``; None: the end is open."""

    from_date: date
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Return whether ``day`` is one of them."""
        return self.from_date <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Discount:
    """Off the price of the days to before ``until`` (None: no end): a share in basis points, or an amount a period."""

    from_date: date
    until: date | None = None
    basis_points: int = 0
    amount: int = 0

    def covers(self, day: date) -> bool:
        """Return whether it counts on ``day``."""
        return self.from_date <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Segment:
    """Days that cost the same: ``amount`` for ``start`` to before ``end``, ``days`` of the period's ``of_days``.

    ``price`` is the whole period's without discount; ``basis_points`` and ``off`` are what comes off it.
    """

    kind: SegmentKind
    start: date
    end: date
    of_days: int
    price: int
    basis_points: int
    off: int
    amount: int

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.end - self.start).days

    def facts(self) -> dict[str, Any]:
        """Return the reason as plain JSON values, for a line's ``why``; ``explain.segment_words`` reads them."""
        return {
            "code": self.kind.value,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "of_days": self.of_days,
            "price": self.price,
            "basis_points": self.basis_points,
            "off": self.off,
            "amount": self.amount,
        }


@dataclass(frozen=True, slots=True)
class Prorated:
    """What the days cost together, and the stretches it is made of, in order."""

    amount: int
    segments: tuple[Segment, ...]

    @property
    def days(self) -> int:
        """Return how many days are in it, paused ones too."""
        return sum(segment.days for segment in self.segments)

    def facts(self) -> list[dict[str, Any]]:
        """Return the reasons as plain JSON values."""
        return [segment.facts() for segment in self.segments]


def prorate(
    period: Period,
    *,
    prices: Sequence[Price],
    step: int,
    starts_on: date | None = None,
    ends_on: date | None = None,
    pauses: Sequence[Pause] = (),
    discounts: Sequence[Discount] = (),
) -> Prorated:
    """Return what the days from ``starts_on`` to ``ends_on`` (the last one; None: all) of ``period`` cost.

    Discounts that meet add up, shares first, each of the full price; nothing goes below zero. No days, no segments.
    Raises PriceMissing when a day that is neither paused nor outside has no price yet.
    """
    active = period.within(starts_on or period.start, ends_on + ONE_DAY if ends_on else None)
    if not active:
        return Prorated(0, ())
    cuts = _cuts(active, prices, pauses, discounts)
    found: list[Segment] = []
    for start, end in itertools.pairwise(cuts):
        segment = _segment(period, Period(start, end), prices, pauses, discounts, step)
        found.append(_joined(found.pop(), segment) if found and _alike(found[-1], segment) else segment)
    return Prorated(sum(segment.amount for segment in found), tuple(found))


def share(amount: int, *, days: int, of_days: int, step: int) -> int:
    """Return what the first ``days`` of ``of_days`` cost when all cost ``amount``: half up to ``step``."""
    over = of_days * step
    return (2 * amount * days + over) // (2 * over) * step


def discounted(amount: int, *, basis_points: int, off: int, step: int) -> int:
    """Return ``amount`` less a share (rounded half up to ``step``) and a fixed amount, never below zero."""
    return max(0, amount - share(amount, days=min(basis_points, BASE), of_days=BASE, step=step) - off)


def _cuts(
    active: Period, prices: Sequence[Price], pauses: Sequence[Pause], discounts: Sequence[Discount]
) -> list[date]:
    """Return the days on which something may change, from the first active one to the first after."""
    days = {price.from_date for price in prices}
    stretches: list[Pause | Discount] = [*pauses, *discounts]
    for stretch in stretches:
        days.add(stretch.from_date)
        if stretch.until:
            days.add(stretch.until)
    return [active.start, *sorted(day for day in days if active.start < day < active.end), active.end]


def _segment(
    period: Period,
    part: Period,
    prices: Sequence[Price],
    pauses: Sequence[Pause],
    discounts: Sequence[Discount],
    step: int,
) -> Segment:
    """Return ``part`` of ``period``, in which nothing changes, with its cost."""
    price = price_on(part.start, prices)
    if any(pause.covers(part.start) for pause in pauses):
        return Segment(SegmentKind.PAUSED, part.start, part.end, period.days, price.amount if price else 0, 0, 0, 0)
    if not price:
        raise PriceMissing(f"There is no price on {part.start}.")
    held = [discount for discount in discounts if discount.covers(part.start)]
    basis_points, off = sum(each.basis_points for each in held), sum(each.amount for each in held)
    net = discounted(price.amount, basis_points=basis_points, off=off, step=step)
    until, before = ((day - period.start).days for day in (part.end, part.start))
    cost = share(net, days=until, of_days=period.days, step=step)
    cost -= share(net, days=before, of_days=period.days, step=step)
    kind = SegmentKind.WHOLE if part == period else SegmentKind.PART
    return Segment(kind, part.start, part.end, period.days, price.amount, basis_points, off, cost)


def price_on(day: date, prices: Sequence[Price]) -> Price | None:
    """Return the price in force on ``day``; None before the first."""
    begun = [price for price in prices if price.from_date <= day]
    return max(begun, key=lambda price: price.from_date, default=None)


def _alike(one: Segment, other: Segment) -> bool:
    """Return whether two neighbours are told as one: a price of the same amount from a new date changes nothing."""
    paused = one.kind is SegmentKind.PAUSED, other.kind is SegmentKind.PAUSED
    if any(paused):
        return all(paused)
    return (one.price, one.basis_points, one.off) == (other.price, other.basis_points, other.off)


def _joined(one: Segment, other: Segment) -> Segment:
    whole = (other.end - one.start).days == one.of_days
    kind = SegmentKind.WHOLE if whole and one.kind is not SegmentKind.PAUSED else one.kind
    return replace(one, kind=kind, end=other.end, amount=one.amount + other.amount)
