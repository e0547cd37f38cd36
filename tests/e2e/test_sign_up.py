"""Somebody signs up at the counter: plan, day, and one tap that pays the first days and keeps the card."""

import pytest
from playwright.sync_api import expect

from billing.models import BilledPeriod, SavedCard
from members.models import Membership
from tests.factories.members import make_member
from tests.factories.memberships import make_plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_one_tap_pays_the_first_days_begins_the_membership_and_keeps_the_card(counter, outside, hafen):
    plan, lena = make_plan(hafen, name="Hot desk", price=29900), make_member(hafen)
    page = counter.go("desk:sell", query=f"?member={lena.uuid}")
    desk = page.locator("#desk")
    counter.press("m")
    expect(page.locator("#sign-up")).to_contain_text("To pay now €")
    expect(page.locator("#sign-up")).to_contain_text("First full bill €299.00 a month")
    page.get_by_role("button", name="Add to the sale").click()
    expect(desk).to_have_attribute("data-stage", "open")
    expect(desk).to_contain_text("Hot desk, ")
    expect(desk.locator(".keep__words")).to_be_hidden()
    counter.press("k")
    expect(desk.locator(".keep__words")).to_contain_text("I allow")
    counter.press("Enter")
    counter.picture("waiting")
    assert Membership.objects.count() == 0
    outside.tap(outside.reader)
    expect(desk).to_have_attribute("data-stage", "paid")
    expect(desk.locator(".stage__sentence")).to_have_text("Paid · membership since today · card kept")
    held = Membership.objects.get()
    assert (held.plan, held.member, SavedCard.objects.get().member) == (plan, lena, lena)
    assert BilledPeriod.objects.get().membership == held
