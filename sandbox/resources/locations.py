"""Locations: https://docs.stripe.com/api/terminal/locations ."""

from typing import Any

from sandbox.errors import invalid, refused
from sandbox.ids import new_id
from sandbox.listing import page
from sandbox.resources.attributes import merge_metadata
from sandbox.world import World

_JAPANESE = ("address_kana", "address_kanji", "display_name_kana", "display_name_kanji", "phone")
_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


def create(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Create a location; `address[country]` is needed when there is an address."""
    address = params.get("address") or {}
    _check_country(address)
    body = {
        "id": new_id("terminal.location"),
        "object": "terminal.location",
        "address": dict.fromkeys(_ADDRESS) | {"country": world.country} | address,
        "display_name": params.get("display_name", ""),
        "livemode": False,
        "metadata": dict(params.get("metadata") or {}),
    }
    body |= {name: params[name] for name in _JAPANESE if name in params}
    return world.save(body)


def _check_country(address: dict[str, Any]) -> None:
    country = address.get("country")
    if country and not (len(country) == 2 and country.isalpha() and country.isupper()):
        raise refused(
            f"Country '{country}' is unknown. Try using a 2-character alphanumeric country code "
            "instead, such as 'US', 'EG', or 'GB'.",
            "address[country]",
        )


def retrieve(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Return a location."""
    return world.find("terminal.location", object_id, "location")


def update(world: World, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Change a location. Raises a 400 for another country: that needs a new location."""
    body = world.find("terminal.location", object_id, "location")
    address = params.get("address") or {}
    if address.get("country", body["address"]["country"]) != body["address"]["country"]:
        raise invalid("The country of a location cannot be changed.", "address[country]")
    body["address"] |= address
    for name in ("display_name", *_JAPANESE):
        if name in params:
            body[name] = params[name]
    merge_metadata(body, params.get("metadata"))
    return world.save(body)


def delete(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Forget a location; its readers stay, but take no payments any more."""
    world.find("terminal.location", object_id, "location")
    world.store.remove(object_id)
    return {"id": object_id, "object": "terminal.location", "deleted": True}


def listed(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Return a page of locations."""
    return page(world, "terminal.location", params, "/v1/terminal/locations")
