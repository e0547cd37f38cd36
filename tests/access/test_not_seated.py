"""SALTO KS says nothing when it does not subscribe somebody: whether that is the site or the person, the site tells."""

import datetime as dt

import pytest

from access.models import SaltoKSConfig
from members.models import Membership
from tests.access.doors import full_site
from tests.access.test_pages import Reader

pytestmark = pytest.mark.django_db(transaction=True)

STATE = "PATCH /salto/api/v1.2"


@pytest.fixture
def two(doors):
    """Return two people whom we unsubscribed and who have renewed, the one who began earlier first."""
    plan = doors.plan()
    both = [doors.inside("Aldo First", plan), doors.inside("Bea Second", plan)]
    doors.pass_time(hours=2)
    for member in both:
        doors.end(member)
    doors.run()
    for member in both:
        doors.renew(member)
    Membership.objects.filter(member=both[1]).update(starts_on=dt.date(2026, 11, 2))
    assert [doors.state(member) for member in both] == ["suspended", "suspended"]
    return both


def test_one_who_is_refused_keeps_nobody_else_from_a_free_seat(doors, two):
    aldo, bea = two
    doors.answer(STATE, 204, {})
    run = doors.run()
    assert doors.steps(run) == [("subscribe", "failed"), ("subscribe", "done"), ("add", "dropped"), ("add", "done")]
    assert (doors.state(aldo), doors.groups_of(bea)) == ("suspended", ["Members"])
    assert (doors.row(aldo).problem, doors.row(aldo).waiting_since) == ("not_seated", None)


def test_who_is_refused_is_tried_again(doors, two):
    doors.answer(STATE, 204, {})
    doors.run()
    assert doors.steps(doors.run()) == [("subscribe", "done"), ("add", "done")]
    assert doors.row(two[0]).problem == ""


def test_the_last_seat_goes_to_the_next_and_not_to_who_was_refused_it(doors, two):
    aldo, bea = two
    doors.staff("seats", seats=3)
    doors.answer(STATE, 204, {})
    doors.run()
    assert (doors.state(aldo), doors.state(bea)) == ("suspended", "suspended")
    doors.run()
    assert (doors.state(aldo), doors.state(bea)) == ("suspended", "subscribed")


def test_a_full_site_is_asked_once(doors, two):
    """The seats went between look and call: the first who is refused asks the site, the others wait without a call."""
    full_site(doors, at=STATE)
    counted = doors.counting()
    run = doors.run()
    assert doors.steps(run)[:2] == [("subscribe", "no_seat"), ("subscribe", "no_seat")]
    assert (counted()["PATCH users/{user}/subscription"], counted()["GET sites/{site}"]) == (1, 2)
    config = SaltoKSConfig.objects.get()
    assert (config.seats_used, config.seats_bought) == (2, 2)


def test_pages_say_that_it_is_the_person_and_not_the_seats(doors, two, ada):
    doors.answer(STATE, 204, {})
    doors.run()
    said = Reader(ada).get("member_why", two[0].uuid)
    assert "SALTO KS does not subscribe this person, though a seat is free." in said
    assert "waiting list" not in said
