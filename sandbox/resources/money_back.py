"""Charges and refunds: https://docs.stripe.com/api/charges , …/api/refunds ."""

from typing import Any

from sandbox.errors import invalid, refused
from sandbox.listing import page, within
from sandbox.refunding import make_refund, refundable
from sandbox.resources.attributes import merge_metadata
from sandbox.world import World


def retrieve_charge(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Return a charge."""
    return world.find("charge", object_id, "id")


def list_charges(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Return a page of charges, by customer, intent and moment."""
    return _listed(world, params, "charge", "/v1/charges", ("customer", "payment_intent", "transfer_group"))


def create(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Refund a charge or the paid charge of an intent; `amount` in minor units, default all of it.

    Raises a 400 for an Interac charge, which can only be refunded on a reader.
    """
    charge = _charge(world, params)
    if charge["payment_method_details"]["type"] == "interac_present":
        raise invalid(
            "Interac charges can only be refunded in person, with the same card on a reader.",
            "charge",
        )
    amount = refundable(world, charge, params.get("amount"))
    reason = params.get("reason")
    return make_refund(world, charge, amount, reason, dict(params.get("metadata") or {}))


def _charge(world: World, params: dict[str, Any]) -> dict[str, Any]:
    if params.get("payment_intent"):
        intent = world.find("payment_intent", params["payment_intent"], "payment_intent")
        if not intent["latest_charge"] or intent["status"] != "succeeded":
            raise invalid(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                "payment_intent",
            )
        return world.find("charge", intent["latest_charge"], "charge")
    if params.get("charge"):
        return world.find("charge", params["charge"], "charge")
    raise refused("One of the following params should be provided for this request: payment_intent or charge.")


def retrieve(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Return a refund."""
    return world.find("refund", object_id, "id")


def update(world: World, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Change the metadata of a refund."""
    refund = world.find("refund", object_id, "id")
    merge_metadata(refund, params.get("metadata"))
    return world.save(refund)


def listed(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Return a page of refunds, by charge, intent and moment."""
    return _listed(world, params, "refund", "/v1/refunds", ("charge", "payment_intent"))


def _listed(world: World, params: dict[str, Any], kind: str, url: str, names: tuple[str, ...]) -> dict[str, Any]:
    asked = [name for name in names if name in params]
    return page(
        world,
        kind,
        params,
        url,
        lambda one: within(one["created"], params.get("created")) and all(one[name] == params[name] for name in asked),
    )
