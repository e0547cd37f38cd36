"""Readers: https://docs.stripe.com/api/terminal/readers ."""

import secrets
from typing import Any

from sandbox.countries import NO_WISEPOS
from sandbox.device import new_device
from sandbox.errors import invalid
from sandbox.ids import new_id
from sandbox.listing import page
from sandbox.resources.attributes import merge_metadata
from sandbox.world import World, public

_SIMULATED = {
    "simulated-wpe": "simulated_wisepos_e",
    "simulated-s700": "simulated_stripe_s700",
    "simulated-s710": "simulated_stripe_s710",
}
_WISEPOS = ("bbpos_wisepos_e", "simulated_wisepos_e")


def create(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Register a reader by the code it shows. Raises a 400 for a code that is wrong or used."""
    code = params["registration_code"]
    location = params.get("location")
    place = world.find("terminal.location", location, "location") if location else None
    model, serial, unboxed = _device_of(world, code)
    country = place["address"]["country"] if place else world.country
    if model in _WISEPOS and country in NO_WISEPOS:
        raise invalid(
            "This reader model cannot be used in the country of its location.",
            "location",
            "terminal_reader_invalid_location_for_activation",
        )
    if unboxed:
        unboxed["registered"] = True
        world.save(unboxed)
    reader: dict[str, Any] = {
        "id": new_id("terminal.reader"),
        "object": "terminal.reader",
        "action": None,
        "device_sw_version": None,
        "device_type": model,
        "ip_address": "0.0.0.0",
        "label": params.get("label") or (code if unboxed else serial),
        "last_seen_at": None,
        "livemode": False,
        "location": location,
        "metadata": dict(params.get("metadata") or {}),
        "serial_number": serial,
        "status": "online",
        "_device": new_device(model),
    }
    reader["device_sw_version"] = reader["_device"]["software"]
    return world.save(reader)


def _device_of(world: World, code: str) -> tuple[str, str, dict[str, Any] | None]:
    """Return model, serial number and, for an unboxed device, its record."""
    if code in _SIMULATED:
        digits = secrets.token_hex(5)
        serial = f"{code}-{digits[:3]}-{digits[3:6]}-{digits[6:8]}-{digits[8:]}"
        return _SIMULATED[code], serial, None
    for device in world.each("device"):
        if device["code"] == code and not device["registered"]:
            return device["model"], device["serial_number"], device
    raise invalid(
        "The registration code you provided is invalid or has already been used.",
        "registration_code",
    )


def retrieve(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Return a reader."""
    return world.find("terminal.reader", object_id, "reader")


def update(world: World, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Change label and metadata; the location of a reader cannot be changed."""
    reader = world.find("terminal.reader", object_id, "reader")
    if "label" in params:
        reader["label"] = params["label"] or reader["serial_number"]
    merge_metadata(reader, params.get("metadata"))
    return world.save(reader)


def delete(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Forget a reader."""
    reader = world.find("terminal.reader", object_id, "reader")
    world.store.remove(reader["id"])
    return {"id": object_id, "object": "terminal.reader", "deleted": True}


def listed(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Return a page of readers, by location, state, type or serial number."""
    names = [name for name in ("device_type", "location", "serial_number", "status") if name in params]

    def keep(reader: dict[str, Any]) -> bool:
        shown = public(reader, world.now)
        return all(shown[name] == params[name] for name in names)

    return page(world, "terminal.reader", params, "/v1/terminal/readers", keep)
