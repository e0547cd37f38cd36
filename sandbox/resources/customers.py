"""Customers and their cards: https://docs.stripe.com/api/customers , …/api/payment_methods ."""

from typing import Any

from sandbox import online
from sandbox.cards import MAGIC_METHODS
from sandbox.errors import invalid, refused
from sandbox.ids import random_text
from sandbox.listing import page, within
from sandbox.resources.attributes import merge_metadata, require_customer
from sandbox.world import World

_PLAIN = ("business_name", "description", "email", "individual_name", "name", "phone")


def create(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Create a customer, with a card when `payment_method` names one."""
    customer = world.make(
        "customer",
        address=params.get("address") or None,
        balance=0,
        currency=None,
        default_source=None,
        delinquent=False,
        discount=None,
        invoice_prefix=random_text(8).upper(),
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        metadata=dict(params.get("metadata") or {}),
        next_invoice_sequence=1,
        preferred_locales=params.get("preferred_locales", []),
        shipping=params.get("shipping") or None,
        tax_exempt=params.get("tax_exempt") or "none",
        test_clock=None,
        **{name: params.get(name) or None for name in ("description", "email", "name", "phone")},
    )
    customer |= {name: params[name] for name in ("business_name", "individual_name") if params.get(name)}
    world.save(customer)
    world.emit("customer.created", customer)
    if params.get("payment_method"):
        attach(world, {"customer": customer["id"]}, params["payment_method"])
    return customer


def retrieve(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Return a customer; of a deleted one only that it is deleted."""
    gone = world.peek("deleted_customer", object_id)
    return gone or world.find("customer", object_id, "id")


def update(world: World, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Change a customer and tell what changed."""
    customer = world.find("customer", object_id, "id")
    before = dict(customer)
    names = (*_PLAIN, "address", "shipping", "tax_exempt", "preferred_locales")
    customer.update({name: params[name] or None for name in names if name in params})
    if params.get("invoice_settings"):
        customer["invoice_settings"] = customer["invoice_settings"] | params["invoice_settings"]
    merge_metadata(customer, params.get("metadata"))
    world.save(customer)
    changed = {name: before.get(name) for name in customer if customer[name] != before.get(name)}
    if changed:
        world.emit("customer.updated", customer, changed)
    return customer


def delete(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Delete a customer and detach its cards."""
    customer = world.find("customer", object_id, "id")
    world.emit("customer.deleted", customer)
    for method in world.each("payment_method"):
        if method["customer"] == object_id:
            _detach(world, method)
    world.store.remove(object_id)
    gone = {"id": object_id, "object": "customer", "deleted": True}
    world.store.save(world.account["id"], "deleted_customer", gone)
    return gone


def listed(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Return a page of customers, by exact e-mail address and moment."""
    email = params.get("email")
    return page(
        world,
        "customer",
        params,
        "/v1/customers",
        lambda one: within(one["created"], params.get("created")) and email in (None, one["email"]),
    )


def retrieve_method(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Return a payment method."""
    return world.find("payment_method", object_id, "payment_method")


def update_method(world: World, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Change billing details, expiry, metadata or how the card may be shown again."""
    method = world.find("payment_method", object_id, "payment_method")
    before = {name: method[name] for name in ("allow_redisplay", "billing_details", "metadata", method["type"])}
    if "allow_redisplay" in params:
        method["allow_redisplay"] = params["allow_redisplay"]
    for name in ("billing_details", "card"):
        if name in params:
            method[name] = method[name] | params[name]
    merge_metadata(method, params.get("metadata"))
    world.save(method)
    changed = {name: value for name, value in before.items() if method[name] != value}
    if changed:
        world.emit("payment_method.updated", method, changed)
    return method


def attach(world: World, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Give a card to a customer. Raises a 400 for a card-present one, which cannot be kept."""
    if "customer" not in params:
        raise refused("Missing required param: customer.", "customer", "parameter_missing")
    require_customer(world, params["customer"])
    if object_id in MAGIC_METHODS:
        method = online.magic_method(world, object_id)
    else:
        method = world.find("payment_method", object_id, "payment_method")
    if method["type"] != "card":
        raise invalid(
            f"PaymentMethods of type {method['type']} cannot be attached to a customer.",
            "payment_method",
        )
    if method["customer"] and method["customer"] != params["customer"]:
        raise invalid("The payment method you provided has already been attached to a customer.")
    if method.get("_detached"):
        raise invalid(
            "This PaymentMethod was previously used without being attached to a Customer or was "
            "detached from a Customer, and may not be used again."
        )
    method["customer"] = params["customer"]
    world.save(method)
    world.emit("payment_method.attached", method)
    return method


def detach(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Take a card from its customer, for ever. Raises a 400 when it has none."""
    method = world.find("payment_method", object_id, "payment_method")
    if not method["customer"]:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    return _detach(world, method)


def _detach(world: World, method: dict[str, Any]) -> dict[str, Any]:
    previous = {"customer": method["customer"]}
    method.update(customer=None, _detached=True)
    world.save(method)
    world.emit("payment_method.detached", method, previous)
    return method


def methods_of(world: World, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Return a page of a customer's payment methods, by type."""
    world.find("customer", object_id, "customer")
    return _methods(world, params, object_id, f"/v1/customers/{object_id}/payment_methods")


def list_methods(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Return a page of payment methods that belong to a customer."""
    return _methods(world, params, params.get("customer"), "/v1/payment_methods")


def _methods(world: World, params: dict[str, Any], customer: str | None, url: str) -> dict[str, Any]:
    names = [name for name in ("type", "allow_redisplay") if name in params]

    def keep(method: dict[str, Any]) -> bool:
        owned = method["customer"] == customer if customer else method["customer"] is not None
        return owned and all(method[name] == params[name] for name in names)

    return page(world, "payment_method", params, url, keep)
