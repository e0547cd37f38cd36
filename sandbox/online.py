"""Charging a saved card without a reader: https://docs.stripe.com/payments/save-and-reuse ."""

from typing import Any

from sandbox.cards import CARDS, MAGIC_METHODS, Card, Decline
from sandbox.charging import announce, card_error, fail, make_charge, succeed
from sandbox.details import card_method
from sandbox.errors import ApiError, invalid
from sandbox.ids import random_text
from sandbox.world import World, public


def require_method(world: World, method_id: str, customer: str | None) -> None:
    """Raise a 400 or 404 when a payment method cannot be used for that customer."""
    if method_id in MAGIC_METHODS:
        return
    method = world.find("payment_method", method_id, "payment_method")
    if method["type"] != "card":
        raise invalid(
            f"The PaymentMethod {method_id} of type {method['type']} cannot be charged online.",
            "payment_method",
        )
    if method["customer"] and method["customer"] != customer:
        raise invalid(
            f"The provided PaymentMethod cannot be used because it belongs to the Customer "
            f"{method['customer']}. Include that Customer in the `customer` parameter.",
            "payment_method",
        )
    if method.get("_detached"):
        raise invalid(
            "The provided PaymentMethod was previously used without being attached to a Customer "
            "or was detached from a Customer, and may not be used again.",
            "payment_method",
        )


def use_method(world: World, method_id: str) -> str:
    """Return the id to charge; a test token such as `pm_card_visa` becomes a real method."""
    if method_id not in MAGIC_METHODS:
        return method_id
    return magic_method(world, method_id)["id"]


def magic_method(world: World, token: str) -> dict[str, Any]:
    """Make the payment method that a test token stands for."""
    number, decline = MAGIC_METHODS[token]
    card = CARDS.get(number) or Card(number, token, "visa")
    return card_method(card, world, decline=decline)


def confirm(world: World, intent: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """Charge the intent's card. Raises the 402 `card_error` that carries the intent."""
    method_id = params.get("payment_method") or intent["payment_method"]
    if not method_id:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can "
            "either update the PaymentIntent with a payment method and then confirm it again, or "
            "confirm it again directly with a payment method.",
            code="payment_intent_unexpected_state",
        )
    require_method(world, method_id, intent["customer"])
    method = world.find("payment_method", use_method(world, method_id))
    if "card" not in intent["payment_method_types"]:
        raise invalid(
            "The PaymentMethod provided (card) is not allowed for this PaymentIntent.",
            "payment_method",
        )
    off_session = bool(params.get("off_session"))
    if method["_off_session_only"] and not off_session:
        raise invalid(
            "This PaymentMethod was made from a mobile wallet and can only be used off-session.",
            "payment_method",
        )
    decline = _decline(world, method, off_session)
    if decline and decline[0] == "authentication_required" and not off_session:
        ask_holder(world, intent, method, {"type": "use_stripe_sdk", "use_stripe_sdk": {}})
        return intent
    error = charge(world, intent, method, decline)
    if error is None:
        return intent
    fields = {name: value for name, value in error.items() if name not in ("type", "message")}
    raise ApiError(
        402,
        error["message"],
        kind="card_error",
        keep=True,
        extra={**fields, "payment_intent": public(intent, world.now)},
    )


def _decline(world: World, method: dict[str, Any], off_session: bool) -> Decline | None:
    """Return how this charge fails: once where the Dashboard page said so, else as the card does."""
    once = method.get("_next") if off_session else None
    if once:
        method["_next"] = None
        world.save(method)
    found = once or method["_decline"]
    return tuple(found) if found else None


def ask_holder(world: World, intent: dict[str, Any], method: dict[str, Any], action: dict[str, Any]) -> None:
    """Let an intent wait until the cardholder has authenticated."""
    intent.update(status="requires_action", payment_method=method["id"], next_action=action)
    world.save(intent)
    world.emit(f"{intent['object']}.requires_action", intent)


def charge(
    world: World,
    intent: dict[str, Any],
    method: dict[str, Any],
    decline: Decline | None,
    authenticated: bool = False,
) -> dict[str, Any] | None:
    """Charge an intent with a card; return the error when the bank says no."""
    card = _details(method, intent["amount"], decline is None)
    if authenticated:
        card["three_d_secure"] = {"authentication_flow": "challenge", "result": "authenticated", "version": "2.2.0"}
    details = {"type": "card", "card": card}
    made = make_charge(world, intent, details, method["id"], intent["amount"], decline)
    announce(world, made)
    intent["next_action"] = None
    if decline is None:
        succeed(world, intent, made, method["id"])
        return None
    error = card_error(decline, charge=made["id"], method=method)
    fail(world, intent, error)
    return error


def _details(method: dict[str, Any], amount: int, approved: bool) -> dict[str, Any]:
    card = method["card"]
    names = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding",
             "last4", "regulated_status", "wallet")  # fmt: skip
    return {
        **{name: card[name] for name in names},
        "amount_authorized": amount if approved else None,
        "authorization_code": random_text(6).upper() if approved else None,
        "network": card["brand"],
        "three_d_secure": None,
    }
