"""From days and rows to moments: when something gives a right, and why it stops."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from members.calendars import ONE_DAY
from members.entitlements.facts import BookedRoom, HeldPlan, HeldResource, UsedPass
from members.enums import DayPart, EndReason
from members.passes import NOON
from members.proration import Pause


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time; ``end`` says why it is over at ``ends_at`` and is None when that is."""

    starts_at: datetime
    ends_at: datetime | None
    end: EndReason | None

    def until(self, moment: datetime | None, end: EndReason) -> "Span | None":
        """Return the part before ``moment``, when it is over because of ``end``; None when nothing is left."""
        if moment is None or (self.ends_at is not None and self.ends_at <= moment):
            return self
        return Span(self.starts_at, moment, end) if self.starts_at < moment else None


@lru_cache(maxsize=8192)
def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment (UTC) ``day`` begins in ``zone``; where clocks skip midnight, the moment they skip it."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def end_of_part(day: date, part: DayPart, zone: ZoneInfo) -> datetime:
    """Return the moment (UTC) ``part`` of ``day`` is over in ``zone``: noon for a morning, else the end of the day."""
    if part is DayPart.MORNING:
        return datetime.combine(day, NOON, tzinfo=zone).astimezone(UTC)
    return start_of_day(day + ONE_DAY, zone)


def plan_spans(plan: HeldPlan) -> list[Span]:
    """Return when a membership gives a right."""
    end = EndReason.CANCELLED if plan.cancelled else EndReason.ENDED if plan.followed else EndReason.EXPIRED
    return list(_days(plan.place.zone, plan.starts_on, plan.ends_on, plan.pauses, end))


def resource_spans(held: HeldResource) -> list[Span]:
    """Return when a desk or office that is assigned gives a right."""
    end = EndReason.ENDED if held.ended else EndReason.EXPIRED
    return list(_days(held.place.zone, held.starts_on, held.ends_on, (), end))


def pass_spans(used: UsedPass) -> list[Span]:
    """Return when a day pass that was used lets somebody in: from the check-in until its part of the day is over."""
    over = end_of_part(used.on, used.part, used.place.zone)
    if over <= used.at:
        return []  # let in for a morning that was over
    whole = Span(used.at, over, EndReason.EXPIRED if used.left > 0 else EndReason.USED_UP)
    if used.undone_at is None or used.undone_at >= over:
        return [whole]
    return [Span(used.at, max(used.at, used.undone_at), EndReason.CANCELLED)]


def room_spans(room: BookedRoom) -> list[Span]:
    """Return when a booking gives a right; one cancelled before it began only says so."""
    gone = room.cancelled_at
    if gone is None or gone >= room.ends_at:
        return [Span(room.starts_at, room.ends_at, EndReason.EXPIRED)]
    return [Span(min(room.starts_at, gone), gone, EndReason.CANCELLED)]


def _days(
    zone: ZoneInfo, starts_on: date, ends_on: date | None, pauses: Iterable[Pause], end: EndReason
) -> Iterator[Span]:
    """Return the stretches between pauses; when the last day is a paused one, one more that only says it is over."""
    day, over = starts_on, ends_on + ONE_DAY if ends_on else None
    if over and over <= starts_on:
        return
    for pause in sorted(pauses, key=lambda one: one.from_date):
        if over and pause.from_date >= over:
            break
        if pause.from_date > day:
            yield Span(start_of_day(day, zone), start_of_day(pause.from_date, zone), EndReason.PAUSED)
        day = date.max if pause.until is None else max(day, pause.until)
    if day == date.max or (over and day >= over):
        if over:
            yield Span(start_of_day(over, zone), start_of_day(over, zone), end)
        return
    yield Span(start_of_day(day, zone), start_of_day(over, zone) if over else None, end if over else None)
