"""Which month a location bills next, and when to say so."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from billing.dues.facts import Month

REMIND = timedelta(days=3)  # before the month begins
EARLY = timedelta(days=7)  # a first run late in a month is for the next one


class Urgency(StrEnum):
    """How soon a month wants to be billed."""

    LATE = "late"  # it has begun
    SOON = "soon"  # it begins within three days
    READY = "ready"  # it may be billed
    LATER = "later"  # it begins too far away


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The month to bill next."""

    month: Month
    urgency: Urgency

    @property
    def may_start(self) -> bool:
        """Return whether its run can be started now."""
        return self.urgency is not Urgency.LATER

    @property
    def reminds(self) -> bool:
        """Return whether people are reminded of it."""
        return self.urgency in (Urgency.LATE, Urgency.SOON)


def upcoming(today: date, runs: Collection[Month]) -> Upcoming:
    """Return the month after the last of ``runs``; a month that was left out before comes with it by itself.

    Without a run it is the one that begins within a week, or the present one.
    """
    here = Month.of(today)
    month = max(runs).plus(1) if runs else Month.of(today + EARLY)
    if month <= here and runs:
        return Upcoming(month, Urgency.LATE)
    if month > here.plus(1):
        return Upcoming(month, Urgency.LATER)
    soon = runs and today >= month.start - REMIND
    return Upcoming(month, Urgency.SOON if soon else Urgency.READY)


def choices(today: date, since: date | None, back: int = 6) -> list[Month]:
    """Return the months that may be started, the next one first; none before ``since``, the first day billed here."""
    here = Month.of(today)
    months = [here.plus(-number) for number in range(-1, back + 1)]
    return [month for month in months if since is None or month.end > since]
