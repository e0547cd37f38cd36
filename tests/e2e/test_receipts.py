"""Receipts in a browser: the two switches and the admin's word, then one payment's choice by keyboard."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from billing.models import Notice, Payment
from billing.services.notices import due_notices
from billing.tasks import send_notice
from terminal.tasks import let_stripe_mail_receipt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


def send_all():
    """Let both senders take what waits, as if the moment to choose were over."""
    Notice.objects.filter(state="queued").update(next_try_at=timezone.now())
    for pk in due_notices(timezone.now()):
        send_notice(pk)
    for pk in due_notices(timezone.now(), stripes=True):
        let_stripe_mail_receipt(pk)


def mailed(outside):
    return [one["to"] for one in outside.control(f"accounts/{outside.key}/mails", method="GET")["mails"]]


def test_admin_switches_and_the_desk_chooses_for_one_payment(counter_of, counter, outside, invoice_of, hafen, ada):
    admin = counter_of(ada)
    page = admin.go("terminal:receipts")
    card = page.locator(f"#receipts-{hafen.pk}")
    expect(card).to_contain_text("One receipt, from us, and perhaps a second from Stripe.")
    page.get_by_role("checkbox", name="I have switched it off").check()
    page.get_by_role("button", name="Confirm").click()
    admin.says("So says Ada")
    expect(card).to_contain_text("One receipt, from us.")
    ours, stripes = (card.get_by_role("switch", name=name) for name in ("Our receipt", "Stripe’s receipt"))
    stripes.press("Space")
    expect(card).to_contain_text("Two: one from us and one from Stripe.")
    expect(stripes).to_be_focused()
    ours.press("Space")
    expect(card).to_contain_text("One receipt, from Stripe.")
    expect(card).to_contain_text("the word of Ada")

    paid, desk = invoice_of(hafen), counter.page
    counter.charge(paid)
    counter.picture("waiting")
    counter.says(f"The receipt will go to {paid.payer.email}.")
    counter.press("e")
    to = desk.get_by_label("To", exact=True)
    expect(to).to_have_value(paid.payer.email)
    to.fill("otto@example.com")
    counter.press("Enter")
    counter.says("The receipt will go to otto@example.com.")
    outside.tap(outside.reader)
    counter.picture("paid")
    counter.says("Stripe’s receipt goes to otto@example.com.")
    counter.press("e")
    expect(desk.get_by_label("To", exact=True)).to_have_value("otto@example.com")
    counter.press("Escape")
    counter.press("n")
    counter.picture("paid")
    counter.says("No receipt is mailed, as chosen.")
    send_all()
    assert mailed(outside) == []

    counter.press("e")
    desk.get_by_label("To", exact=True).fill("lena@example.com")
    counter.press("Enter")
    counter.says("Stripe’s receipt goes to lena@example.com.")
    send_all()
    counter.says("Stripe was told to mail its receipt to lena@example.com.")
    assert mailed(outside) == ["lena@example.com"]
    counter.go("billing:payment_detail", Payment.objects.get().uuid)
    for said in ("No receipt wanted", "Receipt to go to lena@example.com", "Stripe told to mail its receipt"):
        counter.says(said)
