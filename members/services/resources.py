"""Floors, desks, offices and rooms: made, changed, archived. Their own rows are the lock of what is held of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from members.enums import ResourceKind
from members.explain import day_words
from members.models import Assignment, Booking, Company, Floor, Member, Resource
from members.rules import counted_name
from members.services.entitlements import everybody_of, tell_changed


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    """What a resource is; ``seats`` is how many people it is for, one or more."""

    name: str
    kind: str
    floor: Floor | None = None
    seats: int = 1


@transaction.atomic
def create_floor(*, by: Actor, location: Location, name: str) -> Floor:
    """Add a floor below the others; DomainError without a name or with one that is taken."""
    last = Floor.objects.filter(location=location).order_by().aggregate(last=Max("position"))["last"]
    row = Floor(location=location, name=_name(name), position=0 if last is None else last + 1)
    _save(row)
    audit.record("members.floor.created", by=by, about=[row], location=location, after={"name": row.name})
    return row


@transaction.atomic
def rename_floor(*, by: Actor, floor: Floor, name: str) -> Floor:
    """Give a floor another name; raises what ``create_floor`` raises."""
    row = Floor.objects.select_related("location").select_for_update(of=("self",)).get(pk=floor.pk)
    before, row.name = {"name": row.name}, _name(name)
    if before["name"] != row.name:
        _save(row)
        audit.record(
            "members.floor.renamed", by=by, about=[row], location=row.location, before=before, after={"name": row.name}
        )
    return row


@transaction.atomic
def create_resource(*, by: Actor, location: Location, facts: ResourceFacts) -> Resource:
    """Add a desk, an office or a room; DomainError when a fact cannot be, or the name is taken at the location."""
    row = Resource(location=location)
    _set(row, facts)
    _save(row)
    _record("created", by, row, after=_told(row))
    return row


@transaction.atomic
def update_resource(*, by: Actor, resource: Resource, facts: ResourceFacts) -> Resource:
    """Change a resource; raises what ``create_resource`` raises, and Conflict for another kind once it was in use.

    Who holds it may come in on its floor, so another floor changes their rights.
    """
    row = lock(resource)
    before, floor = _told(row), row.floor_id
    if facts.kind != row.kind and (row.assignments.exists() or row.bookings.exists()):
        raise Conflict(f"{row} was in use as {_a(row)} and stays one.", code="resource_in_use")
    _set(row, facts)
    after = _told(row)
    if before == after:
        return row
    _save(row)
    _record("updated", by, row, before=before, after=after)
    if row.floor_id != floor:
        tell_changed(holders_of(row))
    return row


@transaction.atomic
def archive(*, by: Actor, resource: Resource, now: datetime) -> Resource:
    """Offer a resource no more; Conflict while somebody holds it, or has it booked from now on."""
    row = lock(resource)
    if row.archived_at:
        raise Conflict(f"{row} is archived already.", code="resource_archived")
    held = row.assignments.that_begin().touching(row.location.today(now), date.max).first()
    if held:
        raise Conflict(f"{held.holder} has {row}. End that first.", code="resource_in_use")
    booked = row.bookings.standing().filter(ends_at__gt=now).order_by("starts_at").first()
    if booked:
        day = day_words(row.location.today(booked.starts_at))
        raise Conflict(f"{row} is booked for {booked.member} on {day}. Cancel that first.", code="resource_in_use")
    row.archived_at = now
    row.save(update_fields=["archived_at"])
    _record("archived", by, row, after={"archived": True})
    return row


@transaction.atomic
def bring_back(*, by: Actor, resource: Resource) -> Resource:
    """Offer an archived resource again; Conflict when another one has its name by now."""
    row = lock(resource)
    if row.archived_at:
        row.archived_at = None
        _save(row)
        _record("brought_back", by, row, after={"archived": False})
    return row


def lock(resource: Resource) -> Resource:
    """Return the row of ``resource``, locked until the transaction ends: the first lock of whoever gives it away."""
    rows = Resource.objects.select_related("location", "floor").select_for_update(of=("self",), no_key=True)
    row: Resource = rows.get(pk=resource.pk)
    return row


def lock_member(member: Member) -> Member:
    """Return the row of ``member``, locked after the resource's; Conflict when they were archived."""
    row: Member = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    if row.archived_at:
        raise Conflict(f"{row} is archived.", code="member_archived")
    return row


def check_offered(row: Resource, *, room: bool) -> None:
    """Raise when a locked resource is archived, or is booked where it should be assigned or the other way round."""
    if row.archived_at:
        raise Conflict(f"{row} is archived.", code="resource_archived")
    if row.is_room != room:
        said = "is not a room: assign it for days" if room else "is a room: book it for hours"
        raise DomainError(f"{row} {said}.", code="wrong_kind")


def people_behind(holder: Member | Company) -> list[int]:
    """Return the ids of those who may use what ``holder`` has: the member, or all people of the company."""
    return [holder.pk] if isinstance(holder, Member) else everybody_of(holder)


def holders_of(row: Resource) -> list[int]:
    """Return the ids of everybody who holds or has booked it, now or later; nobody's rights are counted too often."""
    held = Assignment.objects.that_begin().filter(resource=row).select_related("member", "company")
    people = {pk for one in held for pk in people_behind(one.holder)}
    return [*people, *Booking.objects.standing().filter(resource=row).values_list("member", flat=True)]


def _set(row: Resource, facts: ResourceFacts) -> None:
    if facts.floor and facts.floor.location_id != row.location_id:
        raise DomainError(f"{facts.floor} belongs to another location.", code="other_location")
    if facts.seats < 1:
        raise DomainError("A resource is for one person or more.", code="seats")
    row.name, row.kind = _name(facts.name), ResourceKind(facts.kind)
    row.sort_name = counted_name(row.name)
    row.floor, row.seats = facts.floor, facts.seats


def _name(text: str) -> str:
    name = refuse_card_number(" ".join(text.split()))[:80]
    if not name:
        raise DomainError("Enter a name.", code="name_missing")
    return name


def _save(row: Floor | Resource) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict(f"{row.location} has something called {row.name} already.", code="name_taken") from error


def _a(row: Resource) -> str:
    kind = ResourceKind(row.kind)
    return "an office" if kind is ResourceKind.OFFICE else f"a {kind.value}"


def _told(row: Resource) -> dict[str, Any]:
    return {"name": row.name, "kind": str(row.kind), "floor": row.floor.name if row.floor else "", "seats": row.seats}


def _record(what: str, by: Actor, row: Resource, *, before: dict[str, Any] | None = None, after: Any = None) -> None:
    audit.record(f"members.resource.{what}", by=by, about=[row], location=row.location, before=before, after=after)
