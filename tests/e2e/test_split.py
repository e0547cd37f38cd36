"""One invoice paid in two ways in a browser: a part on the reader, the rest in cash."""

import re

import pytest
from playwright.sync_api import expect

from billing.models import Invoice, Payment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


def test_x_splits_an_invoice_between_the_reader_and_cash(counter, outside, invoice):
    page = counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    counter.press("x")
    page.get_by_label("Amount of row 1").fill("100")  # reader and cash are chosen, the last row takes the rest
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("radio", name=re.compile("Front desk S700")).check()
    page.get_by_role("button", name="Row 1: charge €100.00 via Terminal").click()
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("paid")
    counter.press("Enter")
    counter.says("€100.00 of €145.00 paid")
    page.get_by_role("button", name="Row 2: book €45.00 in cash").click()
    counter.says("Everything is paid.")
    counter.press("Enter")
    expect(page.locator("h1 + .badge")).to_have_text("Paid")
    assert Invoice.objects.get(pk=invoice.pk).open_amount == 0
    assert sorted(Payment.objects.values_list("method", "amount")) == [("card_reader", 10000), ("cash", 4500)]
    assert outside.received() == 10000
