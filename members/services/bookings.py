"""Rooms booked for hours. One booking at a time: the room's row is locked to see to it."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from members.explain.resources import hours_words
from members.models import Booking, Member, Resource
from members.services.entitlements import tell_changed
from members.services.resources import check_offered, lock, lock_member

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=7)
AHEAD = timedelta(days=2 * 366)  # further away is a mistyped year


@transaction.atomic
def book(
    *, by: Actor, resource: Resource, member: Member, starts_at: datetime, ends_at: datetime, now: datetime,
    note: str = "",
) -> Booking:  # fmt: skip
    """Let ``member`` have a room from ``starts_at`` to before ``ends_at`` (aware times); another may begin then.

    Raises DomainError for what is not a room, is over, is too short or too long or too far away; Conflict when
    somebody has the room then, or it or the member was archived.
    """
    row = lock(resource)
    check_offered(row, room=True)
    if not SHORTEST <= ends_at - starts_at <= LONGEST:
        raise DomainError("A booking ends after it begins, at most a week later.", code="time_out_of_reach")
    if ends_at <= now or starts_at > now + AHEAD:
        raise DomainError("Book for a time that is not over, within the next two years.", code="time_out_of_reach")
    taken = row.bookings.standing().touching(starts_at, ends_at).select_related("member").order_by("starts_at").first()
    if taken:
        words = hours_words(taken.starts_at, taken.ends_at, row.location.zone)
        raise Conflict(f"{taken.member} has {row} {words}.", code="room_taken")
    made = Booking.objects.create(
        resource=row, member=lock_member(member), starts_at=starts_at, ends_at=ends_at,
        note=refuse_card_number(note.strip()),
    )  # fmt: skip
    _record("made", by, made, after=_times(made))
    tell_changed([made.member_id])
    return made


@transaction.atomic
def cancel(*, by: Actor, booking: Booking, now: datetime) -> Booking:
    """Let the room be free again from ``now`` on, or from the beginning when it is still to come.

    Conflict when it was cancelled before, or is over.
    """
    lock(booking.resource)
    row: Booking = Booking.objects.select_related("resource__location", "member").get(pk=booking.pk)
    if row.cancelled_at:
        raise Conflict(f"{row} was cancelled before.", code="booking_cancelled")
    if row.ends_at <= now:
        raise Conflict(f"{row} is over.", code="booking_over")
    row.cancelled_at = now
    row.save(update_fields=["cancelled_at"])
    _record("cancelled", by, row, after={**_times(row), "begun": row.starts_at <= now})
    tell_changed([row.member_id])
    return row


def _times(row: Booking) -> dict[str, Any]:
    return {"starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat()}


def _record(what: str, by: Actor, row: Booking, *, after: dict[str, Any]) -> None:
    place = row.resource.location
    facts = {"resource": row.resource.name, "name": row.member.name, "zone": place.time_zone, **after}
    about = [row, row.resource, row.member]
    audit.record(f"members.booking.{what}", by=by, about=about, location=place, after=facts)
