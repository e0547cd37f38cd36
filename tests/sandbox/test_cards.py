"""Every test card and every test amount of Stripe's testing page."""

import pytest
import requests

from sandbox.app import Sandbox
from sandbox.cards import CARDS
from tests.sandbox.desk import Clock, Desk

PAYING = [card for card in CARDS.values() if not card.decline and not card.pin and not card.interac]


@pytest.mark.parametrize("number", [card.number for card in PAYING])
def test_card_that_pays_is_charged(desk: Desk, number: str) -> None:
    intent = desk.waiting()
    desk.v1.test_helpers.terminal.readers.present_payment_method(
        desk.reader, {"type": "card_present", "card_present": {"number": number}}
    )
    paid = desk.get_intent(intent, "latest_charge")
    assert paid.status == "succeeded"
    assert paid.latest_charge.payment_method_details.card_present.last4 == number[-4:]


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000009987", "card_declined", "lost_card"),
        ("4000000000009979", "card_declined", "stolen_card"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4000000000000119", "processing_error", "processing_error"),
    ],
)
def test_card_that_is_declined_leaves_the_intent_open(desk: Desk, number: str, code: str, decline_code: str) -> None:
    intent = desk.waiting()
    desk.tap(number)

    found = desk.get_intent(intent, "latest_charge")
    assert (found.status, found.amount_received) == ("requires_payment_method", 0)
    error = found.last_payment_error
    assert (error.code, error.decline_code) == (code, decline_code)
    assert error.charge == found.latest_charge.id
    assert (found.latest_charge.status, found.latest_charge.failure_code) == ("failed", code)
    action = desk.get_reader().action
    assert (action.status, action.failure_code) == ("failed", "card_declined")
    assert action.api_error.decline_code == decline_code
    assert desk.event_types()[1:] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "terminal.reader.action_failed",
    ]


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        ("4000000000009987", "do_not_try_again"),
        ("4000000000009995", "try_again_later"),
        ("4000000000000069", "confirm_card_data"),
    ],
)
def test_decline_carries_the_banks_advice(desk: Desk, number: str, advice: str) -> None:
    intent = desk.waiting()
    desk.tap(number)
    assert desk.get_intent(intent).last_payment_error.advice_code == advice


def test_decline_on_old_reader_software_has_no_api_error(desk: Desk) -> None:
    desk.control("POST", f"readers/{desk.reader}/software", {"version": "2.37.2.0"})
    desk.waiting()
    desk.tap("4000000000000002")
    assert desk.get_reader().action.api_error is None


def test_same_intent_after_a_decline_is_paid_with_another_card(desk: Desk) -> None:
    intent = desk.waiting()
    desk.tap("4000000000000002")
    desk.process(intent)
    desk.tap()
    paid = desk.get_intent(intent)
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


@pytest.mark.parametrize(
    ("amount", "decline_code"),
    [
        (1001, "call_issuer"),
        (1005, "generic_decline"),
        (1055, "incorrect_pin"),
        (1065, "withdrawal_count_limit_exceeded"),
        (1075, "pin_try_exceeded"),
    ],
)
def test_amount_that_is_declined(desk: Desk, amount: int, decline_code: str) -> None:
    intent = desk.waiting(amount)
    desk.tap()
    assert desk.get_intent(intent).last_payment_error.decline_code == decline_code


@pytest.mark.parametrize("amount", [1000, 1004, 1010, 1099])
def test_amount_with_another_ending_is_paid(desk: Desk, amount: int) -> None:
    intent = desk.waiting(amount)
    desk.tap()
    assert desk.get_intent(intent).amount_received == amount


@pytest.mark.parametrize(
    ("number", "amount", "soft"),
    [
        ("4000008260000075", 14500, "offline_pin_required"),
        ("4000002760000008", 14500, "online_or_offline_pin_required"),
        ("4242424242424242", 1002, "offline_pin_required"),
        ("4242424242424242", 1003, "online_or_offline_pin_required"),
    ],
)
def test_pin_step_up_makes_two_charges_in_one_action(desk: Desk, number: str, amount: int, soft: str) -> None:
    intent = desk.waiting(amount)
    desk.tap(number)

    assert desk.get_reader().action.status == "in_progress"
    assert desk.get_intent(intent).last_payment_error is None
    assert desk.event_types() == ["payment_intent.created", "charge.failed"]
    assert desk.screen()["state"] == "pin"

    desk.control("POST", f"readers/{desk.reader}/pin", {"pin": "1234"})

    assert desk.get_intent(intent).amount_received == amount
    charges = desk.v1.charges.list({"payment_intent": intent.id}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]
    assert charges[1].outcome.reason == soft
    assert desk.event_types()[2:] == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "terminal.reader.action_succeeded",
    ]


