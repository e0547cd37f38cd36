"""Checkout Sessions: what they take, how they end, and what they leave behind."""

from typing import Any

import pytest

from tests.sandbox.checkout import line, opened, pay, payment, read, setup
from tests.sandbox.desk import START, Desk
from tests.sandbox.test_strictness import refusal

SECURE, SECURE_ALWAYS = "4000002500003155", "4000002760003184"
DECLINED, LATER_DECLINED = "4000000000009995", "4000000000000341"


@pytest.fixture
def customer(desk: Desk) -> Any:
    return desk.v1.customers.create({"name": "Ada", "email": "ada@example.org"})


def charge_later(desk: Desk, customer: Any, method: str) -> Any:
    return desk.v1.payment_intents.create(
        {"amount": 5000, "currency": "eur", "customer": customer.id, "payment_method": method,
         "off_session": True, "confirm": True}
    )  # fmt: skip


def test_payment_session_has_no_intent_until_somebody_pays(desk: Desk) -> None:
    session = opened(desk, payment(metadata={"a": "1"}, client_reference_id="B-1"))
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency, session.ui_mode) == (14500, "eur", "hosted_page")
    assert session.url == f"http://stripe.test/c/pay/{session.id}"
    assert (session.expires_at, session.payment_method_types) == (START + 86400, ["card", "link"])
    assert desk.event_types() == []


def test_payment_session_is_complete_when_its_intent_succeeded(desk: Desk) -> None:
    data = {"metadata": {"attempt": "a1"}, "description": "Invoice B-1"}
    session = opened(desk, payment(payment_intent_data=data, line_items=[line(1000), line(250, quantity=2)]))
    assert pay(desk, session) == ""

    done = read(desk, session, "payment_intent", "payment_intent.latest_charge")
    intent = done.payment_intent
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert (intent.status, intent.amount_received, intent.description) == ("succeeded", 1500, "Invoice B-1")
    assert (intent.metadata.to_dict(), intent.customer) == ({"attempt": "a1"}, None)
    assert intent.latest_charge.payment_method_details.card.last4 == "4242"
    assert desk.event_types() == [
        "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed",
    ]  # fmt: skip
    method: Any = {"customer": desk.v1.customers.create({}).id}
    assert refusal(desk.v1.payment_methods.attach, intent.payment_method, method)[0] == 400


def test_payment_session_keeps_the_card_when_asked(desk: Desk, customer: Any) -> None:
    data = {"setup_future_usage": "off_session"}
    method_data = {"allow_redisplay": "always"}
    session = opened(
        desk, payment(customer=customer.id, payment_intent_data=data, payment_method_data=method_data)
    )  # fmt: skip
    pay(desk, session)
    intent = read(desk, session, "payment_intent").payment_intent
    card = desk.v1.payment_methods.retrieve(intent.payment_method)
    assert (intent.customer, card.customer, card.allow_redisplay) == (customer.id, customer.id, "always")
    assert charge_later(desk, customer, card.id).status == "succeeded"


def test_setup_session_keeps_a_card_without_a_charge(desk: Desk, customer: Any) -> None:
    session = opened(desk, setup(customer=customer.id, setup_intent_data={"metadata": {"consent": "c1"}}))
    assert (session.payment_status, session.amount_total) == ("no_payment_required", None)
    assert session.customer_details.email == "ada@example.org"
    assert desk.v1.setup_intents.retrieve(session.setup_intent).status == "requires_payment_method"
    assert pay(desk, session) == ""

    done = read(desk, session, "setup_intent", "setup_intent.payment_method")
    assert (done.status, done.url, done.setup_intent.status) == ("complete", None, "succeeded")
    assert done.setup_intent.metadata.to_dict() == {"consent": "c1"}
    card = done.setup_intent.payment_method
    assert (card.type, card.customer, card.allow_redisplay) == ("card", customer.id, "limited")
    assert charge_later(desk, customer, card.id).status == "succeeded"
    assert desk.event_types()[1:5] == [
        "setup_intent.created", "payment_method.attached", "setup_intent.succeeded", "checkout.session.completed",
    ]  # fmt: skip


def test_declined_card_leaves_the_session_open_for_another(desk: Desk) -> None:
    session = opened(desk, payment())
    assert pay(desk, session, DECLINED) == "Your card has insufficient funds."
    tried = read(desk, session, "payment_intent")
    error = tried.payment_intent.last_payment_error
    assert (tried.status, tried.payment_intent.status) == ("open", "requires_payment_method")
    assert (error.decline_code, error.advice_code) == ("insufficient_funds", "try_again_later")
    assert pay(desk, session) == ""
    assert read(desk, session).payment_intent == tried.payment_intent.id
    assert desk.of_account("GET", "books")["totals"]["eur"]["received"] == 14500


