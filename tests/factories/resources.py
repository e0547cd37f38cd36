"""Desks, offices and rooms for tests, made and given away the way the product does it."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

from members.enums import ResourceKind
from members.models import Assignment, Booking, Company, Resource
from members.services.assignments import assign
from members.services.bookings import book
from members.services.resources import ResourceFacts, create_floor, create_resource
from tests.factories.sold import BY, TODAY

_number = count(1)
NINE = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # nine o'clock in Berlin


def make_floor(location, *, name="First floor"):
    """Return a new floor."""
    return create_floor(by=BY, location=location, name=name)


def make_resource(location, kind=ResourceKind.DESK, *, name=None, floor=None, seats=1) -> Resource:
    """Return a new desk, or what ``kind`` says."""
    facts = ResourceFacts(name=name or f"{kind.label} {next(_number)}", kind=kind, floor=floor, seats=seats)
    return create_resource(by=BY, location=location, facts=facts)


def make_room(location, **facts) -> Resource:
    """Return a new room for six."""
    return make_resource(location, ResourceKind.ROOM, **{"seats": 6, **facts})


def make_assignment(holder, resource=None, *, starts_on=TODAY, ends_on=None, today=TODAY) -> Assignment:
    """Return what a member or company holds: a new desk unless given."""
    who = {"company": holder} if isinstance(holder, Company) else {"member": holder}
    resource = resource or make_resource(holder.location)
    return assign(by=BY, resource=resource, starts_on=starts_on, ends_on=ends_on, today=today, **who)


def make_booking(member, room=None, *, hour=0, hours=1, now=NINE) -> Booking:
    """Return a booking ``hour`` hours after nine in Berlin, of a new room unless given."""
    start = NINE + timedelta(hours=hour)
    room = room or make_room(member.location)
    return book(by=BY, resource=room, member=member, starts_at=start, ends_at=start + timedelta(hours=hours), now=now)


def on(text: str) -> date:
    """Return the day."""
    return date.fromisoformat(text)
