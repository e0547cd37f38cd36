"""What is refused, and in Stripe's words."""

from typing import Any

import pytest
import stripe

from tests.sandbox.desk import Desk, client_for

PAY = {"amount": 14500, "currency": "eur", "allowed_payment_method_types": ["card_present"]}


def error_of(caught: Any) -> Any:
    """The error object of a caught exception."""
    return caught.value.error


def refusal(call: Any, *arguments: Any) -> tuple[int, str | None, str | None]:
    """Status, code and param of the error that a call ends with."""
    with pytest.raises(stripe.StripeError) as caught:
        call(*arguments)
    error = error_of(caught)
    return (
        caught.value.http_status or 0,
        getattr(error, "code", None),
        getattr(error, "param", None),
    )


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        (
            {"payment_method_options": {"card_present": {"x": "y"}}},
            "parameter_unknown",
            "payment_method_options[card_present][x]",
        ),
        ({"amount": "1.5"}, "parameter_invalid_integer", "amount"),
        ({"amount": 0}, "parameter_invalid_integer", "amount"),
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"currency": ""}, "parameter_invalid_empty", "currency"),
        ({"currency": "xyz"}, None, "currency"),
        ({"capture_method": "never"}, None, "capture_method"),
        ({"metadata": "text"}, None, "metadata"),
        ({"confirm": "maybe"}, None, "confirm"),
        ({"off_session": True}, None, "off_session"),
        ({"automatic_payment_methods": {"enabled": True}}, None, "automatic_payment_methods"),
        (
            {"payment_method_types": ["card_present"]},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
    ],
)
def test_intent_create_with_a_wrong_parameter_is_refused(desk: Desk, change: Any, code: str | None, param: str) -> None:
    status = 404 if code == "resource_missing" else 400
    assert refusal(desk.v1.payment_intents.create, {**PAY, **change}) == (status, code, param)


def test_intent_create_without_an_amount_is_refused(desk: Desk) -> None:
    params: Any = {"currency": "eur"}
    found = refusal(desk.v1.payment_intents.create, params)
    assert found == (400, "parameter_missing", "amount")


@pytest.mark.parametrize("call", ["update", "confirm"])
def test_intent_change_with_the_old_types_parameter_is_refused(desk: Desk, call: str) -> None:
    intent = desk.intent()
    found = refusal(getattr(desk.v1.payment_intents, call), intent.id, {"payment_method_types": ["card"]})
    assert found == (400, "payment_method_types_no_longer_supported", "payment_method_types")


def test_setup_intent_with_the_old_types_parameter_is_refused(desk: Desk) -> None:
    params: Any = {"payment_method_types": ["card_present"]}
    found = refusal(desk.v1.setup_intents.create, params)
    assert found == (400, "payment_method_types_no_longer_supported", "payment_method_types")


@pytest.mark.parametrize(
    ("currency", "asked", "kept"),
    [
        ("eur", ["card_present", "interac_present"], ["card_present"]),
        ("usd", ["card_present", "card"], ["card"]),
        ("usd", ["card_present"], []),
        ("eur", ["card_present", "oxxo"], ["card_present"]),
    ],
)
def test_allowed_types_that_do_not_fit_are_dropped(
    desk: Desk, currency: str, asked: list[str], kept: list[str]
) -> None:
    intent = desk.intent(currency=currency, allowed_payment_method_types=asked)
    assert intent.payment_method_types == kept


def test_allowed_types_without_the_capability_are_dropped(desk: Desk) -> None:
    desk.settings(inactive_methods=["card_present"])
    assert desk.intent().payment_method_types == []


def test_object_that_does_not_exist_is_missing(desk: Desk) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        desk.v1.payment_intents.retrieve("pi_none")
    assert caught.value.http_status == 404
    assert error_of(caught).code == "resource_missing"
    assert error_of(caught).message == "No such payment_intent: 'pi_none'"
    assert error_of(caught).doc_url.endswith("/resource-missing")
    assert str(caught.value.request_id).startswith("req_")


def test_key_that_nobody_has_is_refused(desk: Desk) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        client_for(desk.session, "sk_test_somebody_else").v1.accounts.retrieve_current()
    assert caught.value.http_status == 401
    assert "sk_test_" in str(error_of(caught).message)


def test_restricted_key_without_the_permission_is_refused_by_name(desk: Desk) -> None:
    desk.box.add_account("rk_test_desk", "DE", "eur", account=desk.account, restricted=["terminal_reader_write"])
    limited = client_for(desk.session, "rk_test_desk").v1

    assert limited.terminal.readers.retrieve(desk.reader).id == desk.reader
    with pytest.raises(stripe.PermissionError) as caught:
        limited.terminal.readers.cancel_action(desk.reader)
    assert caught.value.http_status == 403
    assert "'terminal_reader_write'" in str(error_of(caught).message)