def test_declined_card_fails_the_set_up_and_says_why(desk: Desk) -> None:
    session = opened(desk, setup())
    assert pay(desk, session, "4000000000009987") == "Your card was declined."
    intent = read(desk, session, "setup_intent").setup_intent
    error = intent.last_setup_error
    assert (intent.status, error.code) == ("requires_payment_method", "card_declined")
    assert (error.decline_code, error.advice_code) == ("lost_card", "do_not_try_again")


def test_unknown_number_changes_nothing(desk: Desk) -> None:
    session = opened(desk, payment())
    assert pay(desk, session, "4242") == "Your card number is incorrect."
    assert read(desk, session).payment_intent is None


@pytest.mark.parametrize("params", [payment, setup])
@pytest.mark.parametrize("passed", [True, False])
def test_secure_card_waits_for_its_holder(desk: Desk, params: Any, passed: bool) -> None:
    session = opened(desk, params())
    name = f"{session.mode}_intent"
    pay(desk, session, SECURE)
    assert getattr(read(desk, session, name), name).status == "requires_action"
    said = desk.control("POST", f"sessions/{session.id}/authenticate", {"authenticate": passed})["said"]
    done = read(desk, session, name)
    intent = getattr(done, name)
    if passed:
        assert (said, done.status, intent.status) == ("", "complete", "succeeded")
        return
    error = intent.last_setup_error if session.mode == "setup" else intent.last_payment_error
    assert said.startswith("We are unable to authenticate")
    assert (done.status, intent.status) == ("open", "requires_payment_method")
    assert error.code == f"{name}_authentication_failure"
    assert pay(desk, session) == ""


@pytest.mark.parametrize(
    ("card", "status", "code"),
    [(SECURE, "succeeded", None), (SECURE_ALWAYS, "failed", "authentication_required"),
     (LATER_DECLINED, "failed", "card_declined")],
)  # fmt: skip
def test_kept_card_is_charged_later_as_its_kind_says(
    desk: Desk, customer: Any, card: str, status: str, code: str | None
) -> None:
    session = opened(desk, setup(customer=customer.id))
    assert pay(desk, session, card, authenticate=True) == ""
    method = read(desk, session, "setup_intent").setup_intent.payment_method
    if status == "succeeded":
        assert charge_later(desk, customer, method).status == "succeeded"
    else:
        assert refusal(charge_later, desk, customer, method)[:2] == (402, code)


def test_expired_session_takes_no_card(desk: Desk) -> None:
    session = opened(desk, payment())
    pay(desk, session, DECLINED)
    ended = desk.v1.checkout.sessions.expire(session.id)
    assert (ended.status, ended.payment_status, ended.url) == ("expired", "unpaid", None)
    assert desk.v1.payment_intents.retrieve(ended.payment_intent).status == "canceled"
    assert pay(desk, session) != ""
    assert desk.event_types()[-2:] == ["payment_intent.canceled", "checkout.session.expired"]
    assert desk.of_account("GET", "books")["totals"]["eur"]["received"] == 0


@pytest.mark.parametrize("complete", [True, False])
def test_only_an_open_session_can_be_expired(desk: Desk, complete: bool) -> None:
    session = opened(desk, setup())
    if complete:
        pay(desk, session)
    else:
        desk.v1.checkout.sessions.expire(session.id)
    assert refusal(desk.v1.checkout.sessions.expire, session.id) == (400, None, "session")


def test_session_expires_by_the_clock(desk: Desk) -> None:
    session = opened(desk, payment(expires_at=int(START) + 1800))
    desk.clock.advance(1799)
    assert read(desk, session).status == "open"
    desk.clock.advance(1)
    assert read(desk, session).status == "expired"
    assert desk.event_types() == ["checkout.session.expired"]


def test_completed_session_does_not_expire(desk: Desk) -> None:
    session = opened(desk, payment(expires_at=int(START) + 1800))
    pay(desk, session)
    desk.clock.advance(86400)
    assert read(desk, session).status == "complete"


def test_same_key_opens_one_session(desk: Desk) -> None:
    first, second = opened(desk, payment(), "k1"), opened(desk, payment(), "k1")
    assert first.id == second.id
    assert len(desk.v1.checkout.sessions.list().data) == 1


