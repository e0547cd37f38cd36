"""What happens around the calls of flows G, U and N6: the database, the broker, clocks, and people at one moment.

F8 hardware offline · F18 database down · F19 broker down · F20 worker killed · F21 the schedule twice · F22 clocks ·
F23 two people at once · F25 a page reloaded. docs/doors.md says where the cells are that are proven elsewhere.
"""

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from access import tasks
from access.models import SaltoKSConfig
from access.receivers import follow_rights
from access.services import people
from access.services.syncing import sync
from flexspace.core.locks import only_one
from members.models import Membership
from tests.access.doors import BY
from tests.access.test_lost_answers import entering, healed, leaving
from tests.access.test_pages import Reader

pytestmark = pytest.mark.django_db(transaction=True)


def breaks_at(sql):
    """Return a wrapper for the database that fails at the first statement with ``sql`` in it."""
    hit = []

    def execute(run, statement, params, many, context):
        if sql in statement and not hit:
            hit.append(statement)
            raise DatabaseError("The database is gone.")
        return run(statement, params, many, context)

    return execute


@pytest.mark.parametrize(
    ("story", "sql", "sent"),
    [
        (entering, 'INSERT INTO "access_syncrun"', []),
        (entering, 'INSERT INTO "access_syncstep"', []),
        (entering, 'INTO "access_accessgrant"', ["POST users"]),
        (leaving, 'INSERT INTO "access_syncstep"', []),
        (leaving, 'UPDATE "access_accessgrant"', ["PATCH access_groups/{group}/users"]),
    ],
    ids=["G1-run", "G2-plan", "G3-intent", "U2-plan", "U3-result"],
)
def test_fm_F18_no_call_is_made_whose_intent_could_not_be_written(doors, story, sql, sent):
    lena = story(doors)
    counted = doors.counting()
    with connection.execute_wrapper(breaks_at(sql)), pytest.raises(DatabaseError):
        doors.run()
    assert [name for name in counted() if name.startswith(("PATCH", "POST"))] == sent
    healed(doors, lena, story)


@pytest.mark.parametrize("story", [entering, leaving], ids=["G", "U"])
def test_fm_F19_without_a_broker_the_next_full_run_does_it(doors, story, monkeypatch):
    """The message of the change is lost: nobody sees an error, and the sweep finds what there is to do."""
    lena = story(doors)

    def dead(*args, **kwargs):
        raise OperationalError("The broker is gone.")

    monkeypatch.setattr("flexspace.core.enqueue._broker_down_until", 0.0)  # and what this test makes of it goes with it
    monkeypatch.setattr("celery.app.task.Task.apply_async", dead)
    counted = doors.counting()
    follow_rights(sender=None, member_ids=[lena.pk])
    assert counted() == {}
    healed(doors, lena, story)


@pytest.mark.parametrize("story", [entering, leaving], ids=["G", "U"])
def test_fm_F21_second_run_at_once_leaves_it_to_the_first(doors, story):
    lena = story(doors)
    with only_one(f"access.site.{doors.config.pk}", seconds=60):
        counted = doors.counting()
        assert sync(SaltoKSConfig.objects.get(), by=BY) is None
        tasks.sync_all_of(doors.config.pk)
        assert counted() == {}
    healed(doors, lena, story)


@pytest.mark.parametrize("seconds", [-3600, 61, 86400])
def test_fm_F22_on_a_wrong_clock_people_get_in_and_nobody_is_taken_out(doors, seconds):
    lena = leaving(doors)
    omar = doors.member("Omar Diaz", Membership.objects.get(member=lena).plan)
    doors.control("POST", "settings", {"clock_skew_seconds": seconds})
    run = doors.run()
    assert [stop["code"] for stop in run.stops] == ["clock"]
    assert (doors.groups_of(lena), doors.state(lena)) == (["Members"], "subscribed")
    assert doors.groups_of(omar) == ["Members"]


def test_fm_F23_grant_of_one_and_revocation_of_another_both_stand_and_are_told(doors, ada):
    """Staff let somebody keep the seat while a run wants it: the later word wins, and both are in the timeline."""
    lena = leaving(doors)
    people.hold(by=BY, user=doors.row(lena), why="Renews tomorrow", now=timezone.now())
    doors.run()
    assert doors.groups_of(lena) == ["Members"]
    people.release(by=BY, user=doors.row(lena))
    doors.run()
    assert (doors.groups_of(lena), doors.state(lena)) == ([], "suspended")
    said = Reader(ada).get("member_why", lena.uuid)
    assert "Renews tomorrow" in said


def test_fm_F25_button_pressed_again_after_a_reload_does_nothing_twice(doors, ada):
    lena = doors.inside()
    counted = doors.counting()
    for _ in range(2):
        Reader(ada).post("member_sync", lena.uuid)
    assert not any(name.startswith(("PATCH", "POST")) for name in counted())


def test_fm_F8_offline_hardware_is_not_promised(doors, ada):
    """The cloud has it; a lock that is offline hears later, and the page says so."""
    lena = doors.inside()
    said = Reader(ada).get("member_why", lena.uuid)
    assert "One whose IQ is offline hears of it later." in said
