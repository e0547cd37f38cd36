"""Desks, offices and rooms: made and changed, assigned for days, booked for hours, and never twice."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flexspace.core.errors import Conflict, DomainError
from flexspace.core.sentences import told_timeline
from members.enums import EndReason, EntitlementKind, ResourceKind
from members.explain.entitlements import entitlement_words
from members.models import Assignment, Booking
from members.queries.entitlements import entitlements_of
from members.services.assignments import end
from members.services.bookings import book, cancel
from members.services.members import archive_member
from members.services.resources import (
    ResourceFacts,
    archive,
    bring_back,
    create_floor,
    rename_floor,
    update_resource,
)
from tests.factories.members import make_company, make_member
from tests.factories.resources import NINE, make_assignment, make_booking, make_floor, make_resource, make_room, on
from tests.factories.sold import BY, TODAY

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def refusal(deed, kind=Conflict):
    with pytest.raises(kind) as caught:
        deed()
    return caught.value.message


def change(row, **facts):
    kept = {name: getattr(row, name) for name in ("name", "kind", "floor", "seats")}
    return update_resource(by=BY, resource=row, facts=ResourceFacts(**kept | facts))


def give_back(row, last="2026-11-30", now=NINE):
    return end(by=BY, assignment=row, ends_on=on(last), reason="Moves out", now=now)


def sentences(row):
    return [line.sentence for line in told_timeline(row)]


def test_name_is_taken_once_at_a_place_until_it_is_archived(hafen, kiyosumi):
    desk = make_resource(hafen, name="Desk 1")
    make_resource(kiyosumi, name="Desk 1")
    assert refusal(lambda: make_resource(hafen, name=" Desk  1 ")) == "Hafenplatz has something called Desk 1 already."
    archive(by=BY, resource=desk, now=NINE)
    make_resource(hafen, name="Desk 1")
    assert refusal(lambda: bring_back(by=BY, resource=desk)) == "Hafenplatz has something called Desk 1 already."
    assert refusal(lambda: make_resource(hafen, name=" "), DomainError) == "Enter a name."


def test_floor_of_another_place_is_refused(hafen, kiyosumi):
    floor = make_floor(kiyosumi, name="Roof")
    assert refusal(lambda: make_resource(hafen, floor=floor), DomainError) == "Roof belongs to another location."
    assert (
        refusal(lambda: create_floor(by=BY, location=kiyosumi, name="Roof"))
        == "Kiyosumi has something called Roof already."
    )
    assert rename_floor(by=BY, floor=floor, name="Attic").name == "Attic"
    assert sentences(floor) == ["Roof renamed to Attic", "Floor Roof added"]


def test_changes_are_told(hafen):
    desk = make_resource(hafen, name="Desk 1")
    change(desk, floor=make_floor(hafen), seats=2)
    change(desk, floor=None, seats=2)
    archive(by=BY, resource=desk, now=NINE)
    bring_back(by=BY, resource=desk)
    assert sentences(desk) == [
        "Offered again",
        "Archived",
        "Changed floor to none",
        "Changed floor to First floor, seats to 2",
        "Desk 1 added",
    ]


def test_kind_stays_once_it_was_in_use(hafen):
    desk = make_resource(hafen, name="Desk 1")
    change(desk, kind=ResourceKind.OFFICE)
    make_assignment(make_member(hafen), desk)
    assert refusal(lambda: change(desk, kind=ResourceKind.ROOM)) == "Desk 1 was in use as an office and stays one."


def test_what_is_held_or_booked_is_not_archived(hafen):
    desk, room = make_resource(hafen, name="Desk 1"), make_room(hafen, name="Elbe")
    held = make_assignment(make_member(hafen, name="Lena"), desk)
    booked = make_booking(make_member(hafen, name="Otto"), room)
    assert refusal(lambda: archive(by=BY, resource=desk, now=NINE)) == "Lena has Desk 1. End that first."
    assert refusal(lambda: archive(by=BY, resource=room, now=NINE)) == (
        "Elbe is booked for Otto on 23 Nov 2026. Cancel that first."
    )
    give_back(held)
    archive(by=BY, resource=desk, now=datetime(2026, 12, 1, 9, tzinfo=UTC))
    archive(by=BY, resource=room, now=booked.ends_at)
    assert refusal(lambda: make_assignment(make_member(hafen), desk)) == "Desk 1 is archived."
    assert refusal(lambda: make_booking(make_member(hafen), room)) == "Elbe is archived."


def test_desk_has_one_holder_a_day(hafen):
    desk, lena = make_resource(hafen, name="Desk 1"), make_member(hafen, name="Lena")
    first = make_assignment(lena, desk, starts_on=on("2026-12-01"), ends_on=on("2026-12-31"))
    company = make_company(hafen)
    for starts_on, ends_on in (("2026-11-23", None), ("2026-12-31", None), ("2026-11-23", "2026-12-01")):
        said = refusal(
            lambda s=starts_on, e=ends_on: make_assignment(company, desk, starts_on=on(s), ends_on=e and on(e))
        )
        assert said == "Lena has Desk 1 from 1 Dec 2026 until 31 Dec 2026."
    make_assignment(company, desk, ends_on=on("2026-11-30"))
    make_assignment(company, desk, starts_on=on("2027-01-01"))
    assert Assignment.objects.count() == 3
    assert (first.holder, str(first)) == (lena, "Desk 1 of Lena")


def test_desk_that_was_given_back_is_free_the_day_after(hafen):
    desk = make_resource(hafen, name="Desk 1")
    row = make_assignment(make_member(hafen, name="Lena"), desk)
    give_back(row, "2026-11-23")
    make_assignment(make_member(hafen), desk, starts_on=on("2026-11-24"))
    later = make_assignment(make_member(hafen), starts_on=on("2026-12-01"))
    give_back(later, "2026-11-30")  # it never begins
    make_assignment(make_member(hafen), later.resource)
    assert sentences(row) == ["Desk 1 for Lena ends on 23 Nov 2026", "Desk 1 for Lena from 23 Nov 2026"]
    assert sentences(later)[0].endswith("never begins")


def test_end_says_why_it_is_refused(hafen):
    row = make_assignment(make_member(hafen), make_resource(hafen, name="Desk 1"), ends_on=on("2026-11-30"))
    assert refusal(lambda: give_back(row, "2026-11-22"), DomainError).startswith("The last day is today or later")
    assert refusal(lambda: give_back(row)) == "Desk 1 is free after 30 Nov 2026 already."
    assert refusal(lambda: end(by=BY, assignment=row, ends_on=TODAY, reason=" ", now=NINE), DomainError).startswith(
        "Say why"
    )
    late = NINE + timedelta(days=8)
    assert refusal(lambda: give_back(row, "2026-12-31", now=late)) == "Desk 1 was given back on 30 Nov 2026."


def test_room_is_booked_and_desk_is_assigned(hafen):
    desk, room, lena = make_resource(hafen, name="Desk 1"), make_room(hafen, name="Elbe"), make_member(hafen)
    assert refusal(lambda: make_booking(lena, desk), DomainError) == "Desk 1 is not a room: assign it for days."
    assert refusal(lambda: make_assignment(lena, room), DomainError) == "Elbe is a room: book it for hours."


def test_room_has_one_booking_at_a_time_and_the_next_begins_when_it_ends(hafen):
    room = make_room(hafen, name="Elbe")
    row = make_booking(make_member(hafen, name="Lena"), room, hour=1, hours=2)
    for hour, hours in ((0, 2), (1, 1), (2, 1), (2, 5), (0, 9)):
        said = refusal(lambda h=hour, n=hours: make_booking(make_member(hafen), room, hour=h, hours=n))
        assert said == "Lena has Elbe on Mon 23 Nov, 10:00–12:00."
    make_booking(make_member(hafen), room, hour=0)
    make_booking(make_member(hafen), room, hour=3)
    cancel(by=BY, booking=row, now=NINE)
    make_booking(make_member(hafen), room, hour=1, hours=2)
    assert sentences(row) == [
        "Elbe for Lena on Mon 23 Nov, 10:00–12:00 cancelled", "Elbe booked for Lena on Mon 23 Nov, 10:00–12:00",
    ]  # fmt: skip
    assert refusal(lambda: cancel(by=BY, booking=row, now=NINE)) == "Elbe for Lena was cancelled before."


def test_booking_out_of_reach_is_refused(hafen):
    room, lena = make_room(hafen), make_member(hafen)
    early, late = NINE - 2 * HOUR, NINE + timedelta(days=800)
    for start, finish in ((early, early + HOUR), (late, late + HOUR), (NINE, NINE), (NINE, NINE + timedelta(days=8))):
        refusal(lambda s=start, e=finish: book(
            by=BY, resource=room, member=lena, starts_at=s, ends_at=e, now=NINE
        ), DomainError)  # fmt: skip
    assert Booking.objects.count() == 0
    done = make_booking(lena, room)
    assert refusal(lambda: cancel(by=BY, booking=done, now=NINE + HOUR)).endswith("is over.")


def test_who_holds_something_is_not_archived_and_who_is_archived_gets_nothing(hafen):
    lena, otto = make_member(hafen, name="Lena"), make_member(hafen, name="Otto")
    row = make_assignment(lena, make_resource(hafen, name="Desk 1"))
    booking = make_booking(otto, make_room(hafen, name="Elbe"), hour=2)
    assert refusal(lambda: archive_member(by=BY, member=lena, now=NINE)) == "Lena has Desk 1. End that first."
    assert refusal(lambda: archive_member(by=BY, member=otto, now=NINE)) == "Otto has booked Elbe. Cancel that first."
    give_back(row, "2026-11-23")
    cancel(by=BY, booking=booking, now=NINE)
    archive_member(by=BY, member=lena, now=NINE + timedelta(days=1))
    archive_member(by=BY, member=otto, now=NINE)
    assert refusal(lambda: make_assignment(lena)) == "Lena is archived."
    assert refusal(lambda: make_booking(otto)) == "Otto is archived."


def test_rights_that_change_are_told(hafen, told, django_capture_on_commit_callbacks):
    company = make_company(hafen)
    people = sorted(make_member(hafen, company=company).pk for _ in range(2))
    office, lena = make_resource(hafen, ResourceKind.OFFICE), make_member(hafen)

    def heard(deed):
        told.clear()
        with django_capture_on_commit_callbacks(execute=True):
            result = deed()
        return [*told], result

    said, row = heard(lambda: make_assignment(company, office))
    assert said == [people]
    assert heard(lambda: change(office, floor=make_floor(hafen)))[0] == [people]
    assert heard(lambda: change(office, name="Office 9", floor=office.floor))[0] == [people]  # the floor went again
    assert heard(lambda: give_back(row))[0] == [people]
    said, booking = heard(lambda: make_booking(lena))
    assert said == [[lena.pk]]
    assert heard(lambda: cancel(by=BY, booking=booking, now=NINE))[0] == [[lena.pk]]


def test_entitlements_of_desks_and_rooms(hafen):
    company, floor = make_company(hafen, name="Nordlicht"), make_floor(hafen)
    lena, otto = make_member(hafen, company=company), make_member(hafen)
    make_assignment(company, make_resource(hafen, ResourceKind.OFFICE, name="Office 2", floor=floor))
    row = make_assignment(otto, make_resource(hafen, name="Desk 1", floor=floor), ends_on=on("2026-11-30"))
    booking = make_booking(otto, make_room(hafen, name="Elbe", floor=floor), hour=3)
    found = entitlements_of([lena.pk, otto.pk], at=NINE)
    assert [(one.member, one.kind, one.floor, one.end) for one in found] == [
        (lena.pk, EntitlementKind.ASSIGNMENT, floor.pk, None),
        (otto.pk, EntitlementKind.ASSIGNMENT, floor.pk, EndReason.EXPIRED),
        (otto.pk, EntitlementKind.BOOKING, floor.pk, EndReason.EXPIRED),
    ]
    give_back(row, "2026-11-23")
    cancel(by=BY, booking=booking, now=NINE)
    found = entitlements_of([lena.pk, otto.pk], at=NINE)
    assert [one.end for one in found] == [None, EndReason.ENDED, EndReason.CANCELLED]
    later = NINE + timedelta(days=2)
    assert [entitlement_words(one, hafen.zone, later) for one in found] == [
        "Office 2, held by Nordlicht for all of its people: since 23 Nov 2026",
        "Desk 1: ended 23 Nov 2026",
        "Elbe, booked: was cancelled, over Mon 23 Nov, 09:00",
    ]


def test_member_of_another_place_may_book_a_room(hafen, kiyosumi):
    row = make_booking(make_member(kiyosumi), make_room(hafen))
    (one,) = entitlements_of([row.member_id], at=NINE)
    assert one.location == hafen.pk


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # a room of its own each time
@given(asked=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8), st.booleans()), max_size=12))
def test_whatever_is_asked_for_no_two_bookings_meet(hafen, asked):
    """Cancelled ones free the room; the rest never share a moment."""
    room, lena = make_room(hafen), make_member(hafen)
    for hour, hours, dropped in asked:
        try:
            row = make_booking(lena, room, hour=hour, hours=hours)
        except Conflict:
            continue
        if dropped:
            cancel(by=BY, booking=row, now=NINE)
    times = list(room.bookings.standing().order_by("starts_at").values_list("starts_at", "ends_at"))
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(times))
