"""Doors follow what members hold: invited, let in, taken out, unsubscribed, and back again."""

import pytest

from access.enums import RunKind
from flexspace.core.models import AuditEvent

pytestmark = pytest.mark.django_db


def test_member_is_invited_and_let_in(doors):
    lena = doors.member()
    run = doors.run()
    assert doors.steps(run) == [("create", "done"), ("add", "done")]
    assert (doors.groups_of(lena), doors.state(lena), doors.seats()) == (["Members"], "subscribed", 3)
    assert doors.run().steps.count() == 0


def test_membership_ends_out_of_the_group_and_the_seat_is_free(doors):
    lena = doors.inside()
    doors.pass_time(hours=2)
    doors.end(lena)
    run = doors.run()
    assert doors.steps(run) == [("remove", "done"), ("unsubscribe", "done")]
    assert (doors.groups_of(lena), doors.state(lena), doors.seats()) == ([], "suspended", 2)
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"access.user.invited", "access.grant.added", "access.grant.removed", "access.user.unsubscribed"} <= actions
    assert doors.run().steps.count() == 0


def test_renewal_brings_the_same_person_back(doors):
    lena = doors.inside()
    doors.pass_time(hours=2)
    doors.end(lena)
    doors.run()
    doors.renew(lena)
    run = doors.run(RunKind.PEOPLE, members=[lena.pk])
    assert doors.steps(run) == [("subscribe", "done"), ("add", "done")]
    assert (doors.groups_of(lena), doors.state(lena)) == (["Members"], "subscribed")
    assert len(doors.users()) == 3


def test_grace_period_is_waited_for(doors):
    doors.set(grace_hours=24)
    lena = doors.inside()
    doors.end(lena)
    assert doors.steps(doors.run()) == [("remove", "done")]
    doors.pass_time(hours=23)
    assert doors.run().steps.count() == 0
    doors.pass_time(hours=1)
    assert doors.steps(doors.run()) == [("unsubscribe", "done")]


def test_nothing_is_written_before_writing_is_switched_on(doors):
    doors.set(enabled=False)
    doors.member()
    run = doors.run()
    assert doors.steps(run) == [("create", "planned"), ("add", "planned")]
    assert len(doors.users()) == 2
    assert doors.steps(doors.run(RunKind.PREVIEW)) == [("create", "planned"), ("add", "planned")]
