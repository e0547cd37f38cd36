"""The pages of the doors say what is true, and their buttons put it right."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.enums import RunKind, StepState
from access.models import SaltoUser, SyncStep
from tests.factories.members import make_member
from tests.factories.memberships import make_membership, make_plan

pytestmark = pytest.mark.django_db(transaction=True)


class Reader:
    """Somebody with a browser."""

    def __init__(self, user):
        self.client = Client()
        self.client.force_login(user)

    def get(self, name, *args, **query):
        answer = self.client.get(reverse(f"access:{name}", args=args), query)
        assert answer.status_code < 300, answer.status_code
        return " ".join(answer.content.decode().split())

    def post(self, name, *args, **data):
        answer = self.client.post(reverse(f"access:{name}", args=args), data, follow=True)
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())


@pytest.fixture
def page(doors, ada):
    """Return the admin's browser."""
    return Reader(ada)


def test_who_gets_in_is_told_with_group_and_reason(doors, page):
    lena = doors.inside()
    said = page.get("member_doors", lena.uuid)
    assert "Lena Fischer is let in at Members" in said
    assert "Flex" in said
    assert "In the group" in said
    why = page.get("member_why", lena.uuid)
    assert "Flex: since 1 Nov 2026" in why
    assert "By the mapping it opens Members." in why
    assert "They have not accepted the invitation" in why


def test_what_is_not_mapped_is_named(doors, page):
    member = make_member(doors.location, name="Jonas Berg")
    make_membership(member, make_plan(doors.location, name="Team office"), starts_on=date(2026, 11, 1))
    said = page.get("member_why", member.uuid)
    assert "Nothing is mapped to any door for: Team office" in said
    assert "Map it to a group" in said


def test_somebody_without_anything_is_told_to_have_no_reason(doors, page):
    member = make_member(doors.location, name="Jonas Berg")
    said = page.get("member_why", member.uuid)
    assert "Jonas Berg cannot get in, and has no reason to." in said
    assert "Start a membership" in said


def test_whom_staff_suspended_is_subscribed_again_by_the_button(doors, page):
    lena = doors.inside()
    doors.staff("suspend", user=lena.email)
    doors.run()
    said = page.get("member_why", lena.uuid)
    assert "Somebody unsubscribed them in SALTO KS." in said
    page.post("user_do", doors.row(lena).pk, "subscribe")
    doors.run()
    assert doors.state(lena) == "subscribed"
    assert "is let in at Members" in page.get("member_why", lena.uuid)


def test_what_staff_took_away_is_put_back_by_the_button(doors, page):
    lena = doors.inside()
    doors.staff("remove_from_group", user=lena.email, group="Members")
    doors.run()
    said = page.get("member_why", lena.uuid)
    assert "took them out of Members" in said
    grant = doors.row(lena).grants.get(removed_at=None)
    page.post("user_do", doors.row(lena).pk, "put-back", grant=grant.pk)
    doors.run()
    assert doors.groups_of(lena) == ["Members"]


def test_an_invitation_names_its_address_before_the_site_was_read_again(doors, page):
    lena = doors.inside()
    SaltoUser.objects.filter(member=lena).update(email="")
    assert f"to {lena.email}: until then" in page.get("member_why", lena.uuid)


def test_looking_again_lets_somebody_in_at_once(doors, page):
    lena = doors.member()
    assert "not there yet" in page.get("member_why", lena.uuid)
    page.post("member_sync", lena.uuid)
    assert doors.groups_of(lena) == ["Members"]


def test_nobody_is_left_alone_without_a_reason(doors, page):
    lena = doors.inside()
    assert "Say why" in page.post("user_do", doors.row(lena).pk, "hold", why=" ")
    page.post("user_do", doors.row(lena).pk, "hold", why="Renews on Friday")
    assert "Renews on Friday" in page.get("member_doors", lena.uuid)
    page.post("user_do", doors.row(lena).pk, "release")
    assert doors.row(lena).hold_until is None


