"""What a sync costs in calls, counted by the sandbox."""

from math import ceil

import pytest

from access.enums import RunKind
from access.services.syncing import sync_people
from tests.access.doors import BY, Doors
from tests.factories.members import make_member

pytestmark = pytest.mark.django_db


def test_nothing_changed_costs_the_snapshot_only(box, clock, hafen, ada):
    """Two, and a call for each page: of a thousand users, of 25 groups, of each group's members."""
    groups = [f"Group {number:02}" for number in range(25)]
    doors = Doors(box, clock, hafen, ada, groups=groups, seats=2000)
    doors.at_site("POST", "fill", {"users": 1000, "groups": groups, "per_user": 3})
    users = len(doors.users())
    sizes = [one["members"] for one in doors.at_site("GET")["groups"]]
    doors.run()
    counted = doors.counting()
    run = doors.run()
    assert run.steps.count() == 0
    cost = 2 + ceil(users / 100) + ceil(len(groups) / 100) + sum(ceil(max(size, 1) / 100) for size in sizes)
    assert sum(counted().values()) == run.calls == cost


def test_unsubscribing_one_costs_one_patch_and_one_read(doors):
    doors.set(grace_hours=24)
    lena = doors.inside()
    doors.end(lena)
    doors.run()
    doors.pass_time(hours=25)
    idle = doors.counting()
    run = doors.run()
    costs = idle()
    assert doors.steps(run) == [("unsubscribe", "done")]
    assert costs.pop("PATCH users/{user}/subscription") == 1
    assert costs.pop("GET users/{user}") == 1
    snapshot = doors.counting()
    doors.run()
    assert snapshot() == costs


def test_many_in_one_group_are_changed_by_one_call(doors):
    plan = doors.plan()
    doors.staff("seats", seats=40)
    people = [doors.member(f"Person {number}", plan) for number in range(5)]
    counted = doors.counting()
    doors.run()
    assert counted()["PATCH access_groups/{group}/users"] == 1
    doors.pass_time(hours=2)
    for one in people:
        doors.end(one)
    counted = doors.counting()
    doors.run()
    assert counted()["PATCH access_groups/{group}/users"] == 1


def test_one_person_costs_their_own_calls_only(doors):
    lena = doors.inside()
    doors.pass_time(hours=2)
    doors.end(lena)
    counted = doors.counting()
    doors.run(RunKind.PEOPLE, members=[lena.pk])
    assert counted() == {
        "GET sites/{site}": 1,
        "GET me": 1,
        "GET users/{user}": 1,
        "GET access_groups/{group}/users": 2,
        "PATCH access_groups/{group}/users": 1,
    }


def test_somebody_without_rights_and_user_costs_nothing(doors):
    stranger = make_member(doors.location)
    counted = doors.counting()
    sync_people(doors.config, members=[stranger.pk], by=BY)
    assert counted() == {}
