"""Cards kept by a set-up or by a payment, charged later, refunded."""

from typing import Any

import pytest
import stripe

from tests.sandbox.desk import Desk
from tests.sandbox.test_strictness import error_of, refusal


def set_up(desk: Desk, card: str = "4242424242424242", method: str = "tap", customer: Any = None) -> Any:
    params: Any = {"allowed_payment_method_types": ["card_present"]}
    if customer:
        params["customer"] = customer.id
    intent = desk.v1.setup_intents.create(params)
    desk.v1.terminal.readers.process_setup_intent(desk.reader, {"setup_intent": intent.id, "allow_redisplay": "always"})
    desk.tap(card, method)
    return desk.v1.setup_intents.retrieve(intent.id, {"expand": ["latest_attempt"]})


def generated(intent: Any) -> Any:
    return intent.latest_attempt.payment_method_details.card_present.generated_card


def keep_while_paying(desk: Desk, customer: Any, method: str = "tap") -> Any:
    intent = desk.waiting(
        config={"allow_redisplay": "limited"},
        setup_future_usage="off_session",
        customer=customer.id,
    )
    desk.tap(method=method)
    return desk.get_intent(intent, "latest_charge")


@pytest.fixture
def customer(desk: Desk) -> Any:
    return desk.v1.customers.create({"name": "Ada", "email": "ada@example.org"})


def off_session(desk: Desk, customer: Any, method: str, amount: int = 5000) -> Any:
    return desk.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "eur",
            "customer": customer.id,
            "payment_method": method,
            "off_session": True,
            "confirm": True,
        }
    )


def test_set_up_makes_a_card_that_can_be_charged(desk: Desk, customer: Any) -> None:
    intent = set_up(desk, customer=customer)
    card = desk.v1.payment_methods.retrieve(generated(intent))

    assert intent.status == "succeeded"
    assert desk.v1.payment_methods.retrieve(intent.payment_method).type == "card_present"
    assert (card.type, card.customer, card.allow_redisplay) == ("card", customer.id, "always")
    assert card.card.generated_from.setup_attempt == intent.latest_attempt.id
    assert desk.get_reader().action.process_setup_intent.generated_card == card.id
    listed = desk.v1.customers.payment_methods.list(customer.id, {"type": "card"}).data
    assert [one.id for one in listed] == [card.id]
    assert off_session(desk, customer, card.id).status == "succeeded"
    assert desk.event_types()[1:5] == [
        "setup_intent.created",
        "payment_method.attached",
        "setup_intent.succeeded",
        "terminal.reader.action_succeeded",
    ]


def test_set_up_without_a_customer_is_attached_later(desk: Desk, customer: Any) -> None:
    card = generated(set_up(desk))
    assert desk.v1.payment_methods.retrieve(card).customer is None
    assert desk.v1.payment_methods.attach(card, {"customer": customer.id}).customer == customer.id


@pytest.mark.parametrize("card", ["4711009900000316877", "6280000360000978"])
def test_set_up_with_a_card_that_cannot_be_kept_has_no_generated_card(desk: Desk, card: str) -> None:
    intent = set_up(desk, card)
    assert (intent.status, generated(intent)) == ("succeeded", None)


def test_set_up_with_a_phone_may_be_charged_off_session_only(desk: Desk, customer: Any) -> None:
    card = generated(set_up(desk, method="phone", customer=customer))
    assert desk.v1.payment_methods.retrieve(card).allow_redisplay == "limited"
    assert off_session(desk, customer, card).status == "succeeded"
    params: Any = {
        "amount": 500, "currency": "eur", "customer": customer.id, "payment_method": card,
        "confirm": True,
    }  # fmt: skip
    assert refusal(desk.v1.payment_intents.create, params)[2] == "payment_method"


def test_set_up_with_a_declined_card_fails(desk: Desk) -> None:
    intent = set_up(desk, "4000000000000002")
    assert intent.status == "requires_payment_method"
    assert intent.last_setup_error.code == "setup_intent_authentication_failure"
    assert desk.get_reader().action.status == "failed"
    assert desk.event_types()[-2:] == ["setup_intent.setup_failed", "terminal.reader.action_failed"]
    attempts = desk.v1.setup_attempts.list({"setup_intent": intent.id}).data
    assert [one.status for one in attempts] == ["failed"]


def test_card_kept_while_paying_belongs_to_the_customer(desk: Desk, customer: Any) -> None:
    paid = keep_while_paying(desk, customer)
    card = paid.latest_charge.payment_method_details.card_present.generated_card
    found = desk.v1.payment_methods.retrieve(card)
    assert (found.customer, found.allow_redisplay) == (customer.id, "limited")
    assert found.card.generated_from.charge == paid.latest_charge.id


def test_phone_while_paying_keeps_no_card(desk: Desk, customer: Any) -> None:
    details = keep_while_paying(desk, customer, "phone").latest_charge.payment_method_details
    assert details.card_present.wallet.type == "apple_pay"
    assert details.card_present.generated_card is None


