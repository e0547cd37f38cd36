"""Twenty desks at one moment: one holder, one booking. Run without the row's lock, it goes wrong."""

from datetime import timedelta

import pytest

from members.models import Assignment, Booking
from members.services.members import archive_member
from members.services.resources import archive
from tests.factories.members import make_member
from tests.factories.resources import NINE, make_assignment, make_booking, make_resource, make_room
from tests.factories.sold import BY
from tests.members.test_pass_races import names
from tests.races import THREADS, at_once, both, row_locks

pytestmark = pytest.mark.django_db(transaction=True)


def one_has_it(held, results):
    """Return whether one alone has it, and see to it that all others were told so."""
    assert held
    if held == 1:
        assert names(results) == ["Conflict"]
    return held == 1


def test_room_is_booked_once_on_either_database(hafen):
    """SQLite has no row locks: its transactions write one after the other."""
    room, people = make_room(hafen), [make_member(hafen) for _ in range(THREADS)]
    results = at_once(lambda number: make_booking(people[number], room))
    assert (Booking.objects.count(), names(results)) == (1, ["Conflict"])


@pytest.mark.postgres
@both
def test_twenty_desks_assign_the_same_desk(hafen, on):
    desk, people = make_resource(hafen), [make_member(hafen) for _ in range(THREADS)]
    with row_locks(on=on):
        results = at_once(lambda number: make_assignment(people[number], desk))
    assert one_has_it(Assignment.objects.count(), results) is on


@pytest.mark.postgres
@both
def test_twenty_desks_book_hours_that_touch(hafen, on):
    room, people = make_room(hafen), [make_member(hafen) for _ in range(THREADS)]
    with row_locks(on=on):
        results = at_once(lambda number: make_booking(people[number], room, hour=number % 2, hours=2))
    assert one_has_it(Booking.objects.count(), results) is on


@pytest.mark.postgres
@both
def test_booking_meets_the_archive_of_the_room(hafen, on):
    assert _wrong(on, lambda: make_room(hafen), _room_deed(hafen), _booked_and_archived) is not on


@pytest.mark.postgres
@both
def test_booking_meets_the_archive_of_the_member(hafen, on):
    assert _wrong(on, lambda: make_member(hafen), _member_deed(hafen), _booked_and_archived) is not on


def _room_deed(hafen):
    people = [make_member(hafen) for _ in range(THREADS)]

    def deed(room, number):
        if number:
            return make_booking(people[number], room, hour=number)
        return archive(by=BY, resource=room, now=NINE)

    return deed


def _member_deed(hafen):
    rooms = [make_room(hafen) for _ in range(THREADS)]

    def deed(member, number):
        if number:
            room = rooms[number]
            return make_booking(member, room, hour=Booking.objects.filter(resource=room).count())
        return archive_member(by=BY, member=member, now=NINE - timedelta(minutes=1))

    return deed


def _booked_and_archived(row):
    row.refresh_from_db()
    return bool(row.archived_at and row.bookings.exists())


def _wrong(on, make, deed, went_wrong):
    """Return whether it went wrong in any of some rounds: few with the guard, many until the first without."""
    with row_locks(on=on):
        for _ in range(4 if on else 60):
            row = make()
            at_once(lambda number, row=row: deed(row, number))
            if went_wrong(row):
                return True
    return False
