"""Interac in a browser: the refund form leads to a reader, another card is refused, the one that paid gets it."""

import re
from dataclasses import replace

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from flexspace.core.models import Location
from flexspace.management.seed.data import HAFENPLATZ
from terminal.services.collect import start
from terminal.services.settle import check
from terminal.services.step import advance
from tests.e2e.conftest import connect
from tests.e2e.look import at_widths
from tests.e2e.outside import GOOD
from tests.factories.refunds import BY
from tests.terminal.interac import INTERAC, wanted

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]
TORONTO = replace(
    HAFENPLATZ, name="King Street", country="CA", currency="CAD", key="sk_test_toronto", account="King Street Ltd"
)


@pytest.fixture
def toronto(product, sandbox_process):
    place = Location.objects.create(
        name="King Street", code="KNG", time_zone="America/Toronto", currency="CAD", country="CA", city="Toronto"
    )
    outside = connect(sandbox_process, TORONTO, place)
    outside.settings(authorize_seconds=0)
    outside.place = place
    return outside


def present(outside, counter, card):
    """Put a card into the reader once it asks for one."""
    expect(counter.page.locator(".charge")).to_have_attribute("data-picture", "waiting")
    outside.tap(outside.reader, card, method="insert")


def test_only_the_card_that_paid_gets_the_money(counter_of, toronto, invoice_of, ada):
    invoice = invoice_of(toronto.place, 8000)
    counter = counter_of(ada)
    page = counter.page
    counter.charge(invoice)
    present(toronto, counter, INTERAC)
    expect(page.locator(".stage__sentence")).to_have_text("Paid")

    counter.open_invoice(invoice)
    counter.press("f")
    counter.says("has to be here, because only a reader gives this money back")
    page.get_by_label(f"Back from {invoice}").fill("30")
    page.get_by_label("Reason").fill("Left early")
    page.get_by_role("button", name="Refund").click()
    expect(page.get_by_role("heading", name="CA$30.00 back to Interac •••• 1933")).to_be_visible()
    assert at_widths(page) == {}

    page.get_by_role("button", name=re.compile("Ask for the card")).click()
    present(toronto, counter, GOOD)
    expect(page.locator(".stage__sentence")).to_have_text("Declined")
    counter.says("only Interac •••• 1933 can get this money")
    assert at_widths(page) == {}
    counter.press("r")
    present(toronto, counter, INTERAC)
    expect(page.locator(".stage__sentence")).to_have_text("Given back")
    assert at_widths(page) == {}
    counter.press("Enter")
    expect(page.locator("#refunds .badge")).to_have_text("Refunded")
    counter.says("CA$30.00 given back on")
    assert [intent["amount_refunded"] for intent in toronto.intents()] == [3000]


def test_refund_that_nobody_wants_any_more_is_cancelled_and_asked_for_again(counter_of, toronto, invoice_of, ada):
    invoice = invoice_of(toronto.place, 8000)
    attempt = start(by=BY, parts=[(invoice, invoice.open)], reader=toronto.reader, now=timezone.now())
    advance(attempt.pk, now=timezone.now())
    toronto.tap(toronto.reader, INTERAC, method="insert")
    check(attempt.pk, now=timezone.now())
    attempt.refresh_from_db()
    refund = wanted(attempt.payment, 2000)
    counter = counter_of(ada)
    page = counter.page
    counter.go("billing:payment_detail", attempt.payment.uuid)
    expect(page.locator("#refunds .badge")).to_have_text("Waits for the card")
    page.get_by_role("link", name="On a reader").click()
    expect(page.get_by_role("heading", name="CA$20.00 back to Interac •••• 1933")).to_be_visible()
    counter.press("Enter")
    expect(page.locator(".charge")).to_have_attribute("data-picture", "waiting")
    counter.press("Escape")
    expect(page.locator(".stage__sentence")).to_have_text("Cancelled")
    counter.says("Nothing went back.")
    counter.press("Enter")
    expect(page.locator("#refunds .badge")).to_have_text("Cancelled")
    counter.says("It was cancelled here, so nothing went back.")
    refund.refresh_from_db()
    assert (refund.state, toronto.intents()[0]["amount_refunded"]) == ("failed", 0)
