"""Reads of floors, desks, offices and rooms, and of who has them. Their number does not grow with the rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from flexspace.core.models import Location, User
from members.calendars import ONE_DAY
from members.entitlements import start_of_day
from members.enums import ResourceKind
from members.models import (
    Assignment,
    AssignmentQuerySet,
    Booking,
    BookingQuerySet,
    Company,
    Floor,
    Member,
    Resource,
    ResourceQuerySet,
)

BY_PLACE = ("location_id", "kind", "sort_name", "pk")
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Held:
    """A desk or office, who has it today, and who has it next."""

    row: Resource
    now: Assignment | None
    following: Assignment | None


def resource_list(user: User) -> ResourceQuerySet:
    """Return the resources ``user`` may see, archived ones too, for a keyset page BY_PLACE."""
    rows: ResourceQuerySet = Resource.objects.for_user(user).select_related("location", "floor")
    return rows


def desks(user: User) -> ResourceQuerySet:
    """Return the desks and offices that are offered."""
    return resource_list(user).active().exclude(kind=ResourceKind.ROOM)


def rooms(user: User) -> ResourceQuerySet:
    """Return the rooms that are offered."""
    return resource_list(user).active().filter(kind=ResourceKind.ROOM)


def with_holders(rows: Iterable[Resource], now: datetime) -> list[Held]:
    """Return each desk or office with who has it on its place's day and who has it next; one query."""
    known = list(rows)
    held = Assignment.objects.filter(resource__in=known).that_begin().select_related("member", "company")
    by_resource: dict[int, list[Assignment]] = {}
    for one in held.touching(now.date() - ONE_DAY, date.max).order_by("starts_on", "pk"):
        by_resource.setdefault(one.resource_id, []).append(one)
    return [_held(row, by_resource.get(row.pk, []), row.location.today(now)) for row in known]


def _held(row: Resource, ones: list[Assignment], today: date) -> Held:
    alive = [one for one in ones if one.ends_on is None or one.ends_on >= today]
    now = next((one for one in alive if one.starts_on <= today), None)
    return Held(row, now, next((one for one in alive if one.starts_on > today), None))


def assignments(user: User) -> AssignmentQuerySet:
    """Return the assignments ``user`` may see."""
    rows: AssignmentQuerySet = Assignment.objects.for_user(user)
    return rows.select_related("resource__location", "resource__floor", "member", "company")


def assignments_of(payer: Member | Company, *, user: User) -> AssignmentQuerySet:
    """Return what ``payer`` holds and held, newest first; of a member also what the company holds for everybody."""
    where = Q(company=payer) if isinstance(payer, Company) else Q(member=payer)
    if isinstance(payer, Member) and payer.company_id:
        where |= Q(company=payer.company_id)
    return assignments(user).filter(where).order_by("-starts_on", "-pk")


def bookings(user: User) -> BookingQuerySet:
    """Return the bookings ``user`` may see."""
    rows: BookingQuerySet = Booking.objects.for_user(user)
    return rows.select_related("resource__location", "resource__floor", "member__company")


def bookings_to_come(member: Member, *, user: User, now: datetime) -> list[Booking]:
    """Return the rooms ``member`` has from now on, the next one first; one query."""
    rows = bookings(user).standing().filter(member=member, ends_at__gt=now)
    return list(rows.order_by("starts_at", "pk")[:SHOWN])


def day_of_rooms(found: Iterable[Resource], day: date, location: Location) -> dict[int, list[Booking]]:
    """Return the bookings that touch ``day`` of each of these rooms of one location, in order; one query."""
    rows = list(found)
    start, end = start_of_day(day, location.zone), start_of_day(day + timedelta(days=1), location.zone)
    by_room: dict[int, list[Booking]] = {row.pk: [] for row in rows}
    near = Booking.objects.standing().filter(resource__in=rows).touching(start, end)
    for one in near.select_related("member").order_by("starts_at", "pk"):
        by_room[one.resource_id].append(one)
    return by_room


def floors(location: Location) -> "QuerySet[Floor]":
    """Return the floors of a location with ``count``, how many resources are on each that are offered."""
    offered = Count("resources", filter=Q(resources__archived_at=None))
    return Floor.objects.filter(location=location).annotate(count=offered).order_by("position", "name", "pk")