def test_sessions_are_found_by_intent_customer_and_status(desk: Desk, customer: Any) -> None:
    paid = opened(desk, payment(customer=customer.id))
    pay(desk, paid)
    kept = opened(desk, setup(customer_email="bob@example.org"))
    intent = read(desk, paid).payment_intent

    def found(**where: Any) -> list[str]:
        return [one.id for one in desk.v1.checkout.sessions.list(where).data]

    assert found(payment_intent=intent) == found(customer=customer.id) == found(status="complete") == [paid.id]
    assert found(customer_details={"email": "bob@example.org"}) == found(status="open") == [kept.id]
    assert found(status="expired") == []
    items = desk.v1.checkout.sessions.line_items.list(paid.id).data
    assert [(one.description, one.amount_total) for one in items] == [("Invoice B-1", 14500)]


def test_intent_of_a_session_is_ended_by_the_session_only(desk: Desk) -> None:
    session = opened(desk, payment())
    pay(desk, session, DECLINED)
    intent = read(desk, session).payment_intent
    for call in (desk.v1.payment_intents.cancel, desk.v1.payment_intents.confirm):
        assert refusal(call, intent)[:2] == (400, "payment_intent_unexpected_state")
    kept = opened(desk, setup())
    assert refusal(desk.v1.setup_intents.cancel, kept.setup_intent)[:2] == (400, "setup_intent_unexpected_state")


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        (payment(payment_method_types=["card"]), "payment_method_types_no_longer_supported", "payment_method_types"),
        (payment(colour="red"), "parameter_unknown", "colour"),
        (payment(payment_intent_data={"colour": "red"}), "parameter_unknown", "payment_intent_data[colour]"),
        ({"line_items": [line()], "success_url": "http://x.test"}, "parameter_missing", "mode"),
        ({"mode": "payment", "line_items": [line()]}, "parameter_missing", "success_url"),
        ({"mode": "payment", "success_url": "http://x.test"}, "parameter_missing", "line_items"),
        (payment(line_items=[{"quantity": 1}]), None, "line_items[0]"),
        (payment(line_items=[{k: v for k, v in line().items() if k != "quantity"}]),
         "parameter_missing", "line_items[0][quantity]"),
        (payment(line_items=[{"price": "price_1", "quantity": 1}]), "resource_missing", "line_items[0][price]"),
        (payment(line_items=[line(49)]), "amount_too_small", "line_items"),
        (payment(line_items=[line(), line(currency="usd")]), None, "line_items"),
        (payment(success_url="/done"), "url_invalid", "success_url"),
        (payment(setup_intent_data={"description": "x"}), None, "setup_intent_data"),
        (payment(allowed_payment_method_types=["card_present"]), None, "allowed_payment_method_types"),
        (payment(expires_at=int(START) + 1799), None, "expires_at"),
        (payment(expires_at=int(START) + 86401), None, "expires_at"),
        (payment(customer="cus_none"), "resource_missing", "customer"),
        (payment(mode="subscription"), None, "mode"),
        ({"mode": "setup", "success_url": "http://x.test"}, "parameter_missing", "currency"),
        (setup(payment_intent_data={"description": "x"}), None, "payment_intent_data"),
        (setup(line_items=[line()]), None, "line_items"),
        (setup(customer="cus_1", customer_email="a@example.org"), None, "customer"),
    ],
)  # fmt: skip
def test_session_with_a_wrong_parameter_is_refused(desk: Desk, params: Any, code: str | None, param: str) -> None:
    status = 404 if code == "resource_missing" else 400
    assert refusal(desk.v1.checkout.sessions.create, params) == (status, code, param)
    assert desk.v1.checkout.sessions.list().data == []


def test_setup_session_needs_no_currency_with_a_list_of_types(desk: Desk) -> None:
    params: Any = {"mode": "setup", "allowed_payment_method_types": ["card"], "success_url": "http://x.test"}
    session = opened(desk, params)
    assert (session.currency, session.payment_method_types) == (None, ["card"])


def test_restricted_key_needs_the_permission(desk: Desk) -> None:
    desk.box.add_account("rk_test_1", "DE", "eur", account=desk.account, restricted=["checkout_session_write"])
    answer = desk.session.post(
        "http://stripe.test/v1/checkout/sessions", data={"mode": "setup"}, headers={"Authorization": "Bearer rk_test_1"}
    )
    assert (answer.status_code, "checkout_session_write" in answer.text) == (403, True)
