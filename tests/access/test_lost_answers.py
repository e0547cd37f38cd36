"""Each write to SALTO KS with its answer lost, refused by a fault, or our process killed around it: it heals."""

import pytest
from django.db import connection
from django.utils import timezone

from access.models import AccessGrant, SaltoKSConfig
from access.services.due import sync_due
from access.services.syncing import sync
from flexspace.core.models import JobLease
from tests.access.doors import BY
from tests.terminal.wire import Killed

pytestmark = pytest.mark.django_db

INVITE = "POST /salto/api/v1.2/sites/"
CHANGE = "PATCH /salto/api/v1.1/sites/"  # a group's members
STATE = "PATCH /salto/api/v1.2/sites/"  # a user's subscription
NAMES = {INVITE: "POST users$", CHANGE: "PATCH access_groups", STATE: "PATCH users/{user}/subscription"}
FAULTS = ["error_before", "unavailable"]  # the others are cells of the matrix: test_fault_matrix.py


def entering(doors):
    return doors.member()


def leaving(doors):
    lena = doors.inside()
    doors.lose(lena)
    return lena


def returning(doors):
    lena = leaving(doors)
    doors.run()
    doors.renew(lena)
    return lena


STORIES = [(entering, INVITE), (entering, CHANGE), (leaving, CHANGE), (leaving, STATE), (returning, STATE),
           (returning, CHANGE)]  # fmt: skip


def healed(doors, lena, story):
    """Let three quarters of an hour pass; return whether everything is as it should be."""
    JobLease.objects.update(holder=None, leased_until=None)  # a dead process's lease runs out
    for _ in range(3):
        doors.pass_time(minutes=15)
        doors.run()
    calls = doors.counting()
    assert doors.run().steps.count() == 0
    assert not any(name.startswith(("PATCH", "POST", "DELETE")) for name in calls())
    assert len(doors.users()) == 3, "invited twice"
    inside = story is not leaving
    assert doors.groups_of(lena) == (["Members"] if inside else [])
    assert doors.state(lena) == ("subscribed" if inside else "suspended")
    assert AccessGrant.objects.filter(removed_at=None).count() == int(inside)
    assert not doors.row(lena).waiting_since
    if not inside:  # and who was unsubscribed by us, and not by staff, comes back by themselves
        doors.renew(lena)
        doors.run()
        assert (doors.groups_of(lena), doors.state(lena)) == (["Members"], "subscribed")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_around_a_call(doors, moment):
    """The other calls are cells of the matrix."""
    story = returning
    lena = story(doors)
    doors.box.wire.kill(moment, CHANGE)
    with pytest.raises(Killed):
        doors.run()
    healed(doors, lena, story)


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize(("story", "call"), STORIES)
def test_call_that_fails_for_a_while(doors, story, call, kind):
    lena = story(doors)
    doors.fault(kind, NAMES[call], times=3)
    doors.run()
    healed(doors, lena, story)


@pytest.mark.parametrize(("story", "call"), STORIES)
def test_answer_of_another_world(doors, story, call):
    lena = story(doors)
    doors.fault("error_in_200", NAMES[call], times=3)
    doors.run()
    healed(doors, lena, story)


def test_undone_whatever_staff_do_right_after_a_lost_answer(doors):
    """The answer to an unsubscribing is lost, and staff subscribe the person again: that is left so."""
    lena = leaving(doors)
    doors.fault("answer_lost", NAMES[STATE], times=3)
    doors.run()
    assert doors.state(lena) == "suspended"
    doors.run()
    doors.staff("subscribe", user=lena.email)
    doors.pass_time(hours=2)
    assert (doors.run().steps.count(), doors.state(lena)) == (0, "subscribed")


def test_long_wait_that_salto_asks_for_is_kept(doors):
    doors.member()
    doors.fault("status", "GET users", status=429, retry_after=120, times=1)
    assert doors.run().problem == "rate_limited"
    counted = doors.counting()
    assert sync_due(SaltoKSConfig.objects.get(), by=BY, now=timezone.now()) is None
    assert sync(SaltoKSConfig.objects.get(), by=BY) is None
    assert counted() == {}
    doors.pass_time(seconds=121)
    assert doors.run().state == "done"


def test_paid_while_the_run_was_under_way_is_not_unsubscribed(doors):
    """U×G: the plan was stored, then the member renewed: neither the group nor the seat is taken."""
    lena = leaving(doors)

    def renew_once_planned(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if sql.startswith('INSERT INTO "access_syncstep"'):
            doors.renew(lena)
        return answer

    with connection.execute_wrapper(renew_once_planned):
        run = doors.run()
    assert [kind for kind, _ in doors.steps(run)] == ["remove", "unsubscribe"]
    assert {state for _, state in doors.steps(run)} == {"dropped"}
    assert (doors.state(lena), doors.groups_of(lena)) == ("subscribed", ["Members"])


@pytest.mark.parametrize("when", [CHANGE, STATE])
def test_paid_just_before_each_call_is_settled_by_its_own_event(doors, when):
    lena = leaving(doors)
    real = doors.box.wire.send

    def send(request, *args, **kwargs):
        if f"{request.method} {request.path_url}".startswith(when):
            doors.box.wire.send = real
            doors.renew(lena)
        return real(request, *args, **kwargs)

    doors.box.wire.send = send
    doors.run()
    doors.run()
    assert (doors.state(lena), doors.groups_of(lena)) == ("subscribed", ["Members"])
