"""Which day pass a check-in uses up, until when one holds, and how many seats a day has left. Pure.

Days are calendar days of the pass's location. A credit of a half-day pass is a morning or an afternoon, so a whole
day takes two of them; a credit of any other pass is a whole day, also for who comes for half of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from members.enums import DayPart

NOON = time(13)  # where the morning ends and the afternoon begins
HALVES = (DayPart.MORNING, DayPart.AFTERNOON)
COUNTER_KEYS = frozenset("CEIKLMNORX")  # what the counter's own keys mean; no product takes them


@dataclass(frozen=True, slots=True)
class PassView:
    """A day pass without its row. ``left`` is the sum of its entries; ``own``: the person's, not the company's."""

    id: int
    is_half: bool
    left: int
    valid_from: date
    valid_until: date | None = None
    revoked: bool = False
    own: bool = True

    def holds(self, day: date) -> bool:
        """Return whether ``day`` is one of its days."""
        return not self.revoked and self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    def cost(self, part: DayPart) -> int:
        """Return how many of its credits ``part`` of a day takes."""
        return 2 if self.is_half and part is DayPart.FULL else 1

    def pays(self, day: date, part: DayPart) -> bool:
        """Return whether it is enough for ``part`` of ``day``."""
        return self.holds(day) and self.left >= self.cost(part)


class WhyNone(StrEnum):
    """Why no pass can be used."""

    NONE = "none"  # there never was one
    USED_UP = "used_up"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    HALF_LEFT = "half_left"  # enough for half of the day only
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class NoPass:
    """Why no pass can be used; ``day`` is when the last one expired or the first one begins."""

    why: WhyNone
    day: date | None = None


def which(passes: Iterable[PassView], *, on: date, part: DayPart) -> PassView | None:
    """Return the pass that ``part`` of the day ``on`` uses up, or None.

    One that fits comes before one that is wasted on it; then the one that expires first, the person's own, the oldest.
    """
    usable = [one for one in passes if one.pays(on, part)]
    whole = part is DayPart.FULL
    return min(
        usable,
        key=lambda one: (one.is_half == whole, one.valid_until or date.max, not one.own, one.id),
        default=None,
    )


def why_none(passes: Iterable[PassView], *, on: date, part: DayPart) -> NoPass:
    """Return why ``which`` found none: the reason that is nearest to having one."""
    known = list(passes)
    if any(one.pays(on, half) for one in known for half in HALVES) and part is DayPart.FULL:
        return NoPass(WhyNone.HALF_LEFT)
    later = [one for one in known if not one.revoked and one.left > 0 and one.valid_from > on]
    if later:
        return NoPass(WhyNone.NOT_YET, min(one.valid_from for one in later))
    if any(one.holds(on) for one in known):
        return NoPass(WhyNone.USED_UP)
    ended = [one.valid_until for one in known if not one.revoked and one.left > 0 and one.valid_until]
    if ended:
        return NoPass(WhyNone.EXPIRED, max(ended))
    if any(not one.revoked for one in known):
        return NoPass(WhyNone.USED_UP)
    return NoPass(WhyNone.TAKEN_BACK if known else WhyNone.NONE)


def validity(*, paid_on: date, valid_days: int | None, for_day: date | None) -> tuple[date, date | None]:
    """Return first and last day of a pass that was paid on ``paid_on``; None: it never expires.

    One that was sold for a day holds on that day, and to the day it was paid when that came later.
    """
    if for_day:
        return for_day, max(for_day, paid_on)
    return paid_on, paid_on + timedelta(days=valid_days - 1) if valid_days else None


def part_at(moment: datetime) -> DayPart:
    """Return the half of the day that ``moment`` (in the location's zone) lies in."""
    return DayPart.MORNING if moment.time() < NOON else DayPart.AFTERNOON


def still_to_come(part: DayPart, taken: Iterable[DayPart]) -> DayPart | None:
    """Return what of ``part`` somebody is not checked in for yet; None when that is nothing."""
    halves = {half for each in taken for half in _halves(each)}
    missing = [half for half in _halves(part) if half not in halves]
    if len(missing) == 2:
        return DayPart.FULL
    return missing[0] if missing else None


def _halves(part: DayPart) -> tuple[DayPart, ...]:
    return HALVES if part is DayPart.FULL else (part,)


@dataclass(frozen=True, slots=True)
class Seats:
    """The seats of a day. ``capacity`` None: no limit. ``morning`` and ``afternoon`` are taken, full days in both."""

    capacity: int | None
    morning: int = 0
    afternoon: int = 0

    @classmethod
    def of(cls, capacity: int | None, taken: Mapping[DayPart, int]) -> "Seats":
        """Return the seats of a day on which so many of each part are taken."""
        full = taken.get(DayPart.FULL, 0)
        return cls(capacity, full + taken.get(DayPart.MORNING, 0), full + taken.get(DayPart.AFTERNOON, 0))

    def taken(self, part: DayPart) -> int:
        """Return how many seats ``part`` cannot have; a full day needs both halves."""
        return max(self.morning if half is DayPart.MORNING else self.afternoon for half in _halves(part))

    def left(self, part: DayPart = DayPart.FULL) -> int | None:
        """Return how many more can be sold for ``part``, never below nothing; None without a limit."""
        return None if self.capacity is None else max(0, self.capacity - self.taken(part))

    def is_full(self, part: DayPart = DayPart.FULL) -> bool:
        """Return whether there is no seat left for ``part``."""
        return self.left(part) == 0


def next_free(
    days: Mapping[date, Seats], otherwise: int | None, *, after: date, within: int, part: DayPart
) -> date | None:
    """Return the first day after ``after`` with a seat for ``part``, at most ``within`` days on.

    ``days`` are the days that have a row; the others have ``otherwise`` seats, all free.
    """
    for ahead in range(1, within + 1):
        day = after + timedelta(days=ahead)
        if not days.get(day, Seats(otherwise)).is_full(part):
            return day
    return None