def test_a_waiting_list_has_numbers(doors, page):
    doors.staff("seats", seats=2)
    lena = doors.member()
    doors.run()
    assert "number 1 on the waiting list" in page.get("member_why", lena.uuid)
    assert "Waiting for a seat" in page.get("overview")


def test_an_unsubscribing_is_shown_with_its_reason_and_undone_within_a_day(doors, page):
    lena = doors.inside()
    doors.lose(lena)
    doors.run()
    doors.pass_time(hours=2)
    run = doors.run()
    step = SyncStep.objects.get(kind="unsubscribe", state=StepState.DONE)
    said = page.get("run_detail", step.run.uuid)
    assert "Unsubscribed, which frees a seat" in said
    assert "What was agreed ran out" in said
    assert "Undo" in said
    page.post("step_undo", step.pk)
    assert doors.state(lena) == "subscribed"
    assert run


def test_a_stopped_run_is_reviewed_and_let_go_on(doors, page):
    plan = doors.plan()
    people = [doors.member(f"Person {n}", plan) for n in range(7)]
    doors.run()
    doors.pass_time(hours=2)
    for one in people:
        doors.end(one)
    run = doors.run()
    said = page.get("run_detail", run.uuid)
    assert "7 places in groups would go at once" in said
    assert "Held back" in said
    assert "run anyway" in said
    page.post("run_go_on", run.uuid)
    assert doors.groups_of(people[0]) == []


def test_the_front_desk_may_not_let_a_stopped_run_go_on(doors, ben):
    run = doors.run()
    answer = Reader(ben).client.post(reverse("access:run_go_on", args=[run.uuid]))
    assert answer.status_code == 403


def test_the_overview_lists_what_does_not_agree(doors, page):
    doors.plan()
    doors.staff("add_user", first_name="Rolf", last_name="Adler", email="rolf@example.com")
    doors.staff("add_cleaner", first_name="Ilse", last_name="Kranz", tag=9, group="Members")
    doors.run()
    said = page.get("overview")
    assert "Takes a seat, opens nothing" in said
    assert "In Members, given in SALTO KS" in said
    rolf = SaltoUser.objects.get(name__contains="Rolf")
    page.post("user_unsubscribe", rolf.pk)
    assert doors.users()["rolf@example.com"]["subscription_state"] == "suspended"
    assert "Takes a seat, opens nothing" not in page.get("overview")


def test_a_user_is_tied_to_a_member_by_one_click(doors, page):
    lena = doors.member()
    doors.staff("add_user", first_name="Lena", last_name="Fischer", email=lena.email)
    doors.run()
    assert f"It is {lena.name}" in page.get("overview")
    user = SaltoUser.objects.get(connection=doors.config, email=lena.email)
    page.post("user_do", user.pk, "adopt", member=lena.pk)
    doors.run()
    assert doors.groups_of(lena) == ["Members"]


def test_somebody_elsewhere_sees_nothing_of_a_site(doors, kiyosumi, django_user_model):
    lena = doors.inside()
    other = django_user_model.objects.create_user("yuki@example.com", name="Yuki", role="manager")
    other.locations.set([kiyosumi])
    reader = Reader(other)
    assert "No doors are connected" in reader.get("overview")
    for name, args in (("user_do", (doors.row(lena).pk, "hold")), ("sync_now", (doors.config.uuid,))):
        assert reader.client.post(reverse(f"access:{name}", args=args), {"why": "x"}).status_code == 404
    assert reader.client.get(reverse("access:member_why", args=[lena.uuid])).status_code == 404


def test_seats_are_drawn_with_what_will_be_needed(doors, page):
    lena = doors.inside()
    doors.end(lena, date(2026, 12, 6))
    said = page.get("seats", doors.config.uuid)
    assert "3 of 10 seats in use today" in said
    assert "At most 3 of 10 will be needed" in said


