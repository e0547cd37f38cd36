"""PaymentIntents: https://docs.stripe.com/api/payment_intents ."""

from typing import Any

from sandbox import online, receipts
from sandbox.countries import MAXIMUM, amount_text, known_currency, minimum
from sandbox.errors import ApiError, invalid, locked, refused
from sandbox.ids import new_id
from sandbox.listing import page, within
from sandbox.resources.attributes import (
    allowed_types,
    client_secret,
    merge_metadata,
    require_customer,
)
from sandbox.world import World, public

_CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
)
_EDITABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_COPIED = (
    "capture_method",
    "customer",
    "description",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)


def create(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Create an intent, and charge it at once with `confirm=true`."""
    currency = params["currency"].lower()
    check_amount(params["amount"], currency)
    _check_combination(params)
    require_customer(world, params.get("customer"))
    if params.get("payment_method"):
        online.require_method(world, params["payment_method"], params.get("customer"))
    object_id = new_id("payment_intent")
    intent = _blank(world, object_id)
    intent.update(
        amount=params["amount"],
        currency=currency,
        metadata=dict(params.get("metadata") or {}),
        payment_method_types=allowed_types(world, params.get("allowed_payment_method_types"), currency),
    )
    intent.update({name: params[name] or None for name in _COPIED if name in params})
    if params.get("payment_method_options"):
        intent["payment_method_options"].update(params["payment_method_options"])
    if params.get("payment_method"):
        intent["payment_method"] = online.use_method(world, params["payment_method"])
        intent["status"] = "requires_confirmation"
    world.save(intent)
    world.emit("payment_intent.created", intent)
    if params.get("confirm"):
        online.confirm(world, intent, params)
    return intent


def _blank(world: World, object_id: str) -> dict[str, Any]:
    empty = [
        "application",
        "application_fee_amount",
        "automatic_payment_methods",
        "canceled_at",
        "cancellation_reason",
        "customer",
        "description",
        "last_payment_error",
        "latest_charge",
        "next_action",
        "on_behalf_of",
        "payment_method",
        "payment_method_configuration_details",
        "payment_record",
        "processing",
        "receipt_email",
        "review",
        "setup_future_usage",
        "shipping",
        "source",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "transfer_data",
        "transfer_group",
    ]
    return {
        "id": object_id,
        "object": "payment_intent",
        **dict.fromkeys(empty),
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": client_secret(object_id),
        "confirmation_method": "automatic",
        "created": int(world.now),
        "livemode": False,
        "payment_method_options": {},
        "status": "requires_payment_method",
        "_authorizing": False,
    }


def check_amount(amount: int, currency: str, param: str = "amount") -> None:
    """Raise a 400 for a currency or an amount in minor units that cannot be charged."""
    if not known_currency(currency):
        raise invalid(f"Invalid currency: {currency}.", "currency")
    if amount > MAXIMUM:
        most = amount_text(MAXIMUM, currency)
        raise invalid(f"Amount must be no more than {most}", param, "amount_too_large")
    if amount < minimum(currency):
        least = amount_text(minimum(currency), currency)
        raise invalid(f"Amount must be at least {least} {currency}", param, "amount_too_small")


def _check_combination(params: dict[str, Any]) -> None:
    """Refuse parameters that exclude each other, before anything is executed."""
    if "off_session" in params and not params.get("confirm"):
        raise refused("You cannot set `off_session` without `confirm` set to true.", "off_session")
    if "allowed_payment_method_types" in params:
        others = (
            "excluded_payment_method_types",
            "automatic_payment_methods",
            "payment_method_configuration",
        )
        for name in others:
            if name in params:
                raise refused(
                    f"You may only specify one of these parameters: allowed_payment_method_types, {name}.",
                    name,
                )


def require_unlocked(intent: dict[str, Any]) -> None:
    """Raise the 429 `lock_timeout` while a card is being authorized for the intent."""
    if intent["_authorizing"]:
        raise locked()


def require_free(intent: dict[str, Any], doing: str) -> None:
    """Raise the 400 for an intent that belongs to a Checkout Session: only the session ends it.

    https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-payment_intent
    """
    if intent.get("_session"):
        raise invalid(
            f"You cannot {doing} this intent because it was created by Checkout. To cancel it, expire the "
            "Checkout Session instead.",
            "intent",
            f"{intent['object']}_unexpected_state",
        )


def unexpected_state(intent: dict[str, Any], doing: str) -> ApiError:
    """Return the 400 for a call that the intent's status does not allow; it carries the intent."""
    kind = intent["object"]
    name = "PaymentIntent" if kind == "payment_intent" else "SetupIntent"
    return ApiError(
        400,
        f"You cannot {doing} this {name} because it has a status of {intent['status']}.",
        code=f"{kind}_unexpected_state",
        extra={kind: public(intent, 0)},
    )


def retrieve(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Return an intent."""
    return world.find("payment_intent", object_id, "intent")


def update(world: World, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Change an intent that is not paid yet; a reader goes on showing the old amount."""
    intent = world.find("payment_intent", object_id, "intent")
    require_unlocked(intent)
    free = {"metadata", "description", "receipt_email", "expand"}
    if intent["status"] not in _EDITABLE and set(params) - free:
        raise unexpected_state(intent, "update")
    currency = params.get("currency", intent["currency"]).lower()
    check_amount(params.get("amount", intent["amount"]), currency)
    require_customer(world, params.get("customer"))
    intent.update(amount=params.get("amount", intent["amount"]), currency=currency)
    intent.update({name: params[name] or None for name in _COPIED if name in params})
    if "allowed_payment_method_types" in params:
        asked = params["allowed_payment_method_types"]
        intent["payment_method_types"] = allowed_types(world, asked, currency)
    if params.get("payment_method"):
        intent["payment_method"] = online.use_method(world, params["payment_method"])
        intent["status"] = "requires_confirmation"
    merge_metadata(intent, params.get("metadata"))
    world.save(intent)
    receipts.of_update(world, intent, params)
    return intent


def cancel(world: World, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Cancel an intent. A reader that shows it goes on showing it; a card then changes nothing."""
    intent = world.find("payment_intent", object_id, "intent")
    require_unlocked(intent)
    require_free(intent, "cancel")
    if intent["status"] not in _CANCELABLE:
        raise unexpected_state(intent, "cancel")
    if intent["status"] == "requires_capture":
        charge = world.find("charge", intent["latest_charge"])
        charge.update(amount_refunded=charge["amount"], refunded=True)
        world.save(charge)
        world.emit("charge.refunded", charge)
    intent.update(
        status="canceled",
        canceled_at=int(world.now),
        cancellation_reason=params.get("cancellation_reason"),
        amount_capturable=0,
    )
    world.save(intent)
    world.emit("payment_intent.canceled", intent)
    return intent


def capture(world: World, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Capture an authorized intent, wholly or in part (minor units)."""
    intent = world.find("payment_intent", object_id, "intent")
    require_unlocked(intent)
    if intent["status"] != "requires_capture":
        raise unexpected_state(intent, "capture")
    amount = params.get("amount_to_capture", intent["amount_capturable"])
    if amount > intent["amount_capturable"]:
        raise invalid(
            f"The provided amount to capture ({amount}) is greater than the capturable amount.",
            "amount_to_capture",
            "amount_too_large",
        )
    charge = world.find("charge", intent["latest_charge"])
    charge.update(captured=True, amount_captured=amount)
    world.save(charge)
    intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
    merge_metadata(intent, params.get("metadata"))
    world.save(intent)
    world.emit("charge.captured", charge)
    world.emit("payment_intent.succeeded", intent)
    receipts.of_success(world, intent)
    world.later(world.setting("settle_seconds"), "settle", charge=charge["id"])
    return intent


def confirm(world: World, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Charge an intent online, with a saved card."""
    intent = world.find("payment_intent", object_id, "intent")
    require_unlocked(intent)
    require_free(intent, "confirm")
    if intent["status"] not in _EDITABLE:
        raise unexpected_state(intent, "confirm")
    return online.confirm(world, intent, params)


def listed(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Return a page of intents, by customer and moment."""
    customer = params.get("customer")
    return page(
        world,
        "payment_intent",
        params,
        "/v1/payment_intents",
        lambda one: within(one["created"], params.get("created")) and customer in (None, one["customer"]),
    )
