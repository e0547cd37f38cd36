"""What a colleague does in the Dashboard to kept cards and payment pages."""

from typing import Any

import pytest

from tests.sandbox.checkout import opened, pay, payment, read, setup
from tests.sandbox.desk import Desk
from tests.sandbox.test_checkout import charge_later
from tests.sandbox.test_pages import page, press
from tests.sandbox.test_strictness import refusal


@pytest.fixture
def customer(desk: Desk) -> Any:
    return desk.v1.customers.create({"name": "Ada", "email": "ada@example.org"})


@pytest.fixture
def card(desk: Desk, customer: Any) -> str:
    session = opened(desk, setup(customer=customer.id))
    pay(desk, session)
    return str(read(desk, session, "setup_intent").setup_intent.payment_method)


def deed(desk: Desk, name: str, what: str, **more: str) -> None:
    press(desk, "/mischief", account=desk.account, do="deed", deed=name, id=what, **more)


def last_event(desk: Desk) -> Any:
    return desk.v1.events.list({"limit": 1}).data[0]


def test_detached_card_cannot_be_charged(desk: Desk, customer: Any, card: str) -> None:
    assert "visa ···· 4242" in page(desk, "/mischief")
    deed(desk, "detach", card)
    event = last_event(desk)
    assert (event.type, event.data.previous_attributes["customer"]) == ("payment_method.detached", customer.id)
    assert refusal(charge_later, desk, customer, card)[2] == "payment_method"
    assert "visa ···· 4242" not in page(desk, "/mischief")


def test_renewed_card_tells_what_changed(desk: Desk, card: str) -> None:
    before = desk.v1.payment_methods.retrieve(card).card
    deed(desk, "renew_card", card)
    after, event = desk.v1.payment_methods.retrieve(card).card, last_event(desk)
    assert (after.last4 != before.last4, after.exp_year) == (True, before.exp_year + 3)
    assert event.type == "payment_method.automatically_updated"
    assert event.data.previous_attributes["card"]["last4"] == before.last4


def test_changed_card_tells_what_changed_once(desk: Desk, card: str) -> None:
    desk.v1.payment_methods.update(card, {"card": {"exp_year": 2040}})
    assert last_event(desk).type == "payment_method.updated"
    assert last_event(desk).data.previous_attributes["card"]["exp_year"] == 2034
    desk.v1.payment_methods.update(card, {"card": {"exp_year": 2040}})
    assert desk.event_types().count("payment_method.updated") == 1


def test_deleted_customer_takes_its_cards_along(desk: Desk, customer: Any, card: str) -> None:
    desk.of_account("POST", "dashboard", {"do": "delete_customer", "id": customer.id})
    assert desk.v1.customers.retrieve(customer.id).deleted is True
    assert desk.v1.payment_methods.retrieve(card).customer is None
    assert desk.event_types()[-2:] == ["customer.deleted", "payment_method.detached"]
    assert refusal(charge_later, desk, customer, card)[:2] == (404, "resource_missing")


def test_next_charge_ends_as_decided_and_the_one_after_pays(desk: Desk, customer: Any, card: str) -> None:
    deed(desk, "decline_next", card, ends="card_declined insufficient_funds", advice="do_not_try_again")
    assert "insufficient funds, do not try again" in page(desk, "/mischief")
    assert refusal(charge_later, desk, customer, card)[:2] == (402, "card_declined")
    intent = desk.v1.payment_intents.list({"customer": customer.id}).data[0]
    error = intent.last_payment_error
    outcome = desk.v1.charges.retrieve(intent.latest_charge).outcome
    assert (error.decline_code, error.advice_code) == ("insufficient_funds", "do_not_try_again")
    assert outcome.advice_code == "do_not_try_again"
    assert charge_later(desk, customer, card).status == "succeeded"


@pytest.mark.parametrize(
    ("decline_code", "advice"),
    [("lost_card", "do_not_try_again"), ("insufficient_funds", "try_again_later"),
     ("expired_card", "confirm_card_data"), ("do_not_honor", None)],
)  # fmt: skip
def test_decline_carries_the_usual_advice(
    desk: Desk, customer: Any, card: str, decline_code: str, advice: str | None
) -> None:
    deed(desk, "decline_next", card, ends=f"card_declined {decline_code}", advice="")
    refusal(charge_later, desk, customer, card)
    error = desk.v1.payment_intents.list({"customer": customer.id}).data[0].last_payment_error
    assert getattr(error, "advice_code", None) == advice


def test_next_charge_asks_for_the_holder_and_a_page_lets_them_answer(desk: Desk, customer: Any, card: str) -> None:
    deed(desk, "decline_next", card, ends="authentication_required authentication_required", advice="")
    assert refusal(charge_later, desk, customer, card)[:2] == (402, "authentication_required")
    session = opened(desk, payment(customer=customer.id))
    assert pay(desk, session, "4000002500003155", authenticate=True) == ""


def test_next_charge_can_be_left_alone_after_all(desk: Desk, customer: Any, card: str) -> None:
    deed(desk, "decline_next", card, ends="card_declined lost_card", advice="")
    deed(desk, "decline_next", card, ends="", advice="")
    assert charge_later(desk, customer, card).status == "succeeded"


def test_unknown_advice_is_refused(desk: Desk, card: str) -> None:
    body = {"do": "decline_next", "id": card, "code": "card_declined", "advice": "pray"}
    answer = desk.session.post(f"http://stripe.test/_sandbox/accounts/{desk.account}/dashboard", json=body)
    assert (answer.status_code, answer.json()["error"][:21]) == (400, "advice must be one of")


def test_session_is_expired_in_the_dashboard(desk: Desk) -> None:
    session = opened(desk, payment())
    assert f"/c/pay/{session.id}" in page(desk, "/mischief")
    deed(desk, "expire_session", session.id)
    assert read(desk, session).status == "expired"


def test_dispute_takes_the_money_hinders_refunds_and_gives_it_back_when_won(desk: Desk) -> None:
    made = desk.v1.payment_intents.create({"amount": 900, "currency": "eur", "allowed_payment_method_types": ["card"]})
    deed(desk, "pay_intent", made.id)
    deed(desk, "dispute", made.id)
    [dispute] = desk.v1.disputes.list({"payment_intent": made.id}).data
    assert (dispute.status, dispute.amount, [one.amount for one in dispute.balance_transactions]) == (
        "needs_response", 900, [-900],
    )  # fmt: skip
    assert refusal(desk.v1.refunds.create, {"payment_intent": made.id})[1] == "charge_disputed"
    assert f"dispute_answer--{dispute.id}" in page(desk, "/mischief")
    deed(desk, "dispute_answer", dispute.id)
    deed(desk, "dispute_close", dispute.id, ends="won")
    after = desk.v1.disputes.retrieve(dispute.id)
    assert (after.status, sum(one.amount for one in after.balance_transactions)) == ("won", 0)
    assert [one.type.removeprefix("charge.dispute.") for one in desk.v1.events.list({"limit": 5}).data] == [
        "funds_reinstated", "closed", "updated", "funds_withdrawn", "created",
    ]  # fmt: skip
    assert refusal(desk.v1.disputes.list, {"status": "won"})[1] == "parameter_unknown"
