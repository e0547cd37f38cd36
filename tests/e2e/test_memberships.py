"""Memberships in a browser: what a form says changes while it is filled in, and every page reads well and fits."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from members.models import Membership, Product
from tests.e2e.look import walk
from tests.factories.members import make_company, make_member
from tests.factories.sold import make_membership, make_plan, make_product

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def today(place):
    return place.today(timezone.now())


def test_member_starts_changes_their_mind_and_stays(counter_of, hafen, mia):
    member = make_member(hafen, name="Amara Osei")
    make_plan(hafen, 18_900, name="Hot desk")
    make_plan(hafen, 29_900, name="Fixed desk")
    counter = counter_of(mia)
    page = counter.go("members:member_detail", member.uuid)
    page.get_by_role("link", name="Start").click()
    page.get_by_label("Plan").select_option(label="Hot desk")
    counter.says("at €189.00 a month")
    page.get_by_label("Plan").select_option(label="Fixed desk")
    counter.says("at €299.00 a month")
    page.get_by_role("button", name="Start membership").click()
    counter.says("€299.00 a month")
    page.get_by_role("link", name="Discount on Fixed desk").click()
    page.get_by_label("How much less").fill("10 %")
    counter.says("costs €269.10 instead of €299.00")
    page.get_by_label("Reason").fill("Founding member")
    page.get_by_role("button", name="Give discount").click()
    counter.says("10 % off")
    page.get_by_role("link", name="Cancel Fixed desk").click()
    page.get_by_label("Reason").fill("Moves away")
    counter.says("Nothing is billed for later days")
    page.get_by_role("button", name="Cancel membership").click()
    page.get_by_role("button", name="Let it go on").click()
    counter.says("Fixed desk goes on")
    assert [row.ends_on for row in Membership.objects.all()] == [None]


def test_form_of_a_product_asks_only_what_its_kind_has(counter_of, hafen, mia):
    counter = counter_of(mia)
    page = counter.go("members:product_new")
    passes, days = page.get_by_label("Passes in the pack"), page.get_by_label("Valid for days")
    for kind, shown in (("Day pass", (False, True)), ("Pack", (True, True)), ("Service", (False, False))):
        page.get_by_label(kind, exact=True).check()
        for field, seen in zip((passes, days), shown, strict=True):
            expect(field).to_be_visible(visible=seen)
    page.get_by_label("Pack", exact=True).check()
    page.get_by_label("Name").fill("Five day passes")
    page.get_by_label("Price in EUR").fill("112")
    page.get_by_role("button", name="Offer it").click()
    counter.says("5 days")
    assert Product.objects.get().credits == 5


def pages(hafen):
    company = make_company(hafen)
    plan = make_plan(hafen, description="A desk of one’s own, day and night")
    product = make_product(hafen, shortcut="d")
    row = make_membership(hafen, plan=plan, starts_on=today(hafen), today=today(hafen))
    acts = ("change", "pause", "discount", "cancel", "detail")
    return [
        *((f"members:membership_{what}", row.uuid) for what in acts),
        ("members:member_detail", row.member.uuid),
        ("members:company_membership_start", company.uuid),
        ("members:plan_list",),
        ("members:plan_detail", plan.uuid),
        ("members:product_list",),
        ("members:product_edit", product.uuid),
        ("members:product_new",),
        ("members:tax_rate_list",),
        ("members:tax_rate_new",),
    ]


def test_names_headings_widths_and_targets(counter_of, hafen, ada):
    counter = counter_of(ada, has_touch=True)
    assert walk(counter, [(name, args) for name, *args in pages(hafen)]) == {}
