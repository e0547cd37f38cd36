"""Attributes that several resources share: metadata, customers, client secrets."""

from typing import Any

from sandbox.errors import invalid
from sandbox.ids import random_text
from sandbox.world import World


def merge_metadata(body: dict[str, Any], new: Any) -> None:
    """Apply a metadata parameter: names with an empty value go, an empty text unsets all.

    https://docs.stripe.com/api/metadata
    """
    if new is None:
        return
    if new == "":
        body["metadata"] = {}
        return
    merged = {**body["metadata"], **new}
    body["metadata"] = {name: value for name, value in merged.items() if value != ""}


def client_secret(object_id: str) -> str:
    """Return a client secret for an intent."""
    return f"{object_id}_secret_{random_text(25)}"


def require_customer(world: World, customer: str | None) -> None:
    """Raise the 404 for a customer that is missing or deleted."""
    if customer:
        world.find("customer", customer, "customer")


def allowed_types(world: World, asked: list[str] | None, currency: str | None) -> list[str]:
    """Return the payment method types that fit; the others are dropped without a word.

    https://docs.stripe.com/changelog/dahlia/2026-07-29/allowed-payment-method-types-parameter
    `currency` is None for a set-up intent. Raises a 400 for a word that is no type at all.
    """
    if asked is None:
        return ["card", "link"]
    for name in asked:
        if not (name.isascii() and name.replace("_", "").isalnum() and name.islower()):
            raise invalid(f"Invalid allowed_payment_method_types: {name}", "allowed_payment_method_types")
    inactive = world.account["_inactive_methods"]
    fits = [name for name in asked if name not in inactive and _fits(world, name, currency)]
    return list(dict.fromkeys(fits))


def _fits(world: World, name: str, currency: str | None) -> bool:
    if name == "interac_present":
        return world.country == "CA" and currency == "cad"
    if name == "card_present":
        return currency is None or currency == world.currency
    return name in ("card", "link")