@pytest.mark.parametrize(
    ("token", "code", "decline_code"),
    [
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
        ("pm_card_authenticationRequired", "authentication_required", "authentication_required"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    ],
)
def test_off_session_charge_that_fails_is_a_card_error(
    desk: Desk, customer: Any, token: str, code: str, decline_code: str
) -> None:
    card = desk.v1.payment_methods.attach(token, {"customer": customer.id})
    with pytest.raises(stripe.CardError) as caught:
        off_session(desk, customer, card.id)
    error = error_of(caught)
    assert (caught.value.http_status, error.code) == (402, code)
    assert error.decline_code == decline_code
    intent = desk.get_intent(error.payment_intent)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.code == code
    assert desk.event_types()[-2:] == ["charge.failed", "payment_intent.payment_failed"]


def test_off_session_charge_fails_where_the_control_says_so(desk: Desk, customer: Any) -> None:
    card = generated(set_up(desk, customer=customer))
    desk.of_account("POST", f"payment_methods/{card}", {"decline": ["card_declined", "insufficient_funds"]})
    with pytest.raises(stripe.CardError):
        off_session(desk, customer, card)


def test_card_present_method_cannot_be_charged_or_attached(desk: Desk, customer: Any) -> None:
    method = set_up(desk).payment_method
    params: Any = {"customer": customer.id}
    assert refusal(desk.v1.payment_methods.attach, method, params)[0] == 400
    assert refusal(off_session, desk, customer, method)[2] == "payment_method"


def test_detached_card_is_gone_for_good(desk: Desk, customer: Any) -> None:
    card = generated(set_up(desk, customer=customer))
    desk.v1.payment_methods.detach(card)
    params: Any = {"customer": customer.id}
    assert refusal(desk.v1.payment_methods.attach, card, params)[0] == 400
    assert refusal(off_session, desk, customer, card)[2] == "payment_method"


def test_customer_is_changed_found_and_deleted(desk: Desk, customer: Any) -> None:
    desk.v1.customers.update(customer.id, {"name": "Grace"})
    found = desk.v1.customers.list({"email": "ada@example.org"}).data
    assert [one.name for one in found] == ["Grace"]
    assert desk.v1.customers.delete(customer.id).deleted is True
    assert desk.v1.customers.retrieve(customer.id).deleted is True
    assert desk.v1.customers.list().data == []
    assert desk.event_types() == ["customer.created", "customer.updated", "customer.deleted"]


def test_refund_in_two_parts_and_not_more(desk: Desk) -> None:
    intent = desk.waiting(5000)
    desk.tap()
    first = desk.v1.refunds.create({"payment_intent": intent.id, "amount": 2000})
    assert (first.status, first.amount) == ("succeeded", 2000)
    too_much: Any = {"payment_intent": intent.id, "amount": 3001}
    assert refusal(desk.v1.refunds.create, too_much) == (400, None, "amount")
    desk.v1.refunds.create({"payment_intent": intent.id})
    charge = desk.get_intent(intent, "latest_charge").latest_charge
    assert (charge.amount_refunded, charge.refunded) == (5000, True)
    again: Any = {"payment_intent": intent.id}
    assert refusal(desk.v1.refunds.create, again)[1] == "charge_already_refunded"
    assert desk.of_account("GET", "books")["totals"]["eur"]["refunded"] == 5000


def test_refund_that_fails_later(desk: Desk) -> None:
    intent = desk.waiting(5000)
    desk.tap("4000000000005126")
    refund = desk.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "succeeded"
    desk.clock.advance(2)
    failed = desk.v1.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert desk.event_types()[-1] == "refund.failed"
    assert desk.of_account("GET", "books")["totals"]["eur"]["refunded"] == 0


def test_refund_of_an_unpaid_intent_is_refused(desk: Desk) -> None:
    params: Any = {"payment_intent": desk.intent().id}
    assert refusal(desk.v1.refunds.create, params)[2] == "payment_intent"


def test_refund_on_its_way_arrives(desk: Desk) -> None:
    desk.settings(refund_pending_seconds=10)
    intent = desk.waiting(5000)
    desk.tap()
    refund = desk.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "pending"
    desk.clock.advance(10)
    assert desk.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert desk.event_types()[-1] == "refund.updated"


def test_refunds_are_listed_by_intent_page_by_page_and_say_who_made_them(desk: Desk) -> None:
    for _ in range(2):
        intent = desk.waiting(5000)
        desk.tap()
        for part in (100, 200):
            desk.v1.refunds.create({"payment_intent": intent.id, "amount": part, "metadata": {"refund": str(part)}})
    params: Any = {"payment_intent": intent.id, "limit": 1}
    first = desk.v1.refunds.list(params)
    rest = desk.v1.refunds.list({**params, "starting_after": first.data[0].id})
    assert [one.metadata["refund"] for one in (*first.data, *rest.data)] == ["200", "100"]
    assert (first.has_more, rest.has_more, len(desk.v1.refunds.list().data)) == (True, False, 4)
    unknown: Any = {"payment_intent": intent.id, "surprise": "1"}
    assert refusal(desk.v1.refunds.create, unknown)[1] == "parameter_unknown"
