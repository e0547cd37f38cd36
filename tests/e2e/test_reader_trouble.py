"""Readers that are offline, frozen or silent, and lost answers: what the desk sees, and that nobody pays twice."""

import re
import sys

import pytest
from playwright.sync_api import expect

from billing.models import Payment
from terminal.models import Attempt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


def test_offline_reader_is_explained_and_tried_again(counter, outside, invoice):
    outside.reader_fault(outside.reader, offline=True)
    counter.charge(invoice)
    counter.picture("refused")
    counter.says("The reader is offline. Check its power and network")
    counter.says("Nothing has been charged.")
    outside.heal(outside.reader)
    counter.press("r")
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("paid")
    assert len(outside.intents()) == 1


def test_offline_reader_is_left_for_another_one_with_the_same_intent(counter, outside, invoice):
    outside.reader_fault(outside.reader, offline=True)
    counter.charge(invoice)
    counter.picture("refused")
    counter.press("o")
    expect(counter.page.get_by_role("radio", name=re.compile("Lounge WisePOS E"))).to_be_checked()
    counter.press("Enter")
    counter.picture("waiting")
    counter.says("Lounge WisePOS E")
    outside.tap(outside.more_readers[0])
    counter.picture("paid")
    assert outside.intent_states() == ["succeeded"]


def test_offline_reader_and_cancel(counter, outside, invoice):
    outside.reader_fault(outside.reader, offline=True)
    counter.charge(invoice)
    counter.picture("refused")
    counter.press("Escape")
    counter.picture("canceled")
    assert outside.intent_states() == ["canceled"]


def test_other_reader_from_waiting_ends_the_first_before_it_goes_on(counter, outside, invoice):
    counter.charge(invoice)
    counter.picture("waiting")
    counter.press("o")
    counter.says("ended at Stripe first")
    counter.page.get_by_role("radio", name=re.compile("Lounge WisePOS E")).check()
    counter.page.get_by_role("button", name="there").click()
    expect(counter.page.locator(".stage__context")).to_contain_text("Lounge WisePOS E")  # the page follows by itself
    counter.picture("waiting")
    assert outside.screen(outside.reader)["state"] != "amount"
    outside.tap(outside.more_readers[0])
    counter.picture("paid")
    assert outside.intent_states() == ["canceled", "succeeded"]
    assert Payment.objects.get().amount == 14500


def test_lost_answer_says_do_not_charge_again_and_resolves_by_itself(counter, outside, invoice):
    outside.fault("answer_lost", f"POST /v1/terminal/readers/{outside.reader.stripe_id}/process")
    counter.charge(invoice)
    counter.picture("checking")
    counter.says("Do not start a second payment.")
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("paid")
    assert outside.charged() == [("succeeded", 1)]


def test_lost_request_leaves_the_reader_empty_and_send_again_is_safe(counter, outside, invoice):
    outside.fault("request_lost", f"POST /v1/terminal/readers/{outside.reader.stripe_id}/process")
    counter.charge(invoice)
    counter.picture("not_shown")
    counter.says("At the last look nothing was on the reader and nothing was charged.")
    expect(counter.page.get_by_role("button", name="Send again")).to_be_visible()
    counter.press("r")
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("paid")
    assert len(outside.intents()) == 1


def test_slow_reader_turns_amber_and_has_no_key_that_charges(counter, outside, invoice, monkeypatch):
    monkeypatch.setattr(sys.modules["terminal.explain.screen"], "NOT_SHOWN_AFTER", 2)
    outside.reader_fault(outside.reader, slow={"seconds": 6, "answer": "late"})
    counter.charge(invoice)
    counter.picture("not_shown")
    counter.says("The reader has not shown the amount yet. Nothing has been charged.")
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("paid")


def test_reader_that_dies_after_the_card_is_booked_all_the_same(counter, outside, invoice):
    outside.reader_fault(outside.reader, dies_after_tap="silent")
    counter.charge(invoice)
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("paid")
    assert (outside.received(), Payment.objects.get().amount) == (14500, 14500)
    assert Attempt.objects.get().state == "succeeded"
