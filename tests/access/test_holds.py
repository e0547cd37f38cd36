"""Who is to be left alone is told while that lasts, and no longer."""

import pytest
from django.urls import reverse
from django.utils import timezone

from access.models import SaltoUser
from access.services import people
from access.services.syncing import preview
from tests.access.doors import BY
from tests.access.test_pages import Reader

pytestmark = pytest.mark.django_db(transaction=True)


def held(doors):
    """Return somebody with a right whom nobody was to change for a week."""
    lena = doors.inside()
    people.hold(by=BY, user=doors.row(lena), why="Moves desks", now=timezone.now())
    return lena


def test_hold_is_told_while_it_lasts_and_not_after(doors, ada):
    lena = held(doors)
    assert "Left alone until" in Reader(ada).get("member_doors", lena.uuid)
    why = Reader(ada).get("member_why", lena.uuid)
    assert "Subscribed, and left alone until" in why
    assert "Treat like everybody else again" in why
    doors.pass_time(days=7, seconds=1)
    assert "Left alone" not in Reader(ada).get("member_doors", lena.uuid)
    why = Reader(ada).get("member_why", lena.uuid)
    assert "left alone until" not in why
    assert "Treat like everybody else again" not in why
    assert "Leave for 7 days" in why


def test_who_is_left_alone_is_not_counted_among_those_who_still_have_access(doors, ada):
    doors.plan()
    doors.staff("add_user", first_name="Old", email="old@example.org", groups=["Members"])
    doors.run()
    assert '<span class="stat__value bad-text">1</span>' in Reader(ada).get("overview")
    Reader(ada).post("user_do", SaltoUser.objects.get(email="old@example.org").pk, "hold", why="A cleaner")
    said = Reader(ada).get("overview")
    assert '<span class="stat__value">0</span><span class="stat__note">Everybody has a reason' in said
    doors.pass_time(days=7, seconds=1)
    assert '<span class="stat__value bad-text">1</span>' in Reader(ada).get("overview")


def test_what_a_stopped_run_left_is_not_told_of_whom_somebody_left_alone(doors, ada):
    plan = doors.plan()
    everybody = [doors.inside(f"Person {number}", plan) for number in range(6)]
    doors.pass_time(hours=2)
    for one in everybody:
        doors.end(one)
    run = doors.run()
    assert {state for _, state in doors.steps(run)} == {"held_back"}
    people.hold(by=BY, user=doors.row(everybody[0]), why="Renews", now=timezone.now())
    red = Reader(ada).get("overview").partition('id="red"')[2].partition("</section>")[0]
    assert "Person 1" in red
    assert "Person 0" not in red


def test_whoever_a_preview_would_take_something_from_can_be_left_for_a_week(doors, ada):
    lena, omar = doors.inside(), doors.member("Omar Diaz", doors.plan("Other"))
    doors.lose(lena)
    run = preview(doors.config, by=BY)
    for name, args in (("run_detail", [run.uuid]), ("options_preview", [doors.config.uuid, run.uuid])):
        said = Reader(ada).get(name, *args)
        assert ": Lena Fischer</span>" in said
        assert f": {omar}</span>" not in said, "nothing is taken from them"
        assert "Left alone for now" not in said
    where = reverse("access:options_preview", args=[doors.config.uuid, run.uuid])
    said = Reader(ada).post("user_do", doors.row(lena).pk, "hold", why="Renews", back=where)
    assert "Left alone for now" in said
    assert ": Lena Fischer</span>" not in said
    assert ": Lena Fischer</span>" not in Reader(ada).get("run_detail", run.uuid)
    doors.run()
    assert doors.groups_of(lena) == ["Members"]


def test_who_lost_all_access_before_can_be_left_in_the_preview_too(doors, ada):
    doors.set(unsubscribe=False)
    lena = doors.inside()
    doors.lose(lena)
    doors.run()
    options = doors.config.options
    options.unsubscribe, options.grace_hours = True, 0
    run = preview(doors.config, by=BY, options=options)
    said = Reader(ada).get("options_preview", doors.config.uuid, run.uuid)
    pk = doors.row(lena).pk
    assert f'type="submit" form="hold-{pk}">Leave for 7 days' in said
    assert f'id="hold-{pk}" action="{reverse("access:user_do", args=[pk, "hold"])}"' in said


def test_what_a_run_has_done_offers_no_leave(doors, ada):
    lena = doors.inside()
    doors.lose(lena)
    run = doors.run()
    assert "Leave for 7 days" not in Reader(ada).get("run_detail", run.uuid)
