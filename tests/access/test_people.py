"""What people decide: holds, adoption, undo, staff's own changes put right by one click."""

import pytest
from django.utils import timezone

from access.models import SaltoKSConfig, SaltoUser, SeatDay
from access.services import people
from access.services.syncing import sync_people
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import AuditEvent
from tests.access.doors import BY
from tests.factories.members import make_member

pytestmark = pytest.mark.django_db


def test_left_for_seven_days(doors):
    lena = doors.inside()
    doors.lose(lena)
    with pytest.raises(DomainError):
        people.hold(by=BY, user=doors.row(lena), why=" ", now=timezone.now())
    people.hold(by=BY, user=doors.row(lena), why="Moves out on Friday", now=timezone.now())
    run = doors.run()
    assert (run.steps.count(), run.finding_counts["held"]) == (0, 1)
    doors.pass_time(days=7)
    assert doors.steps(doors.run()) == [("remove", "done"), ("unsubscribe", "done")]


def test_hold_ends_early_by_hand(doors):
    lena = doors.inside()
    doors.lose(lena)
    people.hold(by=BY, user=doors.row(lena), why="x", now=timezone.now())
    people.release(by=BY, user=doors.row(lena))
    assert doors.steps(doors.run()) == [("remove", "done"), ("unsubscribe", "done")]


def test_left_to_staff(doors):
    lena = doors.inside()
    people.manage(by=BY, user=doors.row(lena), managed=False)
    doors.lose(lena)
    assert doors.run().steps.count() == 0
    people.manage(by=BY, user=doors.row(lena), managed=True)
    assert doors.steps(doors.run()) == [("remove", "done"), ("unsubscribe", "done")]


def stray(doors, **facts):
    doors.staff("add_user", first_name="Old", email="old@example.org", **facts)
    doors.run()
    return SaltoUser.objects.get(email="old@example.org")


def test_adopted_user_keeps_what_staff_gave(doors):
    user = stray(doors, groups=["Members"])
    lena = doors.member()
    people.adopt(by=BY, user=user, member=lena)
    assert doors.run().steps.count() == 0
    doors.lose(lena)
    assert doors.run().steps.count() == 0
    assert len(doors.users()["old@example.org"]["groups"]) == 1
    assert AuditEvent.objects.filter(action="access.user.adopted").count() == 1


def test_adopted_user_of_another_address_is_not_invited_again(doors):
    user = stray(doors)
    lena = doors.member()
    people.adopt(by=BY, user=user, member=lena)
    assert doors.steps(doors.run()) == [("add", "done")]
    assert len(doors.users()) == 3


def test_one_user_is_one_member(doors):
    user = stray(doors)
    lena, other = doors.inside(), make_member(doors.location)
    people.adopt(by=BY, user=user, member=other)
    for member in (lena, make_member(doors.location)):
        with pytest.raises(Conflict):
            people.adopt(by=BY, user=user, member=member)


def test_group_that_staff_took_away_is_put_back_by_one_click(doors):
    lena = doors.inside()
    doors.staff("remove_from_group", user=lena.email, group="Members")
    run = doors.run()
    assert (run.steps.count(), run.finding_counts["taken_out"]) == (0, 1)
    people.put_back(by=BY, user=doors.row(lena), grant=doors.row(lena).grants.get())
    assert doors.steps(doors.run()) == [("add", "done")]


def test_person_whom_staff_removed_is_invited_again_by_one_click(doors):
    lena = doors.inside()
    doors.staff("remove", user=lena.email)
    run = doors.run()
    assert (doors.steps(run), run.finding_counts["gone"]) == ([("forget", "done")], 1)
    people.invite_again(by=BY, user=doors.row(lena))
    assert doors.steps(sync_people(doors.config, members=[lena.pk], by=BY)) == [("create", "done"), ("add", "done")]


def unsubscribed(doors):
    lena = doors.inside()
    doors.lose(lena)
    run = doors.run()
    return lena, run.steps.get(kind="unsubscribe")


def test_undo_subscribes_again_and_leaves_them_for_a_week(doors):
    lena, step = unsubscribed(doors)
    people.undo_unsubscribe(by=BY, step=step, now=timezone.now())
    assert doors.state(lena) == "subscribed"
    doors.pass_time(days=1)
    assert doors.run().steps.count() == 0
    step.refresh_from_db()
    with pytest.raises(Conflict):
        people.undo_unsubscribe(by=BY, step=step, now=timezone.now())


def test_undo_within_a_day_only(doors):
    _, step = unsubscribed(doors)
    doors.pass_time(hours=25)
    with pytest.raises(Conflict):
        people.undo_unsubscribe(by=BY, step=step, now=timezone.now())


@pytest.mark.parametrize("mode", ["silent", "error"])
def test_undo_says_when_no_seat_is_free(doors, mode):
    lena, step = unsubscribed(doors)
    doors.staff("seats", seats=2)
    doors.settings(when_full=mode)
    with pytest.raises(DomainError) as refusal:
        people.undo_unsubscribe(by=BY, step=step, now=timezone.now())
    assert (refusal.value.code, doors.state(lena)) == ("no_seat", "suspended")


def test_idle_seat_is_freed_by_one_click(doors):
    user = stray(doors)
    assert user.opens_nothing
    people.unsubscribe_now(by=BY, user=user, now=timezone.now())
    assert doors.users()["old@example.org"]["subscription_state"] == "suspended"
    assert doors.run().steps.count() == 0


def counted(doors):
    """Return the seats in use and those freed today by our own rows, which the pages show."""
    return SaltoKSConfig.objects.get(pk=doors.config.pk).seats_used, SeatDay.objects.latest("day").freed


def test_seat_freed_by_hand_is_counted_at_once(doors):
    user = stray(doors)
    assert counted(doors) == (3, 0)
    people.unsubscribe_now(by=BY, user=user, now=timezone.now())
    assert counted(doors) == (2, 1)
    doors.run()
    assert counted(doors) == (2, 1)


def test_seat_is_freed_by_hand_once(doors):
    user = stray(doors)
    people.unsubscribe_now(by=BY, user=user, now=timezone.now())
    with pytest.raises(Conflict):
        people.unsubscribe_now(by=BY, user=user, now=timezone.now())
    assert counted(doors) == (2, 1)


def test_refused_unsubscribing_by_hand_is_not_recorded_as_ours(doors):
    """Staff unsubscribe the person later: that is theirs, and no run may undo it as if we had done it."""
    user = stray(doors)
    doors.answer("PATCH /salto/api/v1.2", 403, {"ErrorCode": 2203, "Message": "No."})
    with pytest.raises(DomainError):
        people.unsubscribe_now(by=BY, user=user, now=timezone.now())
    user.refresh_from_db()
    assert (user.unsubscribed_by_us_at, counted(doors)) == (None, (3, 0))


def test_undone_unsubscribing_is_counted_at_once(doors):
    _, step = unsubscribed(doors)
    assert counted(doors) == (2, 1)
    people.undo_unsubscribe(by=BY, step=step, now=timezone.now())
    assert counted(doors) == (3, 0)
    doors.run()
    assert counted(doors) == (3, 0)


def test_seat_of_somebody_in_a_group_is_not(doors):
    user = stray(doors, groups=["Cleaners"])
    with pytest.raises(Conflict):
        people.unsubscribe_now(by=BY, user=user, now=timezone.now())
    doors.staff("make_admin", user=user.email)
    with pytest.raises(Conflict) as refusal:
        people.unsubscribe_now(by=BY, user=user, now=timezone.now())
    assert refusal.value.code == "protected"
