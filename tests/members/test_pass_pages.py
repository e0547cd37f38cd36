"""Day passes and visits on Member Details: what is left, who may come in by what, and checking in there."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from members.models import CheckIn
from members.services.memberships import start
from tests.factories.members import make_company, make_member
from tests.factories.passes import make_pass
from tests.factories.sold import BY, TODAY, make_membership, make_plan
from tests.members.test_pages import page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def part(client, user, member):
    return page(client, user, "members:member_passes", member.uuid)


def come_in(client, user, member, **headers):
    client.force_login(user)
    return client.post(reverse("desk:check_in", args=[member.uuid]), {"at": "HFN"}, **headers)


def test_page_loads_the_part(client, hafen, ben):
    member = make_member(hafen)
    text = page(client, ben, "members:member_detail", member.uuid).content.decode()
    assert reverse("members:member_passes", args=[member.uuid]) in text


def test_part_of_another_location_is_not_there(client, hafen, ben, yuki):
    member = make_member(hafen)
    assert (part(client, ben, member).status_code, part(client, yuki, member).status_code) == (200, 404)


def test_drop_in_without_a_pass_is_told_so(client, hafen, ben):
    answer = part(client, ben, make_member(hafen))
    assert ("No day passes left." in answer.content.decode(), "Check in" in answer.content.decode()) == (True, False)


def test_check_in_uses_a_credit_and_undo_gives_it_back(client, hafen, ben):
    member = make_member(hafen)
    make_pass(member, count=5)
    text = part(client, ben, member).content.decode()
    assert ("5</strong>" in text, "Check in<" in text) == (True, True)
    text = come_in(client, ben, member, headers={"hx-request": "true"}).content.decode()
    assert ("Here since 12:00" in text, "4</strong>" in text, "<html" in text) == (True, True, False)
    client.post(reverse("desk:check_in_undo", args=[CheckIn.objects.get().pk]))
    assert "5</strong>" in part(client, ben, member).content.decode()


def test_check_in_by_membership_uses_no_pass(client, hafen, ben):
    member = make_member(hafen)
    make_pass(member, count=5)
    make_membership(hafen, member=member)
    assert "by Fixed desk" in part(client, ben, member).content.decode()
    come_in(client, ben, member)
    assert "5</strong>" in part(client, ben, member).content.decode()


def test_whole_companys_membership_lets_its_people_in(client, hafen, ben):
    company = make_company(hafen)
    member = make_member(hafen, company=company)
    plan = make_plan(hafen, name="Team office", for_company=True)
    start(by=BY, plan=plan, company=company, starts_on=TODAY, today=TODAY)
    assert "by Team office" in part(client, ben, member).content.decode()


def test_viewer_sees_passes_and_no_button(client, hafen, vic):
    member = make_member(hafen)
    make_pass(member)
    text = part(client, vic, member).content.decode()
    assert ("left" in text, "<form" in text) == (True, False)


@pytest.mark.parametrize("count", [1, 3])
def test_part_takes_the_same_queries_at_one_and_three_passes(client, hafen, ben, count, django_assert_num_queries):
    member = make_member(hafen)
    for number in range(count):
        make_pass(member, count=2, until=date(2026, 12, 1) + timedelta(days=number))
    with time_machine.travel("2026-11-20T11:00:00Z", tick=False):
        come_in(client, ben, member)
    client.force_login(ben)
    with django_assert_num_queries(11):
        answer = client.get(reverse("members:member_passes", args=[member.uuid]))
    assert len(answer.context["passes"]) == count
