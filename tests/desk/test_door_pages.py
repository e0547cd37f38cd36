"""Checking in from the counter and from Member Details."""

import pytest
from django.urls import reverse

from billing.models import Invoice
from members.models import CheckIn
from tests.desk.counter import open_person, text
from tests.factories.billing import make_issued_invoice
from tests.factories.members import make_member
from tests.factories.passes import hold_plan, make_pass

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]
HTMX = {"HX-Request": "true"}


def check_in(client, member, **more):
    return client.post(reverse("desk:check_in", args=[member.uuid]), more, headers=HTMX)


def test_member_details_shows_passes_visits_and_the_key(till, hafen):
    lena = make_member(hafen)
    make_pass(lena, count=7)
    shown = text(till.get(reverse("members:member_passes", args=[lena.uuid])))
    assert "does not expire" in shown
    assert "<strong>7</strong> <span" in shown
    assert 'data-key="i"' in shown
    assert reverse("members:member_passes", args=[lena.uuid]) in text(till.get(f"/members/{lena.uuid}/"))


def test_checking_in_shows_the_time_and_the_day_changes(till, hafen):
    lena = make_member(hafen)
    make_pass(lena, count=7)
    answer = check_in(till, lena)
    assert ("Checked in 09:02" in text(answer), answer["HX-Trigger"]) == (True, "day-changed")
    undo = till.post(reverse("desk:check_in_undo", args=[CheckIn.objects.get().pk]), headers=HTMX)
    assert "Check in" in text(undo)
    again = till.post(reverse("desk:check_in_undo", args=[CheckIn.objects.get().pk]), headers=HTMX)
    assert "was undone before" in text(again)


@pytest.mark.parametrize("joins", [True, False])
def test_who_came_by_a_pass_and_joined_since_is_no_drop_in_any_more(till, hafen, joins):
    lena = make_member(hafen)
    make_pass(lena)
    check_in(till, lena)
    plan = hold_plan(lena).plan.name if joins else "Drop-in"
    assert f'<p class="muted small">{plan}' in text(open_person(till, lena))


def test_without_a_right_the_reason_is_said(till, hafen):
    answer = check_in(till, make_member(hafen))
    assert "has no membership today and no day pass." in text(answer)


def test_a_full_house_asks_staff(till, hafen):
    hafen.day_pass_capacity = 0
    hafen.save()
    lena = make_member(hafen)
    make_pass(lena)
    answer = check_in(till, lena)
    assert ("Check in all the same" in text(answer), CheckIn.objects.count()) == (True, 0)
    check_in(till, lena, anyway="1")
    assert CheckIn.objects.count() == 1


def test_a_half_day_pass_offers_the_half_that_it_is(till, hafen):
    lena = make_member(hafen)
    make_pass(lena, is_half=True)
    page = open_person(till, lena)
    assert (page.context["arrival"].part, "Check in for the morning" in text(page)) == ("morning", True)
    check_in(till, lena, part="morning")
    assert CheckIn.objects.get().part == "morning"


def test_who_is_late_with_money_is_let_in_and_it_is_noted(till, hafen):
    lena = make_member(hafen)
    hold_plan(lena)
    invoice = make_issued_invoice(hafen, 12000, member=lena)
    Invoice.objects.filter(pk=invoice.pk).update(due_date="2026-11-01")
    check_in(till, lena)
    assert CheckIn.objects.get().warnings == ["Owes €120.00, due since 1 Nov"]
    assert "Owes €120.00, due since 1 Nov" in text(till.get("/desk/today/"))


def test_without_htmx_it_leads_back_to_the_person(till, hafen):
    lena = make_member(hafen)
    make_pass(lena)
    assert till.post(reverse("desk:check_in", args=[lena.uuid])).url == f"/members/{lena.uuid}/"


def test_the_counter_answers_with_its_own_small_part(till, hafen):
    lena = make_member(hafen)
    make_pass(lena, count=3)
    answer = text(check_in(till, lena, door="1"))
    assert ("2 × Day pass" in answer, "Day passes and visits" in answer) == (True, False)


def test_others_people_and_viewers_are_kept_out(client, till, yuki, vic, hafen):
    lena = make_member(hafen)
    make_pass(lena)
    for who, status in ((yuki, 404), (vic, 403)):
        client.force_login(who)
        assert check_in(client, lena).status_code == status
    client.force_login(vic)
    shown = text(client.get(reverse("members:member_passes", args=[lena.uuid])))
    assert "data-key" not in shown


@pytest.mark.parametrize("count", [1, 3])
def test_the_part_takes_constant_queries(till, hafen, count, django_assert_max_num_queries):
    lena = make_member(hafen)
    for _ in range(count):
        make_pass(lena)
    with django_assert_max_num_queries(15):
        till.get(reverse("members:member_passes", args=[lena.uuid]))
