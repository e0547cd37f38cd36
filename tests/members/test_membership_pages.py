"""Pages of memberships: the card on a payer's page, the forms, and what they say beforehand."""

from datetime import date

import pytest
from django.urls import reverse

from billing.models import BilledPeriod, BillingRun
from members.enums import Anchor
from members.models import Membership
from members.services.adjustments import give_discount, pause
from tests.factories.billing import make_tax_rate
from tests.factories.members import make_company, make_member
from tests.factories.sold import BY, TODAY, make_membership, make_plan
from tests.members.test_pages import page, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
DECEMBER = date(2026, 12, 1)


def card(client, user, payer, kind="member"):
    return page(client, user, f"members:{kind}_memberships", payer.uuid)


@pytest.mark.parametrize("count", [1, 3])
def test_card_takes_the_same_queries_at_one_and_three_rows(client, hafen, ben, count, django_assert_num_queries):
    company = make_company(hafen)
    member = make_member(hafen, company=company)
    for number in range(count):
        plan = make_plan(hafen, name=f"Plan {number}", for_company=True, tax_rate=make_tax_rate(hafen))
        row = make_membership(hafen, plan=plan, company=company)
        pause(by=BY, membership=row, from_date=TODAY, until=None, reason="", today=TODAY)
    client.force_login(ben)
    # session, user, locations, member, memberships, prices, pauses, discounts, runs, billed periods
    with django_assert_num_queries(10):
        answer = client.get(reverse("members:member_memberships", args=[member.uuid]))
    assert len(answer.context["lines"]) == count


def test_card_says_state_price_next_bill_and_discount(client, hafen, ben, mia):
    row = make_membership(hafen, starts_on=date(2026, 11, 20))
    give_discount(
        by=BY, membership=row, from_date=DECEMBER, until=None, reason="Founders", today=TODAY, basis_points=1000
    )
    text = card(client, ben, row.member).content.decode()
    for words in ("Active", "since 20 Nov 2026", "€300.00 a month", "10 % off"):
        assert words in text
    assert "Next bill €110.00: 11 of 30 days (20–30 Nov) at €300.00 a month" in text
    discount = reverse("members:membership_discount", args=[row.uuid])
    assert discount not in text
    assert discount in card(client, mia, row.member).content.decode()


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-12-05", None, "From 5 Dec 2026"),
        ("2026-10-01", "2026-11-30", "Until 30 Nov 2026"),
        ("2026-10-01", "2026-11-20", "Ended 20 Nov 2026"),
        ("2026-12-05", "2026-12-04", "Never began"),
    ],
)
def test_card_says_the_state_in_words(client, hafen, ben, start, end, words):
    row = make_membership(hafen, starts_on=date.fromisoformat(start))
    Membership.objects.update(ends_on=end)
    assert f">{words}</span>" in card(client, ben, row.member).content.decode()


def test_card_of_a_person_names_who_pays(client, hafen, ben):
    company = make_company(hafen, name="Nordlicht Studio")
    person = make_member(hafen, name="Jonas Berg", company=company)
    make_membership(hafen, company=company, person=person)
    assert "Nordlicht Studio</a> ·" in card(client, ben, person).content.decode()
    assert "for <a" in card(client, ben, company, "company").content.decode()


def test_card_without_a_membership_says_drop_in(client, hafen, ben, vic):
    member = make_member(hafen)
    start = reverse("members:member_membership_start", args=[member.uuid])
    text = card(client, ben, member).content.decode()
    assert ("is a drop-in" in text, start in text) == (True, True)
    assert start not in card(client, vic, member).content.decode()


def test_card_shows_the_past_shortly(client, hafen, ben):
    member = make_member(hafen)
    for number in range(5):
        make_membership(hafen, member=member, plan=make_plan(hafen, name=f"Old {number}"))
    Membership.objects.update(ends_on=date(2026, 10, 31))
    assert len(card(client, ben, member).context["lines"]) == 3


def test_pages_load_the_card(client, hafen, ben):
    member, company = make_member(hafen), make_company(hafen)
    for kind, payer in (("member", member), ("company", company)):
        text = page(client, ben, f"members:{kind}_detail", payer.uuid).content.decode()
        assert reverse(f"members:{kind}_memberships", args=[payer.uuid]) in text


READS = ["detail", "change", "pause", "discount", "cancel"]
PREVIEWS = [f"{what}_preview" for what in READS[1:]]


