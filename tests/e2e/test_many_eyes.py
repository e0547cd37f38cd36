"""Reload, second tab, closed tab, a colleague's device, two desks: one truth for all of them."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from billing.models import Allocation
from terminal.models import Attempt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


def test_reload_and_second_tab_show_the_same_payment(counter, outside, invoice):
    counter.charge(invoice)
    counter.picture("waiting")
    counter.page.reload()
    counter.picture("waiting")
    tab = counter.tab()
    tab.goto(counter.page.url)
    counter.picture("waiting", page=tab)
    outside.tap(outside.reader)
    counter.picture("paid")
    counter.picture("paid", page=tab)
    assert (len(outside.intents()), Attempt.objects.count()) == (1, 1)


def test_closed_tab_is_found_again_by_the_bar_of_every_page(counter, outside, invoice):
    counter.charge(invoice)
    counter.picture("waiting")
    elsewhere = counter.tab()
    counter.page.close()
    bar = elsewhere.get_by_role("region", name="On a reader now")
    for name in ("portal:home", "members:member_list", "billing:payment_list", "terminal:readers"):
        counter.go(name, page=elsewhere)
        expect(bar).to_contain_text("€145.00 on Front desk S700")
    bar.get_by_role("link", name="Open").click()
    counter.picture("waiting", page=elsewhere)
    outside.tap(outside.reader)
    counter.picture("paid", page=elsewhere)


def test_bar_alone_takes_the_payment_through(counter, outside, invoice):
    counter.charge(invoice)
    counter.go("members:member_list")
    bar = counter.page.get_by_role("region", name="On a reader now")
    expect(bar).to_contain_text("Ask them to tap", timeout=30_000)
    outside.tap(outside.reader)
    expect(bar).to_have_count(0, timeout=30_000)
    expect(counter.page).to_have_title("Members · Flexspace")
    assert Attempt.objects.get().state == "succeeded"


def test_colleague_is_led_to_the_running_payment_and_sees_whose_it_is(counter, counter_of, outside, invoice, mia):
    counter.charge(invoice)
    counter.picture("waiting")
    colleague = counter_of(mia)
    colleague.open_invoice(invoice)
    expect(colleague.page.get_by_role("link", name="Front desk S700 · Ben").first).to_contain_text("Running")
    colleague.page.get_by_role("link", name="Charge via Terminal").click()
    colleague.picture("waiting")
    expect(colleague.page).to_have_url(counter.page.url)
    colleague.says("Started by Ben")
    outside.tap(outside.reader)
    counter.picture("paid")
    colleague.picture("paid")
    assert len(outside.intents()) == 1


def test_two_desks_and_two_readers_never_cross(counter, counter_of, outside, invoice, invoice_of, hafen, mia):
    second = invoice_of(hafen, 4800)
    other = counter_of(mia)
    lounge = outside.more_readers[0]
    counter.charge(invoice)
    other.charge(second, reader="Lounge WisePOS E")
    counter.picture("waiting")
    other.picture("waiting")
    assert [outside.screen(reader)["amount"] for reader in (outside.reader, lounge)] == [14500, 4800]
    outside.tap(lounge)
    other.picture("paid")
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("paid")
    paid = {row.invoice_id: row.amount for row in Allocation.objects.all()}
    assert paid == {invoice.pk: 14500, second.pk: 4800}


def test_second_desk_sees_that_the_reader_is_busy_and_by_whom(
    counter, counter_of, outside, invoice, invoice_of, hafen, mia
):
    other = counter_of(mia)
    other.open_invoice(invoice_of(hafen, 4800))
    other.page.get_by_role("link", name="Charge via Terminal").click()
    expect(other.page.get_by_role("radio", name=re.compile("Front desk S700"))).to_be_checked()
    counter.charge(invoice)
    counter.picture("waiting")
    other.press("Enter")  # the page is older than the other desk's payment
    expect(other.page.get_by_role("alert")).to_contain_text(f"Front desk S700 is busy: {invoice}, taken by Ben")
    other.refused(422)
    expect(other.page.get_by_role("radio", name=re.compile("Front desk S700"))).to_be_disabled()
    expect(other.page.get_by_role("radio", name=re.compile("Lounge WisePOS E"))).to_be_checked()
    assert outside.screen(outside.reader)["amount"] == 14500
    assert len(outside.intents()) == 1


def test_viewer_sees_the_payment_but_no_key(counter, counter_of, outside, invoice, vic):
    counter.charge(invoice)
    counter.picture("waiting")
    viewer = counter_of(vic)
    viewer.open_invoice(invoice)
    expect(viewer.page.get_by_role("link", name="Charge via Terminal")).to_have_count(0)
    viewer.page.goto(counter.page.url)
    viewer.picture("waiting")
    answer = viewer.page.request.post(
        viewer.base + reverse("terminal:attempt_cancel", args=[Attempt.objects.get().uuid])
    )
    assert answer.status == 403
    assert Attempt.objects.get().state == "waiting"