def test_lists_cost_the_same_for_more_people(doors, page, django_assert_max_num_queries):
    plan = doors.plan()
    for n in range(4):
        doors.member(f"Person {n}", plan)
        doors.staff("add_user", first_name="Rolf", last_name=str(n), email=f"rolf{n}@example.com")
    run = doors.run()
    with django_assert_max_num_queries(45):
        page.get("overview")
    with django_assert_max_num_queries(30):
        page.get("run_detail", run.uuid)
    assert doors.run(kind=RunKind.PREVIEW)
    assert "Preview" in page.get("run_list")


def test_an_archived_member_who_keeps_a_seat_is_listed_until_it_is_free(doors, page):
    lena = doors.inside()
    type(lena).objects.filter(pk=lena.pk).update(archived_at=timezone.now())
    doors.run()
    doors.run()
    listed = page.get("overview")
    assert "Archived here, still in SALTO KS" in listed or "Takes a seat, opens nothing" in listed
    page.post("user_unsubscribe", doors.row(lena).pk)
    assert doors.state(lena) == "suspended"
    after = page.get("overview")
    assert "Archived here" not in after
    assert "opens nothing" not in after


def test_a_page_that_waits_for_a_run_moves_on_when_it_is_over(doors, page):
    doors.pass_time(seconds=5)
    asked = int(timezone.now().timestamp())
    url = reverse("access:sync_state", args=[doors.config.uuid])
    assert "HX-Redirect" not in page.client.get(url, {"after": asked})
    doors.run()
    assert "HX-Redirect" in page.client.get(url, {"after": asked})


def test_the_person_page_undoes_an_unsubscribing(doors, page, ada):
    lena = doors.inside()
    doors.lose(lena)
    doors.run()
    doors.run()
    said = page.get("member_why", lena.uuid)
    assert "because they had lost all access" in said
    step = SyncStep.objects.get(kind="unsubscribe")
    assert reverse("access:step_undo", args=[step.pk]) in said
    doors.pass_time(hours=25)
    assert reverse("access:step_undo", args=[step.pk]) not in Reader(ada).get("member_why", lena.uuid)


def test_whom_nobody_has_tied_yet_is_not_said_to_be_unknown_there(doors, page):
    amara = make_member(doors.location, name="Amara Osei")
    doors.staff("add_user", email=amara.email)
    doors.run()
    said = page.get("member_why", amara.uuid)
    assert f"Somebody in SALTO KS has the address {amara.email}" in said
    assert "It is Amara Osei" in said
    assert "never in SALTO KS" not in said


def test_what_begins_later_is_told(doors, page):
    lena = doors.member(starts_on=date(2026, 12, 17))
    assert "Lena Fischer cannot get in yet: what they hold begins later." in page.get("member_why", lena.uuid)


def test_whoever_is_left_alone_is_still_said_to_take_a_seat_or_not(doors, page):
    lena = doors.inside()
    page.post("user_do", doors.row(lena).pk, "hold", why="Renews on Friday")
    assert "Subscribed, and left alone until" in page.get("member_why", lena.uuid)


def test_somebody_who_is_nobody_of_ours_is_protected_from_the_page_that_asks_who_it_is(doors, page, ben):
    doors.staff("add_cleaner", first_name="Ilse", last_name="Kranz", tag="02300017", group="Members")
    doors.plan()
    doors.run()
    ilse = SaltoUser.objects.get(name="Ilse Kranz")
    assert "Protect Ilse Kranz" in page.get("user_adopt", ilse.pk)
    assert "An admin can protect them" in Reader(ben).get("user_adopt", ilse.pk)
    assert "Ilse Kranz" in page.get("overview")
    page.post(
        "protection_add", doors.config.uuid, kind="person", value=ilse.email or ilse.name, reason="Nobody of ours"
    )
    doors.run()
    assert "Ilse Kranz" not in page.get("overview")
