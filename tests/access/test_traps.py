"""What is known to go wrong with SALTO KS, by its number in the list of facts: the first thirteen."""

import datetime as dt

import pytest
from django.utils import timezone

from access.models import SaltoKSConfig
from access.services.due import sync_due
from access.services.mapping import read_groups
from members.models import Membership
from tests.access.doors import BY, findings, full_site, stops
from tests.factories.members import make_member
from tests.factories.memberships import make_membership

pytestmark = pytest.mark.django_db


def test_trap_1_groups_are_told_the_platforms_id_and_users_the_sites(doors):
    lena = doors.inside()
    user = doors.user(lena)
    assert user["id"] != user["user"]["id"]
    assert (doors.row(lena).site_user_id, doors.row(lena).platform_id) == (user["id"], user["user"]["id"])
    assert doors.calls("PATCH access_groups")[-1]["body"] == {"add_ids": [user["user"]["id"]]}
    doors.lose(lena)
    doors.run()
    assert user["id"] in doors.calls("PATCH users/{user}/subscription")[-1]["path"]


def test_trap_2_success_without_a_seat_is_seen_and_waited_for(doors):
    doors.settings(when_full="silent")
    lena = doors.inside()
    doors.lose(lena)
    doors.run()
    doors.renew(lena)
    doors.staff("seats", seats=2)
    run = doors.run()
    assert findings(run)["waiting"] == 1
    doors.staff("seats", seats=3)
    assert doors.steps(doors.run()) == [("subscribe", "done"), ("add", "done")]
    assert doors.row(lena).waiting_since is None


@pytest.mark.parametrize("mode", ["silent", "error"])
def test_trap_2_seat_taken_between_look_and_call(doors, mode):
    """The plan saw a free seat, and staff gave it away meanwhile: whoever asks then waits."""
    doors.settings(when_full=mode)
    lena = doors.inside()
    doors.lose(lena)
    doors.run()
    doors.renew(lena)
    full_site(doors, at="PATCH /salto/api/v1.2")
    run = doors.run()
    assert doors.steps(run) == [("subscribe", "no_seat"), ("add", "dropped")]
    assert (doors.groups_of(lena), doors.row(lena).waiting_since is not None) == ([], True)
    doors.staff("seats", seats=5)
    assert doors.steps(doors.run()) == [("subscribe", "done"), ("add", "done")]


def test_trap_2_invited_while_the_last_seat_went(doors):
    lena = doors.member()
    full_site(doors, at="POST /salto/api/v1.2")
    run = doors.run()
    assert doors.steps(run) == [("create", "no_seat"), ("add", "dropped")]
    assert doors.state(lena) == "suspended"
    doors.staff("seats", seats=5)
    assert doors.steps(doors.run()) == [("subscribe", "done"), ("add", "done")]


def test_trap_3_the_field_is_called_state(doors, client):
    lena = doors.inside()
    doors.lose(lena)
    doors.run()
    assert doors.calls("PATCH users/{user}/subscription")[-1]["body"] == {"state": "suspended"}


def test_trap_4_bought_and_used_seats_are_not_mixed_up(doors):
    doors.run()
    row = SaltoKSConfig.objects.get(pk=doors.config.pk)
    assert (row.seats_bought, row.seats_used) == (10, 2)


def test_trap_5_owner_and_our_own_user_are_left_alone(doors):
    plan = doors.plan()
    owner = next(one for one in doors.users().values() if one["id"] == doors.at_site("GET")["owner_user_id"])
    doors.staff("make_user", user=owner["id"])  # the list does not tell the owner from others
    doors.set(adopt_on_match=True)
    for email in (owner["user"]["email"], doors.site["service"]["email"]):
        member = make_member(doors.location, name="Owner or us", email=email)
        make_membership(member, plan, starts_on=dt.date(2026, 11, 1))
    run = doors.run()
    assert (run.steps.count(), findings(run)["protected"]) == (0, 2)


def test_trap_6_out_of_all_groups_frees_no_seat_by_itself(doors):
    doors.set(unsubscribe=False)
    lena = doors.inside()
    doors.lose(lena)
    run = doors.run()
    assert (doors.steps(run), doors.seats()) == ([("remove", "done")], 3)
    assert findings(doors.run())["opens_nothing"] == 1
    assert doors.row(lena).opens_nothing


