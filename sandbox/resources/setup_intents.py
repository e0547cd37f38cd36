"""SetupIntents and their attempts: https://docs.stripe.com/api/setup_intents ."""

from typing import Any

from sandbox import online
from sandbox.errors import invalid
from sandbox.ids import new_id
from sandbox.listing import page, within
from sandbox.resources.attributes import (
    allowed_types,
    client_secret,
    merge_metadata,
    require_customer,
)
from sandbox.resources.payment_intents import require_free, require_unlocked, unexpected_state
from sandbox.saving import set_up_online
from sandbox.world import World

_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_EMPTY = [
    "application",
    "automatic_payment_methods",
    "cancellation_reason",
    "customer",
    "description",
    "flow_directions",
    "last_setup_error",
    "latest_attempt",
    "mandate",
    "next_action",
    "on_behalf_of",
    "payment_method",
    "payment_method_configuration_details",
    "single_use_mandate",
]


def create(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Create a set-up intent, and confirm it at once with `confirm=true` and a card."""
    require_customer(world, params.get("customer"))
    object_id = new_id("setup_intent")
    intent = {
        "id": object_id,
        "object": "setup_intent",
        **dict.fromkeys(_EMPTY),
        "client_secret": client_secret(object_id),
        "created": int(world.now),
        "customer": params.get("customer"),
        "description": params.get("description"),
        "livemode": False,
        "metadata": dict(params.get("metadata") or {}),
        "payment_method_options": params.get("payment_method_options") or {},
        "payment_method_types": allowed_types(world, params.get("allowed_payment_method_types"), None),
        "status": "requires_payment_method",
        "usage": params.get("usage", "off_session"),
        "_authorizing": False,
    }
    world.save(intent)
    world.emit("setup_intent.created", intent)
    if params.get("payment_method"):
        online.require_method(world, params["payment_method"], intent["customer"])
        intent["payment_method"] = online.use_method(world, params["payment_method"])
        intent["status"] = "requires_confirmation"
        world.save(intent)
    return _confirm(world, intent) if params.get("confirm") else intent


def _confirm(world: World, intent: dict[str, Any]) -> dict[str, Any]:
    """Keep a card that was given online (a saved one, or a test token)."""
    if not intent["payment_method"]:
        raise invalid("You cannot confirm this SetupIntent because it's missing a payment method.",
                      code="setup_intent_unexpected_state")  # fmt: skip
    set_up_online(world, intent, world.find("payment_method", intent["payment_method"]))
    return intent


def retrieve(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Return a set-up intent."""
    return world.find("setup_intent", object_id, "intent")


def update(world: World, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Change a set-up intent that is not finished."""
    intent = world.find("setup_intent", object_id, "intent")
    require_unlocked(intent)
    if intent["status"] not in _OPEN and set(params) - {"metadata", "description", "expand"}:
        raise unexpected_state(intent, "update")
    require_customer(world, params.get("customer"))
    for name in ("customer", "description"):
        if name in params:
            intent[name] = params[name] or None
    if "allowed_payment_method_types" in params:
        asked = params["allowed_payment_method_types"]
        intent["payment_method_types"] = allowed_types(world, asked, None)
    merge_metadata(intent, params.get("metadata"))
    return world.save(intent)


def cancel(world: World, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Cancel a set-up intent that is not finished."""
    intent = world.find("setup_intent", object_id, "intent")
    require_unlocked(intent)
    require_free(intent, "cancel")
    if intent["status"] not in _OPEN:
        raise unexpected_state(intent, "cancel")
    intent["status"] = "canceled"
    intent["cancellation_reason"] = params.get("cancellation_reason")
    world.save(intent)
    world.emit("setup_intent.canceled", intent)
    return intent


def listed(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Return a page of set-up intents, by customer, payment method and moment."""
    names = [name for name in ("customer", "payment_method") if name in params]
    return page(
        world,
        "setup_intent",
        params,
        "/v1/setup_intents",
        lambda one: within(one["created"], params.get("created")) and all(one[name] == params[name] for name in names),
    )


def attempts(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Return a page of the attempts of one set-up intent."""
    return page(
        world,
        "setup_attempt",
        params,
        "/v1/setup_attempts",
        lambda one: one["setup_intent"] == params["setup_intent"] and within(one["created"], params.get("created")),
    )
