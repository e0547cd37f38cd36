"""When a sync happens: at once after a change, each minute for what comes due, a quarter of an hour for all."""

import datetime as dt

import pytest
from django.utils import timezone

from access import tasks
from access.enums import RunKind, Source
from access.models import SaltoKSConfig, SyncRun
from access.receivers import follow_rights
from flexspace.core.locks import only_one
from members.models import Resource
from members.services.bookings import book
from members.services.check_ins import check_in
from tests.access.doors import BY
from tests.factories.members import make_member
from tests.factories.passes import make_pass, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """Return what was handed to the queue."""
    calls = []
    for module in ("access.receivers.enqueue", "access.tasks.enqueue"):
        monkeypatch.setattr(module, lambda task, *args: calls.append((task.name.rpartition(".")[2], *args)))
    return calls


def due(doors):
    tasks.sync_due_of(doors.config.pk)
    return SyncRun.objects.first()


def test_change_of_rights_only_enqueues(doors, sent):
    counted = doors.counting()
    follow_rights(sender=None, member_ids=list(range(1, 51)))
    assert sent == [("sync_members", *range(1, 41)), ("sync_members", *range(41, 51))]
    assert counted() == {}


def test_without_a_connection_nothing_is_enqueued(db, sent):
    follow_rights(sender=None, member_ids=[1])
    assert sent == []


def test_each_connection_is_handed_to_a_worker_of_its_own(doors, sent):
    tasks.sync_due_people()
    tasks.sync_everybody()
    assert sent == [("sync_due_of", doors.config.pk), ("sync_all_of", doors.config.pk)]


def test_checked_in_day_pass_opens_the_door_until_the_end_of_the_day(doors):
    guest = make_member(doors.location, name="Guest")
    product = make_product(doors.location)
    doors.map(product, source=Source.DAY_PASS)
    make_pass(guest, product=product)
    tasks.sync_members(guest.pk)
    assert guest.email not in doors.users()
    check_in(by=BY, member=guest, location=doors.location, now=timezone.now())
    tasks.sync_members(guest.pk)
    assert doors.groups_of(guest) == ["Members"]
    doors.clock.move_to(dt.datetime(2026, 11, 26, 23, 1, tzinfo=dt.UTC))
    due(doors)
    assert doors.groups_of(guest) == []
    due(doors)
    assert doors.state(guest) == "suspended"


def test_booking_opens_a_quarter_of_an_hour_before_and_closes_one_after(doors):
    guest = make_member(doors.location, name="Guest")
    room = Resource.objects.create(location=doors.location, kind="room", name="Room 1", seats=4)
    doors.map(room, source=Source.BOOKING)
    now = timezone.now()
    hour = dt.timedelta(hours=1)
    book(by=BY, resource=room, member=guest, starts_at=now + 2 * hour, ends_at=now + 3 * hour, now=now)
    doors.run()
    assert guest.email not in doors.users()
    doors.pass_time(minutes=104)
    assert due(doors).kind == RunKind.FULL
    doors.pass_time(minutes=1)
    assert due(doors).kind == RunKind.PEOPLE
    assert doors.groups_of(guest) == ["Members"]
    doors.pass_time(minutes=89)
    due(doors)
    assert doors.groups_of(guest) == ["Members"]
    doors.pass_time(minutes=1)
    due(doors)
    assert doors.groups_of(guest) == []


def test_grace_that_is_over_frees_the_seat_within_a_minute(doors):
    doors.set(grace_hours=24)
    lena = doors.inside()
    doors.pass_time(hours=2)
    doors.end(lena)
    tasks.sync_members(lena.pk)
    assert (doors.groups_of(lena), doors.state(lena)) == ([], "subscribed")
    doors.pass_time(hours=24)
    assert due(doors).kind == RunKind.FULL
    assert doors.state(lena) == "suspended"


def test_nobody_due_asks_nobody(doors):
    doors.inside()
    counted = doors.counting()
    due(doors)
    assert counted() == {}


def test_whoever_meets_a_run_under_way_is_due_in_the_next_minute(doors):
    lena = doors.inside()
    doors.pass_time(hours=2)
    doors.end(lena)
    with only_one(f"access.site.{doors.config.pk}", seconds=60):
        tasks.sync_members(lena.pk)
        assert doors.groups_of(lena) == ["Members"]
    due(doors)
    assert doors.groups_of(lena) == []


def test_connection_that_needs_somebody_is_left_alone(doors):
    SaltoKSConfig.objects.update(state="broken")
    doors.member()
    counted = doors.counting()
    tasks.sync_all_of(doors.config.pk)
    tasks.sync_members(1)
    due(doors)
    assert counted() == {}