@pytest.mark.parametrize("kind", ["page_error", "page_short", "error_before", "unavailable", "answer_lost"])
def test_trap_7_missing_page_takes_nothing_away(doors, kind):
    people = [doors.member(f"Person {number}") for number in range(3)]
    doors.settings(page_max=2)
    doors.run()
    doors.lose(people[0])
    doors.fault(kind, "GET access_groups/{group}/users", times=None)
    run = doors.run()
    assert stops(run) == ["incomplete"]
    assert (doors.state(people[0]), doors.groups_of(people[0])) == ("subscribed", ["Members"])
    assert set(run.steps.values_list("state", flat=True)) == {"held_back"}
    doors.control("DELETE", f"sites/{doors.site['id']}/faults")
    assert doors.steps(doors.run()) == [("remove", "done"), ("unsubscribe", "done")]


@pytest.mark.parametrize("kind", ["page_error", "page_short", "answer_lost"])
@pytest.mark.parametrize("which", ["GET users$", "GET access_groups$"])
def test_trap_7_without_all_users_or_groups_nothing_is_planned(doors, kind, which):
    lena = doors.inside()
    doors.lose(lena)
    doors.fault(kind, which, times=None)
    run = doors.run()
    assert (run.state, run.steps.count(), doors.state(lena)) == ("failed", 0, "subscribed")


def test_trap_8_manual_group_is_access(doors):
    lena = doors.inside()
    doors.staff("add_to_group", user=lena.email, group="Cleaners")
    doors.lose(lena)
    run = doors.run()
    assert (doors.steps(run), doors.state(lena)) == ([("remove", "done")], "subscribed")
    doors.set(manual_groups_count=False)
    assert doors.steps(doors.run()) == [("unsubscribe", "done")]


def test_trap_9_only_what_we_gave_is_taken(doors):
    doors.plan()
    doors.staff("add_user", first_name="Carla", email="carla@example.org", groups=["Members"])
    run = doors.run()
    assert run.steps.count() == 0
    assert (findings(run)["stray"], findings(run)["no_reason"]) == (1, 1)


def test_trap_10_group_without_a_schedule_is_said_where_it_is_mapped(doors, client):
    doors.staff("add_group", name="Roof", schedule="none")
    rows = {row.name: row.scheduled for row in read_groups(doors.config, now=timezone.now())}
    assert (rows["Roof"], rows["Members"]) == (False, True)


def test_trap_11_new_user_whom_salto_does_not_know_yet_is_tried_again(doors):
    lena = doors.member()
    doors.fault("new_user_lag", seconds=60)
    run = doors.run()
    assert doors.steps(run) == [("create", "done"), ("add", "failed")]
    assert run.steps.last().problem == "lag"
    doors.pass_time(seconds=61)
    run = sync_due(SaltoKSConfig.objects.get(pk=doors.config.pk), by=BY, now=timezone.now())
    assert doors.steps(run) == [("add", "done")]
    assert (doors.groups_of(lena), len(doors.users())) == (["Members"], 3)


def test_trap_11_one_new_user_does_not_keep_the_others_out(doors):
    old = doors.inside("Old Hand")
    doors.map(Membership.objects.get(member=old).plan, "Floor 1")
    new = doors.member("New Face")
    doors.fault("new_user_lag", seconds=60)
    doors.run()
    assert (doors.groups_of(old), doors.groups_of(new)) == (["Floor 1", "Members"], [])


def test_trap_12_no_address_is_left_out_and_nobody_is_invited_without_one(doors, client):
    member = make_member(doors.location, email="")
    make_membership(member, doors.plan(), starts_on=dt.date(2026, 11, 1))
    run = doors.run()
    assert (run.steps.count(), findings(run)) == (0, {"no_email": 1})
    client.invite(first_name="Tag", last_name="Only", email="", role_ids=client.role_ids(["site_user"]))
    assert "email" not in doors.calls("POST users")[-1]["body"]


def test_trap_13_changed_address_makes_no_second_user(doors):
    lena = doors.inside()
    lena.email = "new@example.org"
    lena.save()
    doors.lose(lena)
    assert doors.steps(doors.run()) == [("remove", "done"), ("unsubscribe", "done")]
    doors.renew(lena)
    doors.run()
    assert len(doors.users()) == 3


def test_trap_13_first_link_minds_no_capitals(doors):
    doors.staff("add_user", first_name="Lena", email="LENA@Example.org")
    member = make_member(doors.location, email="lena@example.org")
    make_membership(member, doors.plan(), starts_on=dt.date(2026, 11, 1))
    assert findings(doors.run())["match"] == 1
    doors.set(adopt_on_match=True)
    assert doors.steps(doors.run()) == [("link", "done"), ("add", "done")]
    assert len(doors.users()) == 3
