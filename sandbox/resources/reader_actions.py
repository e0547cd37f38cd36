"""What a server tells a reader to do.

https://docs.stripe.com/api/terminal/readers/process_payment_intent
"""

from typing import Any

from sandbox.cards import CARDS, DEFAULT_CARD, DEFAULT_INTERAC, Card
from sandbox.commands import send
from sandbox.device import clear_action, fault, require_free, require_reachable
from sandbox.errors import invalid, refused
from sandbox.refunding import refundable
from sandbox.tapping import present
from sandbox.world import World


def process_payment_intent(world: World, params: dict[str, Any], reader_id: str) -> dict[str, Any]:
    """Ask for a card for a payment; the answer comes once the reader acknowledged."""
    reader = world.find("terminal.reader", reader_id, "reader")
    intent = world.find("payment_intent", params["payment_intent"], "payment_intent")
    config = params.get("process_config") or {}
    if intent["setup_future_usage"] and "allow_redisplay" not in config:
        raise invalid(
            "Missing required param: process_config[allow_redisplay]. It is required when the "
            "PaymentIntent has setup_future_usage.",
            "process_config[allow_redisplay]",
            "parameter_missing",
        )
    body: dict[str, Any] = {"payment_intent": intent["id"]}
    if config:
        body["process_config"] = config
    return _send(world, reader, "process_payment_intent", body, ("payment_intent", intent["id"]))


def process_setup_intent(world: World, params: dict[str, Any], reader_id: str) -> dict[str, Any]:
    """Ask for a card to keep without a charge."""
    reader = world.find("terminal.reader", reader_id, "reader")
    intent = world.find("setup_intent", params["setup_intent"], "setup_intent")
    body: dict[str, Any] = {"generated_card": None, "setup_intent": intent["id"]}
    if params.get("process_config"):
        body["process_config"] = params["process_config"]
    return _send(
        world,
        reader,
        "process_setup_intent",
        body,
        ("setup_intent", intent["id"]),
        params["allow_redisplay"],
    )


def _send(
    world: World,
    reader: dict[str, Any],
    kind: str,
    body: dict[str, Any],
    intent: tuple[str, str] | None,
    redisplay: str = "unspecified",
) -> dict[str, Any]:
    command = {"type": kind, "body": body, "redisplay": redisplay, "intent": intent}
    return send(world, reader, command)


def refund_payment(world: World, params: dict[str, Any], reader_id: str) -> dict[str, Any]:
    """Ask for the card of an Interac charge to give money back on. Raises a 400 for others."""
    reader = world.find("terminal.reader", reader_id, "reader")
    charge_id = params.get("charge")
    if params.get("payment_intent"):
        intent = world.find("payment_intent", params["payment_intent"], "payment_intent")
        charge_id = intent["latest_charge"]
    if not charge_id:
        raise refused("One of charge or payment_intent must be provided.", "payment_intent",
                      "parameter_missing")  # fmt: skip
    charge = world.find("charge", charge_id, "charge")
    if charge["payment_method_details"]["type"] != "interac_present":
        raise invalid("Only Interac charges can be refunded on a reader.", "charge")
    body = {
        "amount": refundable(world, charge, params.get("amount")),
        "charge": charge["id"],
        "metadata": dict(params.get("metadata") or {}),
        "payment_intent": charge["payment_intent"],
        "reason": None,
        "refund": None,
    }
    if params.get("refund_payment_config"):
        body["refund_payment_config"] = params["refund_payment_config"]
    return _send(world, reader, "refund_payment", body, None)


def set_reader_display(world: World, params: dict[str, Any], reader_id: str) -> dict[str, Any]:
    """Show a cart. It replaces a payment that waits for a card, without a word."""
    reader = world.find("terminal.reader", reader_id, "reader")
    if "cart" not in params:
        raise refused("Missing required param: cart.", "cart", "parameter_missing")
    body = {"cart": {"tax": None, **params["cart"]}, "type": params["type"]}
    return _send(world, reader, "set_reader_display", body, None)


def cancel_action(world: World, _params: dict[str, Any], reader_id: str) -> dict[str, Any]:
    """Reset a reader. Raises `terminal_reader_busy` while a card is authorized.

    A reader that died with a payment in its slot is reset, too:
    https://docs.stripe.com/terminal/payments/collect-card-payment#missing-webhooks
    """
    reader = world.find("terminal.reader", reader_id, "reader")
    require_free(reader)
    if reader["action"] is None and world.setting("cancel_idle_is_error"):
        raise invalid("The reader has no action to cancel.")
    died = reader["_device"]["stopped_at"] is not None and not fault(reader, "offline")
    if not died:
        require_reachable(world, reader)
    clear_action(world, reader)
    return reader


def present_payment_method(world: World, params: dict[str, Any], reader_id: str) -> dict[str, Any]:
    """Hold a test card to a simulated reader.

    https://docs.stripe.com/api/terminal/readers/present_payment_method
    """
    reader = world.find("terminal.reader", reader_id, "reader")
    if not reader["device_type"].startswith("simulated_"):
        raise invalid("Only simulated readers can be presented a payment method.", "reader")
    done, why = present(world, reader, _card(world, reader, params), "tap", enter_pin=True)
    if not done:
        raise invalid(f"No payment method can be presented: {why}", "reader")
    return reader


def _card(world: World, reader: dict[str, Any], params: dict[str, Any]) -> Card:
    given = [params[name] for name in ("card_present", "interac_present", "card") if name in params]
    if given and "number" in given[0]:
        number = given[0]["number"].replace(" ", "")
        if number not in CARDS:
            raise invalid("Your card number is not a test card number.", "card_present[number]")
        return CARDS[number]
    if params.get("type") == "interac_present" or _only_interac(world, reader):
        return DEFAULT_INTERAC
    return DEFAULT_CARD


def _only_interac(world: World, reader: dict[str, Any]) -> bool:
    action = reader["action"] or {}
    body = action.get("process_payment_intent") or {}
    intent = world.peek("payment_intent", body.get("payment_intent"))
    if intent is not None:
        return bool(intent["payment_method_types"] == ["interac_present"])
    return action.get("type") == "refund_payment"