def test_another_locations_membership_is_not_there(client, hafen, mia, yuki):
    yuki.role = "manager"
    yuki.save()
    row = make_membership(hafen)
    for view in READS + PREVIEWS:
        assert page(client, mia, f"members:membership_{view}", row.uuid).status_code == 200
        assert page(client, yuki, f"members:membership_{view}", row.uuid).status_code == 404
    for view in ("resume", "undo_end", *READS[1:]):
        assert send(client, yuki, f"members:membership_{view}", row.uuid).status_code == 404
    for view in ("memberships", "membership_start", "membership_preview"):
        assert page(client, yuki, f"members:member_{view}", row.member.uuid).status_code == 404


@pytest.mark.parametrize(
    ("view", "allowed"),
    [
        ("detail", [200, 200, 200]),
        ("change", [403, 200, 200]),
        ("pause", [403, 200, 200]),
        ("cancel", [403, 200, 200]),
        ("cancel_preview", [403, 200, 200]),
        ("discount", [403, 403, 200]),
    ],
)
def test_pages_keep_to_the_roles(client, hafen, vic, ben, mia, view, allowed):
    row = make_membership(hafen)
    answers = [page(client, user, f"members:membership_{view}", row.uuid) for user in (vic, ben, mia)]
    assert [answer.status_code for answer in answers] == allowed


def test_prices_without_tax_say_so(client, hafen, ben):
    hafen.tax_included = False
    hafen.save()
    row = make_membership(hafen, plan=make_plan(hafen, tax_rate=make_tax_rate(hafen)))
    assert "€300.00 a month plus tax" in card(client, ben, row.member).content.decode()


def test_refusals_are_said_on_the_page(client, hafen, ben):
    row = make_membership(hafen)
    for view, words in (("resume", "not paused then"), ("undo_end", "no end to take back")):
        client.force_login(ben)
        answer = client.post(reverse(f"members:membership_{view}", args=[row.uuid]), follow=True)
        assert words in answer.content.decode()


def test_detail_tells_discounts_pauses_and_what_happened(client, hafen, ben):
    row = make_membership(hafen)
    give_discount(
        by=BY, membership=row, from_date=DECEMBER, until=None, reason="Founders", today=TODAY, basis_points=1000
    )
    pause(by=BY, membership=row, from_date=DECEMBER, until=date(2026, 12, 24), reason="Holiday", today=TODAY)
    text = page(client, ben, "members:membership_detail", row.uuid).content.decode()
    for words in ("10 % off", "Founders", "1 Dec 2026 – 23 Dec 2026", "Holiday", "each month from the 1st"):
        assert words in text


@pytest.mark.parametrize("view", ["resume", "undo_end"])
def test_changes_are_posts(client, hafen, ben, view):
    assert page(client, ben, f"members:membership_{view}", make_membership(hafen).uuid).status_code == 405


def test_next_bill_holds_the_first_days_until_they_are_billed(client, hafen, ben):
    row = make_membership(hafen, starts_on=date(2026, 11, 20))
    BillingRun.objects.create(location=hafen, month=date(2026, 11, 1), bills_from=date(2026, 10, 1), state="done")
    assert ("Next bill €410.00: 11 of 30 days (20–30 Nov) at €300.00 a month, and 1–31 Dec at €300.00 a month") in card(
        client, ben, row.member
    ).content.decode()
    BilledPeriod.objects.create(membership=row, period_start=row.starts_on, period_end=DECEMBER)
    assert "Next bill €300.00: 1–31 Dec at" in card(client, ben, row.member).content.decode()
    BilledPeriod.objects.create(membership=row, period_start=DECEMBER, period_end=date(2027, 1, 1))
    assert "Next bill €300.00: 1–31 Jan at" in card(client, ben, row.member).content.decode()


def test_what_is_billed_elsewhere_is_said_and_is_not_the_next_bill(client, hafen, ben):
    member, plan = make_member(hafen), make_plan(hafen, 120_000, interval_months=12, anchor=Anchor.ANNIVERSARY)
    typed = {"plan": plan.pk, "starts_on": "2026-03-15", "billed_until": "2027-03-14"}
    query = "?" + "&".join(f"{name}={value}" for name, value in typed.items())
    answer = page(client, ben, "members:member_membership_preview", member.uuid, query=query)
    assert answer.context["said"] == [
        "Billed elsewhere until 14 Mar 2027.",
        "First bill €1,200.00: 15 Mar 2027 – 14 Mar 2028 at €1,200.00 a year.",
    ]
    wrong = {**typed, "billed_until": "2026-03-14"}
    text = send(client, ben, "members:member_membership_start", member.uuid, **wrong).content.decode()
    assert "This is a day of the membership." in text
    send(client, ben, "members:member_membership_start", member.uuid, **typed)
    row = Membership.objects.get()
    text = page(client, ben, "members:membership_detail", row.uuid).content.decode()
    for words in ("Billed elsewhere until 14 Mar 2027", "Next bill €1,200.00: 15 Mar 2027 – 14 Mar 2028"):
        assert words in text
