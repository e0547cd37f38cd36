"""Saved cards pay by themselves: what a manager sees of it, and how somebody helps where a bank says no."""

import re

import pytest
from playwright.sync_api import expect

from billing.models import Notice
from flexspace.management.seed.sandbox_api import SandboxApi
from terminal.tasks import collect_due_invoices
from tests.e2e.look import at_widths
from tests.factories.members import make_member
from tests.terminal import saved
from tests.terminal.saved import collection_of, keep_card, owing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


class Till:
    """What the helpers of saved cards need of a desk."""

    def __init__(self, outside, location):
        self.outside, self.config, self.location = outside, outside.config, location

    def api(self, path, data=None):
        return SandboxApi(self.outside.url, self.outside.key).stripe(path, **(data or {}))


@pytest.fixture
def till(outside, hafen):
    return Till(outside, hafen)


@pytest.fixture
def manager(counter_of, outside, mia):
    return counter_of(mia)


def dues(till, name, card, total=14500):
    payer = make_member(till.location, name=name, email=f"{name.split()[0].lower()}@example.com")
    return owing(till, total, card=card, payer=payer)


def tab(manager, name):
    """Open a tab of the worklist and return its rows."""
    page = manager.go("billing:collections")
    page.get_by_role("link", name=re.compile(rf"^{name}( ?\d+)?$")).click()
    return page.locator(".worklist__item")


def test_due_invoices_pay_themselves_and_a_decline_is_helped_by_another_card(manager, till, outside):
    rich, poor = dues(till, "Anna Keller", saved.OK), dues(till, "Ben Moser", saved.NO_MONEY, 9900)
    expect(tab(manager, "Due today")).to_have_count(2)
    collect_due_invoices()

    expect(tab(manager, "Due today")).to_have_count(0)
    expect(tab(manager, "Collected")).to_contain_text(["Anna Keller"])
    page = manager.open_invoice(rich)
    expect(page.get_by_text("Paid by the saved card.")).to_be_visible()

    row = tab(manager, "Retry").first
    expect(row).to_contain_text("Ben Moser")
    expect(row).to_contain_text("The bank says: not enough funds")
    expect(row).to_contain_text("1 of 4 tries")
    row.get_by_role("button", name="Ask at next visit").click()
    expect(row).to_contain_text("Asked at next visit")
    manager.go("members:member_detail", poor.member.uuid)
    expect(manager.page.get_by_text("Ask today:")).to_be_visible()

    keep_card(till, poor.member)
    collect_due_invoices()
    expect(tab(manager, "Retry")).to_have_count(0)
    expect(tab(manager, "Collected")).to_have_count(2)
    assert (outside.received(), collection_of(poor).tries) == (24400, 2)
    assert manager.page.complaints == []


def test_manager_charges_now_and_sees_what_the_bank_says(manager, till, outside):
    invoice = dues(till, "Anna Keller", saved.OK)
    tab(manager, "Due today").get_by_role("button", name="Charge now").click()
    manager.page.wait_for_url(re.compile("/charge/"))
    expect(manager.page.locator(".stage__sentence")).to_have_text("Paid")
    expect(manager.page.locator(".lamp--on")).to_have_count(4)
    assert (outside.received(), collection_of(invoice).state) == (14500, "collected")
    assert manager.page.complaints == []


def test_bank_that_wants_the_cardholder_gets_them_by_the_link_of_the_mail(manager, till, page_factory, outside):
    invoice = dues(till, "Anna Keller", saved.AUTHENTICATE)
    collect_due_invoices()
    expect(tab(manager, "Needs authentication")).to_contain_text(["The bank wants the cardholder to confirm"])

    notice = Notice.objects.get(kind="authentication_needed")
    assert (notice.kind, notice.to) == ("authentication_needed", "anna@example.com")
    phone = page_factory(viewport={"width": 390, "height": 800}, has_touch=True)
    phone.goto(notice.facts["url"])
    phone.get_by_role("button", name="Pay €145.00").click()
    phone.wait_for_url(re.compile(r"/c/pay/cs_test_"))
    phone.get_by_label("Card number").fill("4000002500003155")
    phone.get_by_role("button", name=re.compile("Pay")).click()
    phone.get_by_role("button", name="Authenticate").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Paid, thank you")

    expect(tab(manager, "Needs authentication")).to_have_count(0)
    expect(tab(manager, "Collected")).to_contain_text(["Paid another way"])
    assert (outside.received(), collection_of(invoice).stop_reason) == (14500, "paid")


def test_stopping_asks_for_a_reason_and_can_be_taken_back(manager, till):
    dues(till, "Anna Keller", saved.OK)
    tab(manager, "Due today").get_by_role("link", name="Stop").click()
    page = manager.page
    page.get_by_role("button", name="Charge no more").click()
    expect(page.get_by_text("Say why; it is kept with the invoice.", exact=True)).to_be_visible()
    manager.refused(422)
    page.get_by_label("Reason").fill("Pays in cash")
    page.get_by_role("button", name="Charge no more").click()
    expect(page.get_by_text("Not charged by itself any more. Stopped: Pays in cash.")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text(re.compile("Will be charged to Visa •••• 4242 today"))).to_be_visible()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_pages_of_collections_are_clean_and_large_enough(counter_of, mia, till, theme):
    manager = counter_of(mia, color_scheme=theme, has_touch=True)
    invoice = dues(till, "Anna Keller", saved.NO_MONEY)
    collect_due_invoices()
    manager.go("billing:collections", query="?tab=retry")
    assert at_widths(manager.page, (1440, 820, 390)) == {}
    manager.go("billing:collection", invoice.uuid)
    assert at_widths(manager.page, (1440, 820, 390)) == {}
