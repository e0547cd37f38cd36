"""Forms of memberships: what they say beforehand, and what they do."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from billing.models import BilledPeriod
from members.models import Membership
from members.services.adjustments import give_discount, pause
from members.services.catalogue import withdraw
from tests.factories.members import make_company, make_member
from tests.factories.sold import BY, TODAY, make_membership, make_plan
from tests.members.test_membership_pages import DECEMBER, card
from tests.members.test_pages import page, send

BILLED = "1–31 Dec is billed already: nothing is credited for it by itself."

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def said(client, user, what, row, **typed):
    query = "&".join(f"{key}={value}" for key, value in typed.items())
    answer = page(client, user, f"members:membership_{what}_preview", row.uuid, query=f"?{query}")
    return answer.context["said"]


def test_start_says_what_it_costs_and_starts(client, hafen, ben):
    member, plan = make_member(hafen), make_plan(hafen)
    typed = {"plan": plan.pk, "starts_on": "2026-11-20"}
    query = f"?plan={plan.pk}&starts_on=2026-11-20"
    answer = page(client, ben, "members:member_membership_preview", member.uuid, query=query)
    assert answer.context["said"] == [
        "First bill €110.00: 11 of 30 days (20–30 Nov) at €300.00 a month.",
        "Then €300.00 a month from 1 Dec 2026.",
    ]
    answer = send(client, ben, "members:member_membership_start", member.uuid, **typed)
    assert answer.url == reverse("members:member_detail", args=[member.uuid])
    assert Membership.objects.get().starts_on == date(2026, 11, 20)


def test_start_for_a_company_and_one_of_its_people(client, hafen, ben):
    company, plan = make_company(hafen), make_plan(hafen)
    person, stranger = make_member(hafen, company=company), make_member(hafen)
    view = "members:company_membership_start"
    facts = {"plan": plan.pk, "starts_on": "2026-12-01"}
    for wrong, words in ((stranger.pk, "Select a valid choice"), ("", "Say who it is for")):
        assert words in send(client, ben, view, company.uuid, **facts, person=wrong).content.decode()
    query = f"?plan={plan.pk}&starts_on=2026-12-01"
    answer = page(client, ben, "members:company_membership_preview", company.uuid, query=query)
    assert answer.context["said"] == ["Fixed desk is for one person. Say who it is for."]
    send(client, ben, view, company.uuid, **facts, person=person.pk)
    row = Membership.objects.get()
    assert (row.company, row.person) == (company, person)


def test_start_where_nothing_is_sold_says_so(client, hafen, ben, mia):
    member = make_member(hafen)
    withdraw(by=BY, item=make_plan(hafen))
    assert "No plan is sold here" in page(client, ben, "members:member_membership_start", member.uuid).content.decode()
    new_plan = reverse("members:plan_new")
    assert new_plan in page(client, mia, "members:member_membership_start", member.uuid).content.decode()


def test_start_before_the_first_price_says_so_beforehand(client, hafen, ben):
    member, plan = make_member(hafen), make_plan(hafen, from_date=DECEMBER)
    query = f"?plan={plan.pk}&starts_on=2026-11-20"
    answer = page(client, ben, "members:member_membership_preview", member.uuid, query=query)
    assert answer.context["said"] == ["This plan has no price for those days yet."]
    answer = send(client, ben, "members:member_membership_start", member.uuid, plan=plan.pk, starts_on="2026-11-20")
    assert "has no price on 20 Nov 2026 yet" in answer.content.decode()


def test_change_says_what_it_means_and_changes(client, hafen, ben):
    row, hot = make_membership(hafen), make_plan(hafen, 18_000, name="Hot desk")
    assert said(client, ben, "change", row, plan=hot.pk, from_date="2026-12-01") == [
        "Fixed desk: The last day is 30 Nov 2026. Nothing is billed for later days.",
        "Hot desk: First bill €180.00: 1–31 Dec at €180.00 a month.",
    ]
    assert said(client, ben, "change", row, plan=hot.pk, from_date="2026-11-24") == [
        "Fixed desk: The last day is 23 Nov 2026. Nothing is billed for later days.",
        (
            "7 of 30 days (24–30 Nov) are not used, worth €70.00. Where they are billed already,"
            " nothing is paid back by itself."
        ),
        "Hot desk: First bill €42.00: 7 of 30 days (24–30 Nov) at €180.00 a month.",
        "Hot desk: Then €180.00 a month from 1 Dec 2026.",
    ]
    BilledPeriod.objects.create(membership=row, period_start=DECEMBER, period_end=date(2027, 1, 1))
    assert said(client, ben, "change", row, plan=hot.pk, from_date="2026-12-01")[:2] == [
        "Fixed desk: The last day is 30 Nov 2026. Nothing more is billed for later days.",
        BILLED,
    ]
    send(client, ben, "members:membership_change", row.uuid, plan=hot.pk, from_date="2026-12-01")
    assert list(Membership.objects.on(DECEMBER).values_list("plan__name", flat=True)) == ["Hot desk"]


def test_pause_says_what_it_means_and_is_resumed(client, hafen, ben):
    row = make_membership(hafen)
    assert said(client, ben, "pause", row, from_date="2026-11-24", until="2026-12-08") == [
        "Paused 24 Nov – 7 Dec, 14 days: it costs nothing and lets nobody in.",
        "1–30 Nov costs €230.00 instead of €300.00: €70.00 less.",
        "1–31 Dec costs €232.26 instead of €300.00: €67.74 less.",
        "It counts again from 8 Dec 2026.",
    ]
    BilledPeriod.objects.create(membership=row, period_start=date(2026, 11, 1), period_end=DECEMBER)
    assert said(client, ben, "pause", row, from_date="2026-11-24", until="2026-12-08")[1:3] == [
        "24–30 Nov is billed already: nothing is credited for it by itself.",
        "1–31 Dec costs €232.26 instead of €300.00: €67.74 less.",
    ]
    assert said(client, ben, "pause", row, from_date="2026-11-24")[0] == (
        "Paused from 24 Nov 2026 until somebody resumes it: it costs nothing and lets nobody in."
    )
    assert said(client, ben, "pause", row, from_date="2026-12-01")[-1].startswith("Nothing is billed after that")
    send(client, ben, "members:membership_pause", row.uuid, from_date="2026-11-23")
    assert "Paused</span>" in card(client, ben, row.member).content.decode()
    send(client, ben, "members:membership_resume", row.uuid)
    assert row.pauses.count() == 0
    answer = send(client, ben, "members:membership_pause", row.uuid, from_date="2026-12-01", until="2026-12-01")
    assert "after the first paused day" in answer.content.decode()


def test_discount_says_what_it_means_and_ends_with_the_period(client, hafen, mia):
    row = make_membership(hafen)
    typed = {"from_date": "2026-11-01", "reason": "Founders"}
    assert said(client, mia, "discount", row, less="10 %25", **typed) == [
        "1–30 Nov costs €270.00 instead of €300.00: €30.00 less.",
        "1–31 Dec costs €270.00 instead of €300.00: €30.00 less.",
    ]
    BilledPeriod.objects.create(membership=row, period_start=date(2026, 11, 1), period_end=DECEMBER)
    assert said(client, mia, "discount", row, less="10 %25", **typed) == [
        "1–30 Nov is billed already: nothing is credited for it by itself.",
        "1–31 Dec costs €270.00 instead of €300.00: €30.00 less.",
        "1–31 Jan costs €270.00 instead of €300.00: €30.00 less.",
    ]
    send(client, mia, "members:membership_discount", row.uuid, less="12.5 %", **typed)
    send(client, mia, "members:membership_discount", row.uuid, less="20", **typed | {"from_date": "2026-12-01"})
    running, coming = row.discounts.all()
    assert (running.basis_points, coming.amount) == (1250, 2000)
    for discount in (running, coming):
        send(client, mia, "members:membership_discount_end", row.uuid, discount.pk)
    assert [each.until for each in row.discounts.all()] == [DECEMBER]


@pytest.mark.parametrize("less", ["x", "0", "-5", "0 %", "101 %", "1.234", "10 percent"])
def test_discount_that_cannot_be_says_how_to_write_it(client, hafen, mia, less):
    row = make_membership(hafen)
    facts = {"less": less, "from_date": "2026-12-01", "reason": "Founders"}
    answer = send(client, mia, "members:membership_discount", row.uuid, **facts)
    assert (list(answer.context["form"].errors), row.discounts.count()) == (["less"], 0)


def test_discount_of_another_membership_is_not_ended(client, hafen, mia):
    one, other = make_membership(hafen), make_membership(hafen)
    less = give_discount(
        by=BY, membership=other, from_date=DECEMBER, until=None, reason="x", today=TODAY, basis_points=1
    )
    assert send(client, mia, "members:membership_discount_end", one.uuid, less.pk).status_code == 404


def test_cancel_offers_three_days_and_says_what_each_means(client, hafen, ben):
    row = make_membership(hafen)
    form = page(client, ben, "members:membership_cancel", row.uuid).context["form"]
    assert [value for value, _words in form.fields["ends_on"].choices] == ["2026-11-30", "2026-12-31", "2026-11-23"]
    assert said(client, ben, "cancel", row, ends_on="2026-11-30") == [
        "The last day is 30 Nov 2026. Nothing is billed for later days."
    ]
    assert said(client, ben, "cancel", row, ends_on="2026-11-23")[1].startswith("7 of 30 days (24–30 Nov)")
    BilledPeriod.objects.create(membership=row, period_start=DECEMBER, period_end=date(2027, 1, 1))
    assert said(client, ben, "cancel", row, ends_on="2026-11-30") == [
        "The last day is 30 Nov 2026. Nothing more is billed for later days.", BILLED,
    ]  # fmt: skip
    assert said(client, ben, "cancel", row, ends_on="2026-11-23")[2:] == [BILLED]
    assert BILLED not in said(client, ben, "cancel", row, ends_on="2026-12-31")
    answer = send(client, ben, "members:membership_cancel", row.uuid, ends_on="2026-11-30", reason="")
    assert "Say why" in answer.content.decode()
    send(client, ben, "members:membership_cancel", row.uuid, ends_on="2026-11-30", reason="Moves away")
    assert "Let it go on" in card(client, ben, row.member).content.decode()
    send(client, ben, "members:membership_undo_end", row.uuid)
    row.refresh_from_db()
    assert row.ends_on is None


def test_cancel_of_what_ends_already_offers_only_sooner_days(client, hafen, ben):
    row = make_membership(hafen)
    Membership.objects.update(ends_on=TODAY)
    assert "already" in page(client, ben, "members:membership_cancel", row.uuid).content.decode()
    Membership.objects.update(starts_on=TODAY + timedelta(days=10), ends_on=None)
    form = page(client, ben, "members:membership_cancel", row.uuid).context["form"]
    assert form.fields["ends_on"].choices[0] == ("2026-12-02", "It never begins")
    assert said(client, ben, "cancel", row, ends_on="2026-12-02") == ["It never begins, and nothing is billed for it."]


def test_cancelled_membership_looks_cancelled_and_says_why(client, hafen, ben):
    row = make_membership(hafen)
    form = page(client, ben, "members:membership_cancel", row.uuid).content.decode()
    assert "Reason (required)" in form
    send(client, ben, "members:membership_cancel", row.uuid, ends_on="2026-11-30", reason="Moves away")
    text = card(client, ben, row.member).content.decode()
    for words in ('badge--bad">Cancelled, until 30 Nov 2026<', "Cancelled: “Moves away”", "End sooner", "Let it go on"):
        assert words in text
    Membership.objects.update(ends_on="2026-11-22")
    assert "Cancelled, ended 22 Nov 2026" in card(client, ben, row.member).content.decode()


def test_cancelled_membership_that_is_paused_or_to_come_says_both(client, hafen, ben):
    row = make_membership(hafen)
    pause(by=BY, membership=row, from_date=TODAY, until=None, reason="", today=TODAY)
    send(client, ben, "members:membership_cancel", row.uuid, ends_on="2026-11-30", reason="Moves away")
    assert "Cancelled to 30 Nov 2026, paused" in card(client, ben, row.member).content.decode()
