"""Periods of a membership: which days one bill is for. Pure; everything is a calendar day of the membership's location.

Two ways to cut the line of days into periods of 1, 3 or 12 months: by the calendar (months, quarters, years, each
from the 1st) or by the anniversary of the start day. A start on the 29th to 31st falls on the last day of a shorter
month and comes back to its own day after it, because every period is counted from the first one, not from the last.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from ``start`` to before ``end``, one or more; ``last`` is the last one in it."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"A period from {self.start} cannot end before {self.end}.")

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day < self.end

    @property
    def last(self) -> date:
        """Return the last day in it."""
        return self.end - ONE_DAY

    @property
    def days(self) -> int:
        """Return how many days it has, one or more."""
        return (self.end - self.start).days

    def within(self, start: date, end: date | None) -> "Period | None":
        """Return the part of it from ``start`` to before ``end`` (None: no end); None when they do not touch."""
        first, until = max(self.start, start), min(self.end, end or self.end)
        return Period(first, until) if first < until else None


@dataclass(frozen=True, slots=True)
class Cycle:
    """How the days are cut: a period starts every ``interval_months``, on ``day`` (1 to 31) or the month's last.

    ``month`` is a month in which one starts, counted from January of the year 0.
    """

    interval_months: int
    month: int = 0
    day: int = 1

    def __post_init__(self) -> None:
        if self.interval_months < 1 or not 1 <= self.day <= 31:
            raise ValueError("A period has one month or more and starts on a day from 1 to 31.")

    @classmethod
    def calendar(cls, interval_months: int) -> Self:
        """Return the months, quarters or years of the calendar."""
        return cls(interval_months)

    @classmethod
    def anniversary(cls, interval_months: int, starts_on: date) -> Self:
        """Return periods from ``starts_on`` on."""
        return cls(interval_months, _month(starts_on), starts_on.day)

    def period_containing(self, day: date) -> Period:
        """Return the period ``day`` falls into."""
        month = _month(day)
        month -= (month - self.month) % self.interval_months
        if _day_in(month, self.day) > day:
            month -= self.interval_months
        return self._from(month)

    def next_period(self, period: Period) -> Period:
        """Return the period after ``period``."""
        return self.period_containing(period.end)

    def periods_between(self, start: date, end: date) -> list[Period]:
        """Return every period that has a day from ``start`` to before ``end``, in order."""
        found: list[Period] = []
        day = start
        while day < end:
            found.append(self.period_containing(day))
            day = found[-1].end
        return found

    def _from(self, month: int) -> Period:
        return Period(_day_in(month, self.day), _day_in(month + self.interval_months, self.day))


def due_date(first_day: date, *, issued_on: date, payment_days: int) -> date:
    """Return when a bill for days from ``first_day`` is due: after the days to pay, and never before what it is for."""
    return max(first_day, issued_on + timedelta(days=payment_days))


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _day_in(month: int, day: int) -> date:
    """Return ``day`` of the month counted from January of the year 0, or that month's last day."""
    year, number = divmod(month, 12)
    return date(year, number + 1, min(day, monthrange(year, number + 1)[1]))
