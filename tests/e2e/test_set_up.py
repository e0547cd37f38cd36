"""From a Stripe key to a proven reader, counted in what a person presses and types."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from members.models import Plan, TaxRate
from terminal.models import Reader, StripeConfig
from tests.e2e.look import at_widths
from tests.e2e.outside import NO_FUNDS, Outside

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]
AT_MOST = 30  # at a minute each, the half hour that a first payment may take


class Hands:
    """Presses and types, and counts both."""

    def __init__(self, page):
        self.page, self.actions = page, 0

    def press(self, role, name, **more):
        self.actions += 1
        self.page.get_by_role(role, name=name, **more).click()

    def type(self, label, text):
        self.actions += 1
        self.page.get_by_label(label, exact=True).fill(text)


@pytest.fixture
def stripe(product, sandbox_process):
    """Return a new account at Stripe: a restricted key, and nothing else."""
    own = Outside(sandbox_process.url, f"rk_test_{uuid4().hex}")
    account = {"key": own.key, "country": "DE", "currency": "eur", "name": "Hafenplatz GmbH"}
    own.control("accounts", account)
    own.settings(authorize_seconds=0.2)
    return own


def prove(desk, hands, stripe, reader):
    """Try everything that a reader has to have done."""
    hands.press("button", re.compile("Try.*Payment on Bar"))
    desk.picture("waiting")
    stripe.tap(reader)
    desk.picture("paid")
    hands.press("link", re.compile("← Self-test"))
    hands.press("button", re.compile("Try.*Cancel on Bar"))
    desk.picture("waiting")
    hands.press("button", re.compile("^Cancel"))
    desk.picture("canceled")
    hands.press("link", re.compile("← Self-test"))
    hands.press("button", re.compile("Try.*Declined card on Bar"))
    desk.picture("waiting")
    stripe.tap(reader, NO_FUNDS)
    desk.picture("declined")
    hands.press("button", re.compile("^Cancel"))
    desk.picture("canceled")
    hands.press("link", re.compile("← Self-test"))
    hands.press("button", re.compile("Try.*Card kept on Bar"))
    hands.press("checkbox", re.compile("agrees"))
    hands.press("button", re.compile("Ask for the card"))
    desk.picture("waiting")
    stripe.tap(reader)
    desk.picture("kept")


def test_an_admin_gets_from_a_key_to_a_proven_reader_without_the_dashboard(counter_of, stripe, hafen, ada, ben):
    type(hafen).objects.filter(pk=hafen.pk).update(line1="Am Hafenplatz 3", city="Berlin", postal_code="10963")
    TaxRate.objects.create(name="USt. 19 %", basis_points=1900, country="DE")
    Plan.objects.create(location=hafen, name="Hot desk")
    desk = counter_of(ada, has_touch=True)
    page = desk.go("portal:home")
    hands, todo = Hands(page), page.get_by_role("region", name="Set-up")
    expect(todo).to_contain_text("2 of 8 done")

    hands.press("link", "Connect Stripe at Hafenplatz")
    hands.type("Secret or restricted key", stripe.key)
    hands.press("button", "Connect")
    hands.press("button", "Let Stripe post here")
    hands.press("button", "Test it")
    expect(page.get_by_text("Signed event received")).to_be_visible()

    hands.press("link", "Stripe Terminal")
    hands.press("link", "Create at Stripe for Hafenplatz")
    hands.press("button", "Create and map it")
    hands.type("Code on the reader's screen", "simulated-s700")
    hands.type("Name", "Bar")
    hands.press("button", "Register")
    expect(page.get_by_role("row").filter(has_text="Bar")).to_contain_text("Mapped")
    reader = Reader.objects.get()

    hands.press("link", "Self-test")
    expect(page.get_by_text("lacks a payment, a cancel, a declined card, a card kept and a refund")).to_be_visible()
    assert at_widths(page) == {}
    page.set_viewport_size({"width": 1280, "height": 900})
    prove(desk, hands, stripe, reader)

    hands.press("link", "Stripe Config")
    hands.press("link", "Self-test")
    hands.press("button", re.compile("Try.*Refund on Bar"))
    hands.type("Reason", "Self-test")
    hands.press("button", "Refund")
    expect(page.locator("#refunds .badge").first).to_have_text("Refunded")
    desk.go("terminal:self_test")
    expect(page.get_by_text("Proven", exact=True)).to_be_visible()
    assert at_widths(page) == {}
    desk.go("portal:home")
    expect(page.get_by_role("heading", name="Who owes")).to_be_visible()
    expect(todo).not_to_contain_text("Hafenplatz")
    assert (StripeConfig.objects.get().webhook_proven_at is not None, hands.actions <= AT_MOST) == (True, True)
    assert stripe.charged().count(("succeeded", 1)) == 1