def test_pin_step_up_with_the_test_helper_ends_at_once(desk: Desk) -> None:
    intent = desk.waiting()
    reader = desk.v1.test_helpers.terminal.readers.present_payment_method(
        desk.reader, {"card_present": {"number": "4000002760000008"}}
    )
    assert reader.action.status == "succeeded"
    paid = desk.get_intent(intent, "latest_charge").latest_charge
    receipt = paid.payment_method_details.card_present.receipt
    assert receipt.cardholder_verification_method == "online_pin"


def test_pin_step_up_with_an_inserted_card_makes_one_charge(desk: Desk) -> None:
    intent = desk.waiting()
    desk.tap("4000008260000075", "insert")
    assert desk.get_intent(intent).status == "succeeded"
    assert len(desk.v1.charges.list({"payment_intent": intent.id}).data) == 1


def test_pin_that_is_wrong_is_declined(desk: Desk) -> None:
    intent = desk.waiting(1002)
    desk.tap()
    desk.control("POST", f"readers/{desk.reader}/pin", {"pin": "9999"})
    assert desk.get_intent(intent).last_payment_error.decline_code == "incorrect_pin"


def test_pin_that_nobody_enters_fails_the_payment(desk: Desk) -> None:
    intent = desk.waiting(1002)
    desk.tap()
    desk.clock.advance(60)
    assert desk.get_reader().action.status == "failed"
    assert desk.get_intent(intent).last_payment_error.decline_code == "offline_pin_required"


def test_soft_decline_shows_on_the_intent_where_the_setting_says_so(desk: Desk) -> None:
    desk.settings(soft_decline_on_intent=True)
    intent = desk.waiting(1002)
    desk.tap()
    assert desk.get_intent(intent).last_payment_error.decline_code == "offline_pin_required"
    assert desk.event_types()[-1] == "payment_intent.payment_failed"
    desk.control("POST", f"readers/{desk.reader}/pin")
    assert desk.get_intent(intent).status == "succeeded"


def test_present_without_a_waiting_action_is_refused(desk: Desk) -> None:
    assert desk.tap()["accepted"] is False
    assert desk.of_account("GET", "books")["intents"] == []


def test_manual_capture_waits_for_the_capture(desk: Desk) -> None:
    intent = desk.waiting(capture_method="manual")
    desk.tap()
    held = desk.get_intent(intent)
    assert (held.status, held.amount_capturable) == ("requires_capture", 14500)

    paid = desk.v1.payment_intents.capture(intent.id, {"amount_to_capture": 10000})

    assert (paid.status, paid.amount_received) == ("succeeded", 10000)
    assert desk.event_types()[1:] == [
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "terminal.reader.action_succeeded",
        "charge.captured",
        "payment_intent.succeeded",
    ]


def test_yen_has_no_decimals(box: Sandbox, session: requests.Session, clock: Clock) -> None:
    desk = Desk(box, session, clock, "sk_test_tokyo", "JP", "jpy")
    intent = desk.waiting(1100)
    assert desk.screen()["amount_text"] == "¥1,100"
    desk.tap()
    assert desk.get_intent(intent).amount_received == 1100


def test_interac_is_paid_and_refunded_on_the_reader(box: Sandbox, session: requests.Session, clock: Clock) -> None:
    desk = Desk(box, session, clock, "sk_test_toronto", "CA", "cad")
    intent = desk.waiting(allowed_payment_method_types=["card_present", "interac_present"])
    desk.tap("4506445006931933", "insert")
    paid = desk.get_intent(intent, "latest_charge")
    assert paid.latest_charge.payment_method_details.interac_present.brand == "interac"

    desk.v1.terminal.readers.refund_payment(desk.reader, {"payment_intent": intent.id, "amount": 500})
    helper = desk.v1.test_helpers.terminal.readers.present_payment_method
    reader = helper(desk.reader, {"type": "interac_present"})

    assert reader.action.status == "succeeded"
    refund = desk.v1.refunds.retrieve(reader.action.refund_payment.refund)
    assert (refund.amount, refund.status) == (500, "succeeded")
    books = desk.of_account("GET", "books")
    assert books["totals"]["cad"] == {"received": 14500, "refunded": 500, "paid": 1}
