"""A customer adds a card by link: reads what they agree to, goes over Stripe's page and back; the desk sees it."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from billing.models import Consent, SavedCard
from tests.e2e.look import at_widths
from tests.e2e.test_pay_links import on_stripes_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


@pytest.fixture
def link(counter, outside, invoice):
    """Return the address of a link that Ben has just made by keys alone."""
    page = counter.go("terminal:card_link_new", "member", invoice.member.uuid)
    page.get_by_role("radio", name=re.compile("Memberships and what")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="QR code of the card link")).to_be_visible()
    return page.get_by_label("Link", exact=True).input_value()


def test_customer_agrees_adds_a_card_and_the_desk_sees_it(counter, page_factory, outside, link, invoice):
    phone = page_factory(viewport={"width": 390, "height": 800}, has_touch=True)
    phone.goto(link)
    expect(phone.get_by_role("group", name="What you agree to")).to_contain_text(invoice.member.name)
    phone.get_by_role("button", name="Agree and add my card").click()
    on_stripes_page(phone, "4000000000000002")
    expect(phone.get_by_role("alert")).to_contain_text("declined")
    on_stripes_page(phone, "5555555555554444")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your card is added")
    expect(counter.page.get_by_text("Mastercard •••• 4444 was added.")).to_be_visible()
    card = SavedCard.objects.get()
    assert (card.member, card.consent.wording_version, outside.received()) == (invoice.member, "dues-2", 0)


def test_customer_without_a_script_reads_german_words(page_factory, outside, link):
    phone = page_factory(java_script_enabled=False)
    phone.goto(link)
    phone.get_by_role("link", name="Deutsch").click()
    phone.get_by_role("button", name="Agree and add my card").click()
    phone.get_by_role("link", name="Continue to the card page").click()
    on_stripes_page(phone, "4242424242424242")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your card is added")
    assert Consent.objects.get().language == "de"


def test_withdrawn_link_says_so(counter, page_factory, outside, link):
    counter.page.get_by_role("button", name="Withdraw").click()
    expect(counter.page.get_by_text("This link was withdrawn.")).to_be_visible()
    phone = page_factory()
    phone.goto(link)
    expect(phone.get_by_role("heading", level=1)).to_have_text("This link was withdrawn")


def test_pages_are_clean_and_large_enough(counter, page_factory, outside, link, invoice):
    phone = page_factory(color_scheme="dark", has_touch=True)
    assert at_widths(counter.page, touched=False) == {}
    phone.goto(link)
    assert at_widths(phone) == {}
    counter.page.goto(counter.base + reverse("terminal:card_link_new", args=["member", invoice.member.uuid]))
    assert at_widths(counter.page, touched=False) == {}