def test_url_that_does_not_exist_is_not_found(desk: Desk) -> None:
    answer = desk.session.get("http://stripe.test/v1/nothing", headers={"Authorization": "Bearer sk_test_berlin"})
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_answer_echoes_the_version_and_names_the_request(desk: Desk) -> None:
    answer = desk.session.get(
        "http://stripe.test/v1/account",
        headers={"Authorization": "Bearer sk_test_berlin", "Stripe-Version": "2026-10-28.endive"},
    )
    assert answer.headers["Stripe-Version"] == "2026-10-28.endive"
    assert answer.headers["Request-Id"].startswith("req_")
    assert answer.json()["default_currency"] == "eur"


@pytest.mark.parametrize(
    ("doing", "status", "code"),
    [
        ("cancel", "succeeded", "payment_intent_unexpected_state"),
        ("cancel", "canceled", "payment_intent_unexpected_state"),
        ("capture", "requires_payment_method", "payment_intent_unexpected_state"),
        ("confirm", "canceled", "payment_intent_unexpected_state"),
        ("update", "canceled", "payment_intent_unexpected_state"),
    ],
)
def test_intent_in_a_wrong_state_is_refused(desk: Desk, doing: str, status: str, code: str) -> None:
    intent = desk.waiting()
    if status == "succeeded":
        desk.tap()
    if status == "canceled":
        desk.v1.payment_intents.cancel(intent.id)
    params = {"amount": 200} if doing == "update" else {}

    found = refusal(getattr(desk.v1.payment_intents, doing), intent.id, params)

    assert found == (400, code, None)
    assert desk.get_intent(intent).status == status


def test_setup_on_a_reader_without_allow_redisplay_is_refused(desk: Desk) -> None:
    intent = desk.v1.setup_intents.create({"allowed_payment_method_types": ["card_present"]})
    params: Any = {"setup_intent": intent.id}
    found = refusal(desk.v1.terminal.readers.process_setup_intent, desk.reader, params)
    assert found == (400, "parameter_missing", "allow_redisplay")


def test_keeping_a_card_without_allow_redisplay_is_refused(desk: Desk) -> None:
    intent = desk.intent(setup_future_usage="off_session")
    found = refusal(desk.process, intent)
    assert found == (400, "parameter_missing", "process_config[allow_redisplay]")


def test_registration_code_that_is_wrong_is_refused(desk: Desk) -> None:
    found = refusal(desk.v1.terminal.readers.create, {"registration_code": "no-such-code"})
    assert found == (400, None, "registration_code")


def test_unpacked_reader_registers_once(desk: Desk) -> None:
    device = desk.of_account("POST", "devices", {"model": "stripe_s700"})
    params: Any = {"registration_code": device["code"], "location": desk.location}

    reader = desk.v1.terminal.readers.create(params)

    assert reader.device_type == "stripe_s700"
    assert len(device["code"].split("-")) == 3
    assert refusal(desk.v1.terminal.readers.create, params) == (400, None, "registration_code")


def test_location_in_another_country_takes_no_payment(desk: Desk) -> None:
    place = desk.v1.terminal.locations.create({"display_name": "Paris", "address": {"country": "FR"}})
    desk.reader = desk.v1.terminal.readers.create({"registration_code": "simulated-wpe", "location": place.id}).id
    found = refusal(desk.process, desk.intent())
    assert found == (400, "terminal_reader_invalid_location_for_payment", None)


def test_location_that_was_deleted_takes_no_payment(desk: Desk) -> None:
    desk.v1.terminal.locations.delete(desk.location)
    found = refusal(desk.process, desk.intent())
    assert found == (400, "terminal_reader_invalid_location_for_payment", None)


def test_location_cannot_change_its_country(desk: Desk) -> None:
    params: Any = {"address": {"country": "FR"}}
    found = refusal(desk.v1.terminal.locations.update, desk.location, params)
    assert found == (400, None, "address[country]")


def test_reader_cannot_change_its_location(desk: Desk) -> None:
    params: Any = {"location": desk.location}
    found = refusal(desk.v1.terminal.readers.update, desk.reader, params)
    assert found == (400, "parameter_unknown", "location")


def test_intent_without_card_present_is_refused_by_the_reader(desk: Desk) -> None:
    intent = desk.intent(allowed_payment_method_types=["card"])
    assert refusal(desk.process, intent) == (400, None, "payment_intent")
