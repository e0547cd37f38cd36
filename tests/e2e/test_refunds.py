"""Refunds in a browser: a part, then the rest; one that the bank gives back later; one made in Stripe's Dashboard."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from billing.models import Invoice, Refund
from flexspace.core.models import Location
from terminal.services.collect import start
from terminal.services.compare import compare_all
from terminal.services.settle import check
from terminal.services.step import advance
from tests.e2e.look import at_widths
from tests.factories.refunds import BY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


PASSWORD = "all of it needs this once more"


def pay(outside, invoice, card="4242424242424242"):
    """Let an invoice be paid on the reader; how that looks is other tests' affair."""
    attempt = start(by=BY, parts=[(invoice, invoice.open)], reader=outside.reader, now=timezone.now())
    advance(attempt.pk, now=timezone.now())
    outside.tap(outside.reader, card)
    check(attempt.pk, now=timezone.now())


def refund(counter, invoice, *, amount="", reason="Did not come"):
    counter.open_invoice(invoice)
    counter.press("f")
    page = counter.page
    expect(page.get_by_role("heading", name="Refund", exact=True)).to_be_visible()
    if amount:
        page.get_by_label(f"Back from {invoice}").fill(amount)
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Refund").click()
    expect(page.locator("#refunds .badge").first).to_have_text("Refunded")


def test_button_says_what_goes_where_and_enter_does_not_send(counter_of, outside, invoice_of, hafen, mia):
    outside.settings(authorize_seconds=0)
    counter, invoice = counter_of(mia), invoice_of(hafen, 14500)
    pay(outside, invoice)
    counter.open_invoice(invoice)
    counter.press("f")
    page = counter.page
    button, amount = page.locator("form button[type=submit].button--danger-solid"), page.get_by_label("Back from")
    expect(button).to_have_text("Refund €145.00 to Visa •••• 4242")
    for typed, said in (
        ("49", "€49.00 "),
        ("1.250,5", "€1,250.50 "),
        ("1,250", "€1,250.00 "),
        ("1.250", ""),
        ("x", ""),
    ):
        amount.fill(typed)
        expect(button).to_have_text(f"Refund {said}to Visa •••• 4242" if said else "Refund")
    amount.fill("49")
    amount.press("Enter")
    expect(page.get_by_label("To the card")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.get_by_label("Cash").check()
    expect(button).to_have_text("Refund €49.00 in cash")
    assert at_widths(page) == {}
    assert Refund.objects.count() == 0


def test_password_in_the_middle_loses_nothing_that_was_typed(counter_of, outside, invoice_of, hafen, ada):
    Location.objects.filter(pk=hafen.pk).update(refund_limit_manager=10000)
    outside.settings(authorize_seconds=0)
    ada.set_password(PASSWORD)
    ada.save()
    counter, invoice = counter_of(ada), invoice_of(hafen, 14500)
    pay(outside, invoice)
    counter.open_invoice(invoice)
    counter.press("f")
    page = counter.page
    assert at_widths(page) == {}
    amount, reason = page.get_by_label("Back from"), page.get_by_label("Reason")
    amount.fill("120.50")
    reason.fill("Left early")
    page.get_by_label("Cash").check()
    page.get_by_role("button", name="Type it now").click()
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    page.get_by_role("link", name="Back to the refund").click()
    expect(amount).to_have_value("120.50")
    page.get_by_role("button", name="Type it now").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(amount).to_have_value("120.50")
    expect(reason).to_have_value("Left early")
    expect(page.get_by_role("button", name="Type it now")).to_have_count(0)
    page.get_by_role("button", name="Refund €120.50 in cash").click()
    expect(page.locator("#refunds .badge")).to_have_text("Refunded")
    assert Refund.objects.get().amount == 12050


def test_part_then_rest_then_one_that_comes_back_and_one_of_the_dashboard(counter_of, outside, invoice_of, hafen, mia):
    outside.settings(authorize_seconds=0, refund_fail_seconds=0)
    counter = counter_of(mia)
    whole, returned, third = (invoice_of(hafen, total) for total in (14500, 9900, 5000))
    pay(outside, whole)
    refund(counter, whole, amount="45")
    expect(counter.page.locator("#refunds")).to_contain_text("To Visa •••• 4242")
    refund(counter, whole, reason="Did not come at all")
    counter.open_invoice(whole)
    expect(counter.page.locator("h1 + .badge")).to_have_text("Refunded")
    expect(counter.page.locator("#refunds")).to_contain_text("credit note HFN-C000002 of €100.00")
    assert [intent["amount_refunded"] for intent in outside.intents()] == [14500]

    pay(outside, returned, "4000000000005126")
    refund(counter, returned)
    compare_all(now=timezone.now())
    counter.page.reload()
    expect(counter.page.locator("#refunds")).to_contain_text("Give the money back in cash or by transfer.")
    counter.go("terminal:flags")
    counter.says("A refund came back: the customer did not get the money: €99.00")

    pay(outside, third)
    outside.dashboard("refund", outside.intents()[-1]["id"], amount=2000)
    compare_all(now=timezone.now())
    counter.go("terminal:flags")
    counter.page.get_by_role("link", name="Say whether it is still to be paid").click()
    counter.says("is it still to be paid?")
    assert at_widths(counter.page) == {}
    assert at_widths(counter.go("billing:refund_new", Refund.objects.latest("pk").payment.uuid)) == {}
    counter.page.go_back()
    counter.page.get_by_role("button", name="To be paid another way").click()
    expect(counter.page.get_by_role("status")).to_contain_text("It is to be paid another way.")
    counter.open_invoice(third)
    expect(counter.page.locator(".paybox__sum")).to_have_text("€20.00")
    assert (Invoice.objects.get(pk=third.pk).open_amount, Refund.objects.count()) == (2000, 4)
