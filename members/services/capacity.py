"""Seats of a day: held while somebody pays, sold, released. Every count is made under the day's lock."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.models import Location
from members.enums import DayPart, SeatState
from members.explain.passes import full_sentence
from members.models import CapacityDay, SeatHold
from members.passes import Seats
from members.queries.passes import capacity_of, next_free_day, taken_seats

HOLD = timedelta(minutes=60)
JOB = Actor.job("members.seats")


class HouseFull(Conflict):
    """No seat is left; ``next_free`` is the next day that has one."""

    def __init__(self, message: str, *, next_free: date | None) -> None:
        super().__init__(message, code="house_full")
        self.next_free = next_free


def lock_days(location: Location, days: Iterable[date]) -> dict[date, CapacityDay]:
    """Lock these days of ``location``, in their order, until the transaction ends; a day gets its row first.

    Locked before day passes, after invoices and people.
    """
    found = {}
    for day in sorted(set(days)):
        made, _ = CapacityDay.objects.get_or_create(location=location, on_date=day)
        rows = CapacityDay.objects.select_for_update(of=("self",), no_key=True).select_related("location")
        found[day] = rows.get(pk=made.pk)
    return found


@transaction.atomic
def hold(*, location: Location, on: date, part: DayPart, source_line: int, until: datetime, now: datetime) -> SeatHold:
    """Hold a seat for the invoice line ``source_line`` to ``until``; a seat that the line has stays or moves.

    Raises HouseFull when ``part`` of the day has none left. A sold seat stays sold.
    """
    return _keep(location, on, part, source_line, now, state=SeatState.HELD, until=until)


@transaction.atomic
def sell(*, location: Location, on: date, part: DayPart, source_line: int, now: datetime) -> SeatHold:
    """Sell a seat to a paid line: the one held for it, or another one when its time ran out. HouseFull without one."""
    return _keep(location, on, part, source_line, now, state=SeatState.SOLD, until=None)


@transaction.atomic
def take(*, location: Location, on: date, part: DayPart, now: datetime, anyway: bool = False) -> SeatHold:
    """Take a seat for somebody who is there with a pass of no certain day. HouseFull unless ``anyway``."""
    day = lock_days(location, [on])[on]
    if not anyway:
        _check_room(day, part, now)
    return SeatHold.objects.create(day=day, part=part, state=SeatState.SOLD)


@transaction.atomic
def extend(*, source_lines: Collection[int], until: datetime, now: datetime) -> None:
    """Hold the seats of these lines to ``until``; those that ran out stay lost."""
    holds = SeatHold.objects.filter(source_line__in=source_lines, state=SeatState.HELD, held_until__gt=now)
    holds.update(held_until=until)


@transaction.atomic
def release(*, source_lines: Collection[int]) -> None:
    """Let go of the seats of these lines, but for those that somebody sits on."""
    seats = SeatHold.objects.filter(source_line__in=source_lines).exclude(state=SeatState.RELEASED)
    seats.filter(Q(check_in=None) | Q(check_in__undone_at__isnull=False)).update(
        state=SeatState.RELEASED, held_until=None
    )


@transaction.atomic
def release_expired(*, now: datetime) -> int:
    """Let go of every seat whose time ran out; one audit row a day and location. Return how many."""
    due = SeatHold.objects.filter(state=SeatState.HELD, held_until__lte=now)
    days = dict(due.order_by().values_list("day").annotate(Count("pk")))
    for day in CapacityDay.objects.filter(pk__in=days).select_related("location").order_by("location_id", "on_date"):
        lock_days(day.location, [day.on_date])
        # whoever extends a hold has its row without the day: passed over, for they may want a day next
        free = due.filter(day=day).select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)
        gone = SeatHold.objects.filter(pk__in=list(free)).update(state=SeatState.RELEASED, held_until=None)
        if gone:
            after = {"on": day.on_date.isoformat(), "seats": gone}
            audit.record("members.seats.released", by=JOB, about=[day.location], location=day.location, after=after)
    return sum(days.values())


@transaction.atomic
def set_capacity(*, by: Actor, location: Location, on: date, capacity: int | None) -> CapacityDay:
    """Give one day a cap of its own; None: the location's. What is sold stays sold."""
    day = lock_days(location, [on])[on]
    before, day.capacity = day.capacity, capacity
    day.save(update_fields=["capacity"])
    facts = {"on": on.isoformat(), "capacity": capacity}
    audit.record(
        "members.seats.capacity", by=by, about=[location], location=location, before={"capacity": before}, after=facts
    )
    return day


def _keep(
    location: Location,
    on: date,
    part: DayPart,
    source_line: int,
    now: datetime,
    *,
    state: SeatState,
    until: datetime | None,
) -> SeatHold:
    """Make the line's seat ``state``: its own while that counts, else a free one."""
    day = lock_days(location, [on])[on]
    seat = SeatHold.objects.filter(source_line=source_line).first()
    if seat and seat.state == SeatState.SOLD:
        return seat
    if not (seat and (seat.day_id, seat.part) == (day.pk, part) and _counts(seat, now)):
        _check_room(day, part, now, but=seat)
    values = {"day": day, "part": part, "state": state, "held_until": until}
    return SeatHold.objects.update_or_create(source_line=source_line, defaults=values)[0]


def _counts(seat: SeatHold, now: datetime) -> bool:
    return seat.state == SeatState.HELD and seat.held_until is not None and seat.held_until > now


def _check_room(day: CapacityDay, part: DayPart, now: datetime, but: SeatHold | None = None) -> None:
    """Raise HouseFull when the locked ``day`` has no seat for ``part``; ``but`` is to move and is not counted."""
    capacity = capacity_of(day)
    if capacity is None:
        return
    holds = day.holds.filter(taken_seats(now)).exclude(pk__in=[but.pk] if but else [])
    taken = {DayPart(part): count for part, count in holds.order_by().values_list("part").annotate(Count("pk"))}
    seats = Seats.of(capacity, taken)
    if seats.is_full(part):
        after = max(day.on_date, day.location.today(now))
        free = next_free_day(day.location, after=after, part=part, now=now)
        raise HouseFull(full_sentence(seats, day.on_date, part, free), next_free=free)
