"""A walk-in buys a day pass: by card, in cash, on a full day; a sale is parked, resumed and survives a reload."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from members.models import CheckIn, DayPass, Member
from members.services import capacity
from tests.factories.members import make_member
from tests.factories.passes import make_product

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(hafen):
    """Return Hafenplatz with a day pass on the shelf and three seats a day."""
    hafen.day_pass_capacity, hafen.house_note = 3, "Wi-Fi on the wall"
    hafen.save()
    make_product(hafen, shortcut="D")
    return hafen


def at_counter(counter):
    page = counter.go("desk:sell")
    return page, page.locator("#desk")


def open_somebody(counter, desk, name):
    counter.page.locator("main [data-search]").fill(name)
    counter.press("Enter")
    expect(desk.get_by_role("heading", name=name)).to_be_visible()


def test_walk_in_is_found_sold_a_pass_charged_and_let_in_by_keys_alone(counter, outside, shop):
    page, desk = at_counter(counter)
    expect(page.locator("main [data-search]")).to_be_focused()
    page.keyboard.type("nina@example.com")
    expect(page.locator("#found")).to_contain_text("Nobody found")
    counter.press("Enter")
    expect(page.get_by_label("E-mail", exact=True)).to_have_value("nina@example.com")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Nina Roth")
    counter.press("Enter")
    expect(desk).to_have_attribute("data-stage", "person")
    expect(desk).to_contain_text("3 of 3 left")
    counter.press("d")
    expect(desk).to_have_attribute("data-stage", "open")
    expect(desk.locator(".till__sum")).to_have_text("€25.00")
    page.reload()  # nothing is lost
    expect(desk.locator(".till__sum")).to_have_text("€25.00")
    counter.press("Enter")
    counter.picture("waiting")
    outside.tap(outside.reader)
    expect(desk).to_have_attribute("data-stage", "paid")
    expect(desk.locator(".stage__sentence")).to_have_text(re.compile(r"Paid · pass valid · checked in \d\d:\d\d"))
    expect(desk).to_contain_text("Wi-Fi on the wall")
    expect(page.locator("#today")).to_contain_text("Nina Roth")
    counter.press("Enter")
    expect(desk).to_have_attribute("data-stage", "find")
    nina = Member.objects.get(name="Nina Roth")
    assert (DayPass.objects.get().member, CheckIn.objects.get().member) == (nina, nina)
    assert outside.received() == 2500


def test_a_sale_is_parked_for_the_next_person_who_pays_cash_and_then_resumed(counter, outside, shop):
    lena, amara = make_member(shop), make_member(shop, name="Amara Osei")
    page, desk = at_counter(counter)
    open_somebody(counter, desk, lena.name)
    counter.press("d")
    expect(desk).to_have_attribute("data-stage", "open")
    counter.press("n")
    expect(page.locator("#today")).to_contain_text("Parked")
    open_somebody(counter, desk, amara.name)
    counter.press("d")
    expect(desk).to_have_attribute("data-stage", "open")
    counter.press("c")
    expect(page.get_by_label("Given in cash")).to_be_focused()
    page.keyboard.type("50")
    counter.press("Enter")
    expect(desk).to_contain_text("Give €25.00 change.")
    expect(desk).to_have_attribute("data-stage", "paid")
    page.locator("#today").get_by_role("button", name=re.compile(lena.name)).click()
    expect(desk.locator(".till__sum")).to_have_text("€25.00")
    assert [row.member for row in DayPass.objects.all()] == [amara]


def test_a_full_house_sells_the_next_free_day(counter, outside, shop, ben):
    lena, now = make_member(shop), timezone.now()
    capacity.set_capacity(by=_clerk(ben), location=shop, on=shop.today(now), capacity=0)
    _page, desk = at_counter(counter)
    open_somebody(counter, desk, lena.name)
    expect(desk.locator(".offer--full")).to_contain_text("Full today")
    counter.press("d")
    expect(desk.locator(".line")).to_contain_text("Change the day")
    expect(desk.locator(".till__sum")).to_have_text("€25.00")


def _clerk(user):
    from flexspace.core.actors import Actor  # noqa: PLC0415

    return Actor.of(user)
