"""The main job: an invoice is charged on a reader, and every open page shows it."""

import re
import time

import pytest
from playwright.sync_api import expect

from billing.models import Payment
from terminal.models import Attempt
from tests.e2e.counter import within

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def signed_in(counter_of, outside, ben):
    """Return Ben's browser after he signed in by hand."""
    ben.set_password("a front desk of one's own")
    ben.save()
    counter = counter_of(None)
    page = counter.go("account_login")
    page.get_by_label("E-mail").fill(ben.email)
    page.get_by_label("Password").fill("a front desk of one's own")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(counter.base + "/", timeout=30_000)
    return counter


def test_invoice_is_charged_on_the_reader_and_every_tab_shows_it(signed_in, outside, invoice):
    page = signed_in.open_invoice(invoice)
    other_tab = signed_in.open_invoice(invoice, page=signed_in.tab())
    page.get_by_role("link", name="Charge via Terminal").click()
    page.get_by_role("radio", name=re.compile("Front desk S700")).check()
    page.get_by_role("button", name="Charge via Terminal").click()
    signed_in.picture("waiting")
    signed_in.says("145.00")

    device = signed_in.tab()
    device.goto(f"{outside.url}/readers/{outside.reader.stripe_id}")
    expect(device.get_by_role("status", name="The reader's screen")).to_contain_text("145.00")
    device.get_by_role("button", name="Tap card").click()
    expect(device.get_by_role("status", name="The reader's screen")).to_contain_text("Approved")
    approved = time.monotonic()
    signed_in.picture("paid")
    assert time.monotonic() - approved < within(3)  # two seconds when a worker runs
    expect(page.locator(".lamp--on")).to_have_count(5)
    expect(other_tab.get_by_role("heading", level=1).locator("..").get_by_text("Paid")).to_be_visible()
    expect(other_tab.get_by_role("link", name="Charge via Terminal")).to_have_count(0)
    assert (outside.received(), Payment.objects.get().amount) == (14500, 14500)


def test_keys_alone_charge_retry_and_cancel(counter, outside, invoice):
    counter.open_invoice(invoice)
    counter.press("Enter")
    expect(counter.page.get_by_role("radio", name=re.compile("Front desk S700"))).to_be_checked()
    counter.press("Enter")
    counter.picture("waiting")
    outside.tap(outside.reader, "4000000000009995")
    counter.picture("declined")
    counter.press("r")
    counter.picture("waiting")
    counter.press("Escape")
    counter.picture("canceled")
    assert outside.intent_states() == ["canceled"]
    assert Attempt.objects.get().state == "canceled"
    counter.press("Escape")
    expect(counter.page.get_by_role("heading", name=f"Invoice {invoice.number}")).to_be_visible()
