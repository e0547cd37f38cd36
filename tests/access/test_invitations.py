"""What was asked of SALTO KS when somebody was invited is remembered only while it may have happened."""

import pytest

from access.enums import Origin
from members.models import Member

pytestmark = pytest.mark.django_db

INVITE = "POST /salto/api/v1.2"
NO = {"ErrorCode": 1101, "Message": "A value is invalid."}


def test_refused_invitation_is_not_recorded_as_sent(doors):
    lena = doors.member()
    doors.answer(INVITE, 400, NO)
    assert doors.steps(doors.run())[0] == ("create", "failed")
    row = doors.row(lena)
    assert (row.invited_at, row.origin, row.email_at_link) == (None, Origin.NONE, "")


def test_who_staff_made_after_a_refused_invitation_is_not_taken_for_ours(doors):
    lena = doors.member()
    doors.answer(INVITE, 400, NO)
    doors.run()
    doors.staff("add_user", first_name="Lena", email=lena.email)
    run = doors.run()
    assert (doors.steps(run), run.finding_counts["match"]) == ([], 1)


def test_refused_second_try_does_not_forget_the_first_that_was_lost(doors):
    """The first answer was lost and the user not found yet: a refusal after that proves nothing about the first."""
    lena = doors.member()
    doors.fault("request_lost", "POST users$", times=1)
    doors.run()
    asked = doors.row(lena).invited_at
    doors.answer(INVITE, 400, NO)
    doors.run()
    assert asked
    assert doors.row(lena).invited_at == asked


@pytest.mark.parametrize("whole", [True, False])
def test_lost_invitation_is_looked_for_by_the_address_it_was_sent_to(doors, whole):
    """The member's address was changed before the next run: there is one user of theirs, and not two."""
    lena = doors.member()
    old = lena.email
    doors.fault("answer_lost", "POST users$", times=1)
    doors.run()
    Member.objects.filter(pk=lena.pk).update(email="lena.new@example.com")
    run = doors.run() if whole else doors.run("people", members=[lena.pk])
    assert [state for _, state in doors.steps(run)] == ["done", "done"]
    assert old in doors.users()
    assert "lena.new@example.com" not in doors.users()
    assert doors.row(lena).site_user_id == doors.users()[old]["id"]


def test_invitation_that_arrives_late_is_found_by_its_own_address(doors):
    """It is not in the list yet, and there when it is looked for right before another would be made."""
    lena = doors.member()
    old = lena.email
    doors.fault("request_lost", "POST users$", times=3)
    doors.run()
    Member.objects.filter(pk=lena.pk).update(email="lena.new@example.com")
    real = doors.box.wire.send

    def send(request, *args, **kwargs):
        if "filter" in request.path_url:
            doors.box.wire.send = real
            doors.staff("add_user", first_name="Lena", email=old)
        return real(request, *args, **kwargs)

    doors.box.wire.send = send
    doors.run()
    assert doors.row(lena).site_user_id == doors.users()[old]["id"]
    assert "lena.new@example.com" not in doors.users()
