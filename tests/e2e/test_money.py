"""Several invoices in one tap, a part, another currency, cash instead, and payments whose webhooks never come."""

import statistics
import sys
import time

import pytest
from playwright.sync_api import expect

from billing.models import Allocation, Payment
from terminal.models import WebhookEvent
from tests.e2e.counter import within
from tests.e2e.outside import NO_FUNDS
from tests.factories.members import make_company, make_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


def test_ticked_invoices_of_a_member_are_one_tap(counter, outside, invoice_of, hafen):
    member = make_member(hafen)
    invoices = [invoice_of(hafen, amount, member=member) for amount in (12000, 2500, 900)]
    counter.go("members:member_detail", member.uuid)
    page = counter.page
    page.get_by_role("checkbox", name=f"Pay {invoices[1]}").uncheck()
    expect(page.locator("output[data-total]")).to_have_text("€129.00")
    page.get_by_role("button", name="Charge via Terminal").click()
    expect(page.get_by_role("textbox", name="Amount")).to_have_value("129.00")
    page.get_by_role("button", name="Charge via Terminal").click()
    counter.picture("waiting")
    counter.go("members:member_detail", member.uuid)
    expect(page.locator("main")).to_contain_text("Ask them to tap")
    outside.tap(outside.reader)
    expect(page.get_by_role("checkbox")).to_have_count(1, timeout=25_000)
    page.get_by_role("link", name="Paid").first.click()
    counter.picture("paid")
    paid = dict(Allocation.objects.values_list("invoice_id", "amount"))
    assert paid == {invoices[0].pk: 12000, invoices[2].pk: 900}
    assert (Payment.objects.count(), outside.received()) == (1, 12900)


def test_ticks_that_are_too_little_for_a_card_leave_the_other_way(counter, outside, invoice_of, hafen):
    member = make_member(hafen)
    small, _large = invoice_of(hafen, 20, member=member), invoice_of(hafen, 12000, member=member)
    page = counter.page
    for where in ("members:member_detail", "desk:sell"):
        counter.go(where, *[member.uuid] if where.startswith("m") else [], query=f"?member={member.uuid}")
        charge = page.get_by_role("button", name="Charge via Terminal")
        why = page.get_by_text("€0.20 is too little for a card: Stripe takes €0.50 or more.")
        expect(charge).to_be_visible()
        expect(why).to_be_hidden()
        boxes = page.locator("input[data-amount]")
        large = boxes.nth(1) if boxes.nth(0).get_attribute("value") == str(small.uuid) else boxes.nth(0)
        large.uncheck()
        expect(charge).to_be_hidden()
        expect(why).to_be_visible()
        large.check()
        expect(charge).to_be_visible()


def test_company_pays_two_invoices_and_enter_leads_back_to_it(counter, outside, invoice_of, hafen):
    company = make_company(hafen)
    invoices = [invoice_of(hafen, amount, company=company) for amount in (5000, 700)]
    counter.charge(*invoices)
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("paid")
    counter.press("Enter")
    expect(counter.page.get_by_role("heading", name=company.name, level=1)).to_be_visible()
    assert sorted(Allocation.objects.values_list("amount", flat=True)) == [700, 5000]


def test_part_is_paid_and_the_rest_stays_open(counter, outside, invoice):
    counter.charge(invoice, amount="60")
    counter.picture("waiting")
    assert outside.screen(outside.reader)["amount"] == 6000
    outside.tap(outside.reader)
    counter.picture("paid")
    counter.press("Enter")
    expect(counter.page.locator("main")).to_contain_text("€60.00 of €145.00")
    expect(counter.page.locator(".paybox__sum")).to_have_text("€85.00")


def test_yen_desk_charges_whole_yen(counter_of, tokyo, invoice_of, kiyosumi, yuki):
    counter = counter_of(yuki)
    counter.charge(invoice_of(kiyosumi, 5500), reader="Kiyosumi counter S700")
    counter.picture("waiting")
    counter.says("¥5,500")
    assert tokyo.screen(tokyo.reader)["amount"] == 5500
    tokyo.tap(tokyo.reader)
    counter.picture("paid")
    assert (tokyo.received(), Payment.objects.get().money.format()) == (5500, "¥5,500")


def test_yen_desk_refuses_a_fraction(counter_of, tokyo, invoice_of, kiyosumi, yuki):
    counter = counter_of(yuki)
    counter.charge(invoice_of(kiyosumi, 5500), reader="Kiyosumi counter S700", amount="54.50")
    counter.refused(422)
    assert tokyo.intents() == []


def test_cash_from_declined_ends_the_card_payment_first(counter, outside, invoice):
    counter.charge(invoice)
    counter.picture("waiting")
    outside.tap(outside.reader, NO_FUNDS)
    counter.picture("declined")
    counter.press("c")
    expect(counter.page.get_by_role("heading", name="Record a payment")).to_be_visible()
    assert outside.intent_states() == ["canceled"]
    counter.page.get_by_label("Reason").fill("Receipt 17")
    counter.page.get_by_role("button", name="Record payment").click()
    expect(counter.page.get_by_role("status")).to_contain_text("€145.00 was recorded.")
    invoice.refresh_from_db()
    assert (invoice.open_amount, Payment.objects.get().method, outside.received()) == (0, "cash", 0)


def test_lost_webhooks_change_nothing_but_the_moment(counter, outside, invoice_of, hafen, capsys):
    outside.fault("webhook_lost", times=None)
    outside.settings(authorize_seconds=0)
    took = []
    for _ in range(5):
        counter.charge(invoice_of(hafen, 1000))
        counter.picture("waiting")
        outside.tap(outside.reader)
        approved = time.monotonic()
        counter.picture("paid")
        took.append(time.monotonic() - approved)
    median = statistics.median(took)
    with capsys.disabled():
        sys.stdout.write(f"\nno webhook, no worker, approval to Paid: median {median:.1f} s, worst {max(took):.1f} s\n")
    assert (Payment.objects.count(), WebhookEvent.objects.count()) == (5, 0)
    assert median < within(3)
