"""Cards that are refused, customers who change their mind, and people who walk off."""

import pytest
from playwright.sync_api import expect

from billing.models import Payment
from flexspace.core.models import Location
from terminal.models import Attempt
from tests.e2e.outside import NO_FUNDS, REFUSED

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


def test_decline_is_said_in_plain_words_and_the_retry_pays_the_same_intent(counter, outside, invoice):
    counter.charge(invoice)
    counter.picture("waiting")
    outside.tap(outside.reader, NO_FUNDS)
    counter.picture("declined")
    counter.says("The bank says: not enough funds.")
    counter.says("Could you try another card, please?")
    counter.press("r")
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("paid")
    assert outside.charged() == [("succeeded", 1)]
    assert Payment.objects.get().amount == 14500


def test_third_decline_advises_another_way(counter, outside, invoice):
    counter.charge(invoice)
    for number in range(3):
        counter.picture("waiting")
        outside.tap(outside.reader, REFUSED)
        counter.picture("declined")
        if number < 2:
            counter.press("r")
    counter.says("That was try 3: another way to pay, or a part of it, may be better.")
    assert len(outside.intents()) == 1


def test_lost_card_is_shown_neutrally_to_the_desk_and_by_its_code_to_a_manager(
    counter, counter_of, outside, invoice, mia
):
    counter.charge(invoice)
    counter.picture("waiting")
    outside.tap(outside.reader, "4000000000009979")
    counter.picture("declined")
    counter.says("The bank refused the card.")
    expect(counter.page.locator("main")).not_to_contain_text("stolen")
    manager = counter_of(mia)
    manager.go("terminal:attempt", Attempt.objects.get().uuid)
    manager.says("stolen_card")


def test_staff_cancels_before_the_tap(counter, outside, invoice):
    counter.charge(invoice)
    counter.picture("waiting")
    counter.page.get_by_role("button", name="Cancel").click()
    counter.picture("canceled")
    counter.says("Nothing was charged.")
    assert outside.screen(outside.reader)["state"] != "amount"
    counter.page.get_by_role("link", name="Charge again").click()
    counter.page.get_by_role("button", name="Charge via Terminal").click()
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("paid")
    assert outside.intent_states() == ["canceled", "succeeded"]


def test_staff_cancels_while_the_bank_decides_and_stripe_has_the_last_word(counter, outside, invoice):
    outside.settings(authorize_seconds=4)
    counter.charge(invoice)
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.press("Escape")
    counter.picture("canceling")
    counter.picture("paid_late")
    counter.says("The payment had already gone through")
    assert (outside.received(), Payment.objects.get().amount) == (14500, 14500)


def test_customer_cancels_on_the_reader(counter, outside, invoice):
    counter.charge(invoice)
    counter.picture("waiting")
    outside.customer_cancels(outside.reader)
    counter.picture("customer_canceled")
    counter.says("The customer pressed cancel on the reader.")
    counter.press("Escape")
    counter.picture("canceled")
    assert outside.intent_states() == ["canceled"]


def test_walk_off_frees_the_reader_and_leaves_the_invoice_open(counter, outside, invoice, hafen):
    Location.objects.filter(pk=hafen.pk).update(walk_off_seconds=3)
    counter.charge(invoice)
    counter.picture("waiting")
    counter.picture("canceled")
    counter.says("Nobody tapped in time. Nothing was charged.")
    expect(counter.page).to_have_title("€145.00 · Not paid · Flexspace")
    assert outside.screen(outside.reader)["state"] != "amount"
    invoice.refresh_from_db()
    assert (invoice.open_amount, outside.intent_states()) == (14500, ["canceled"])
