"""Reads of day passes, seats and check-ins. Their number does not grow with the people or the passes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, Sum

from flexspace.core.models import Location
from members.enums import DayPart, SeatState
from members.models import (
    CapacityDay,
    CheckIn,
    DayPass,
    DayPassEntry,
    DayPassQuerySet,
    Member,
    Membership,
    SeatHold,
)
from members.passes import NoPass, PassView, Seats, next_free, part_at, still_to_come, which, why_none
from members.queries.memberships import giving_access

DAYS_AHEAD = 60  # how far the next free day is looked for
NEWEST = 20


@dataclass(frozen=True, slots=True)
class Held:
    """A day pass with what is left of it."""

    row: DayPass
    left: int

    @property
    def view(self) -> PassView:
        """Return what the pure rules take."""
        row, own = self.row, self.row.member_id is not None
        return PassView(row.pk, row.is_half, self.left, row.valid_from, row.valid_until, bool(row.revoked_at), own)


@dataclass(frozen=True, slots=True)
class Arrival:
    """How somebody stands today: here already, or by which right they can come, for which ``part``; or why not."""

    here: list[CheckIn]
    part: DayPart | None = None
    membership: Membership | None = None
    held: Held | None = None
    none: NoPass | None = None


def arrival(member: Member, location: Location, *, now: datetime) -> Arrival:
    """Return how ``member`` stands at ``location``; a check-in says the same, under its locks. At most five queries."""
    today = location.today(now)
    rows = CheckIn.objects.filter(member=member, location=location, on_date=today, undone_at=None)
    here = list(rows.select_related("membership__plan", "entry__day_pass__product", "location").order_by("pk"))
    part = still_to_come(DayPart.FULL, _parts(here))
    membership = giving_access(member, location, today).select_related("plan").order_by("pk").first()
    if part is None:
        return Arrival(here, membership=here[-1].membership or membership)
    if membership:
        return Arrival(here, part, membership)
    held = {one.row.pk: one for one in passes_of(member, location, on=today)}
    views = [one.view for one in held.values()]
    for wanted in dict.fromkeys((part, part_at(now.astimezone(location.zone)))):
        found = which(views, on=today, part=wanted) if wanted in (part, still_to_come(wanted, _parts(here))) else None
        if found:
            return Arrival(here, wanted, held=held[found.id])
    known = [one.view for one in newest_passes(member, location)]
    return Arrival(here, none=why_none(known, on=today, part=part))


def within_reach(member: Member, location: Location) -> DayPassQuerySet:
    """Return the passes of ``member`` at ``location``: own ones and those of the person's company."""
    who = Q(member=member) | Q(company=member.company_id) if member.company_id else Q(member=member)
    rows: DayPassQuerySet = DayPass.objects.filter(who, location=location)
    return rows


def with_balance(rows: Iterable[DayPass]) -> list[Held]:
    """Return ``rows`` with what is left of each, by one query."""
    passes = list(rows)
    sums = DayPassEntry.objects.filter(day_pass__in=passes).order_by().values_list("day_pass").annotate(Sum("credits"))
    left = dict(sums)
    return [Held(row, left.get(row.pk, 0)) for row in passes]


def passes_of(member: Member, location: Location, *, on: date) -> list[Held]:
    """Return what ``member`` can still use from ``on`` on, what expires first at the top; two queries."""
    rows = within_reach(member, location).filter(Q(valid_until=None) | Q(valid_until__gte=on), revoked_at=None)
    held = [one for one in with_balance(rows.select_related("product", "company").order_by("pk")) if one.left > 0]
    return sorted(held, key=lambda one: (one.row.valid_until or date.max, one.row.pk))


def newest_passes(member: Member, location: Location) -> list[Held]:
    """Return the newest passes of ``member``, used up and expired ones too; two queries."""
    return with_balance(within_reach(member, location).order_by("-pk")[:NEWEST])


def credits_left(members: Collection[Member], location: Location, *, on: date) -> dict[int, int]:
    """Return how many credits each of ``members`` can use on ``on``, by one query; who has none is missing.

    A company's credits count for each of its people.
    """
    companies = {member.company_id for member in members if member.company_id}
    rows = DayPass.objects.usable(on).filter(location=location)
    rows = rows.filter(Q(member__in=members) | Q(company__in=companies)).order_by()
    sums = rows.values_list("member", "company").annotate(left=Sum("entries__credits"))
    own = {member: left or 0 for member, _company, left in sums if member}
    shared = {company: left or 0 for _member, company, left in sums if company}
    found = {each.pk: own.get(each.pk, 0) + shared.get(each.company_id or 0, 0) for each in members}
    return {pk: left for pk, left in found.items() if left > 0}


def seats_on(location: Location, day: date, *, now: datetime) -> Seats:
    """Return the seats of ``day``; a hold that ran out counts no more. Two queries."""
    return _seats(location, [day], now).get(day, Seats(location.day_pass_capacity))


def next_free_day(location: Location, *, after: date, part: DayPart, now: datetime) -> date | None:
    """Return the next day with a seat for ``part``; two queries."""
    days = [after + timedelta(days=ahead) for ahead in range(1, DAYS_AHEAD + 1)]
    known = _seats(location, days, now)
    return next_free(known, location.day_pass_capacity, after=after, within=DAYS_AHEAD, part=part)


def taken_seats(now: datetime) -> Q:
    """Return which seats count: sold ones, and held ones whose time has not run out."""
    return Q(state=SeatState.SOLD) | Q(state=SeatState.HELD, held_until__gt=now)


def capacity_of(day: CapacityDay) -> int | None:
    """Return the cap of a day: its own, or the location's."""
    return day.location.day_pass_capacity if day.capacity is None else day.capacity


def _seats(location: Location, days: Collection[date], now: datetime) -> Mapping[date, Seats]:
    rows = list(CapacityDay.objects.filter(location=location, on_date__in=days).select_related("location"))
    counts = SeatHold.objects.filter(taken_seats(now), day__in=rows).order_by().values_list("day", "part")
    taken: dict[int, dict[DayPart, int]] = {}
    for day, part, count in counts.annotate(Count("pk")):
        taken.setdefault(day, {})[DayPart(part)] = count
    return {row.on_date: Seats.of(capacity_of(row), taken.get(row.pk, {})) for row in rows}


def _parts(rows: Iterable[CheckIn]) -> list[DayPart]:
    return [DayPart(row.part) for row in rows]


def in_house(location: Location, day: date) -> list[CheckIn]:
    """Return who was checked in on ``day``, newest first; one query."""
    rows = CheckIn.objects.filter(location=location, on_date=day, undone_at=None)
    return list(rows.select_related("member__company", "membership__plan", "entry"))


def visits(member: Member, *, limit: int = 5) -> list[CheckIn]:
    """Return the newest check-ins of ``member``; one query."""
    rows = CheckIn.objects.filter(member=member, undone_at=None).select_related("location", "membership__plan", "entry")
    return list(rows.order_by("-pk")[:limit])
