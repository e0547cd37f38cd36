"""What holds on every page of the desk: names, headings, focus, sizes, narrow screens, dark ones."""

import pytest
from playwright.sync_api import expect

from terminal.models import Attempt
from tests.e2e.look import at_widths, small

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


def pages(invoice, attempt, reader):
    """Return every page of the charge and the Stripe Config."""
    ask = f"?invoice={invoice.uuid}"
    config = ["terminal:config", "terminal:stripe_terminal", "terminal:events"]
    plain = ["terminal:readers", "terminal:flags", "terminal:differences", "terminal:payouts", *config]
    return [
        ("billing:invoice_detail", [invoice.uuid], ""),
        ("members:member_detail", [invoice.member.uuid], ""),
        ("terminal:take_payment", [], ask),
        ("terminal:split_new", [invoice.uuid], ""),
        ("portal:restored", [], ""),
        ("billing:payment_list", [], "?method=cash"),
        ("billing:refund_limits", [], ""),
        ("terminal:attempt", [attempt.uuid], ""),
        ("terminal:attempt_elsewhere", [attempt.uuid], ""),
        ("terminal:reader_reset", [reader.pk], ""),
        ("terminal:account_add", [], ""),
        ("terminal:stripe_countries", [], ""),
        ("terminal:receipts", [], ""),
        ("terminal:attempt_receipt", [attempt.uuid], ""),
        ("terminal:stripe_rights", [reader.config_id], ""),
        ("terminal:stripe_reader", [reader.pk], ""),
        ("terminal:stripe_reader_new", [reader.stripe_location_id], ""),
        ("terminal:stripe_place_new", [invoice.location_id], ""),
        *((name, [], "") for name in plain),
    ]


def test_names_headings_and_widths(counter_of, outside, invoice, invoice_of, hafen, ada):
    desk = counter_of(ada, has_touch=True)
    desk.charge(invoice_of(hafen, 4800))
    desk.picture("waiting")
    wrong = {}
    for name, args, query in pages(invoice, Attempt.objects.get(), outside.reader):
        page = desk.go(name, *args, query=query)
        if not name.startswith("terminal:attempt"):  # it is the page of that payment itself
            expect(page.get_by_role("region", name="On a reader now").first).to_be_visible()
        if found := at_widths(page):
            wrong[name] = found
    assert wrong == {}


def test_targets_of_the_charge_screen_are_large_enough_on_a_tablet(counter_of, outside, invoice, ben):
    counter = counter_of(ben, viewport={"width": 820, "height": 1180}, has_touch=True)
    page = counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    low = small(page)
    page.get_by_role("button", name="Charge via Terminal").click()
    counter.picture("waiting")
    low += small(page)
    assert low == []


def test_focus_is_visible_and_survives_a_change_of_the_picture(counter, outside, invoice):
    counter.charge(invoice)
    counter.picture("waiting")
    cancel = counter.page.get_by_role("button", name="Cancel")
    counter.page.keyboard.press("Tab")
    cancel.focus()
    assert cancel.evaluate("el => el.matches(':focus-visible') && getComputedStyle(el).outlineStyle") == "solid"
    outside.customer_cancels(outside.reader)
    counter.picture("customer_canceled")
    expect(counter.page.get_by_role("button", name="Cancel")).to_be_focused()


def test_dark_is_dark(counter_of, outside, invoice, ben):
    shots = []
    for scheme in ("light", "dark"):
        counter = counter_of(ben, color_scheme=scheme)
        page = counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
        shots.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert shots[0] != shots[1]
