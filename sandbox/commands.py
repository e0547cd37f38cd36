"""Sending a command to a reader: checks, slow wires, lost acknowledgements, landing.

Errors: https://docs.stripe.com/terminal/payments/collect-card-payment?terminal-sdk-platform=server-driven#handle-errors
"""

from typing import Any

from sandbox.countries import TERMINAL_CURRENCY
from sandbox.device import (
    put_action,
    require_free,
    require_reachable,
    take_fault,
    timed_out,
)
from sandbox.errors import invalid, locked
from sandbox.world import World

Command = dict[str, Any]


class Underway(Exception):
    """A slow command: it lands in `seconds`. `answer` is late (the caller waits) or lost."""

    def __init__(self, seconds: float, answer: str) -> None:
        super().__init__(f"lands in {seconds} s")
        self.seconds = seconds
        self.answer = answer


def send(world: World, reader: dict[str, Any], command: Command) -> dict[str, Any]:
    """Send a command; return the reader with the command in its slot.

    A command is {"type", "body", "redisplay", "intent": [kind, id] or None}. Raises the 400s of a
    reader that cannot take it, `terminal_reader_timeout` in both flavours, or Underway.
    """
    check(world, reader, command)
    require_reachable(world, reader)
    slow = take_fault(world, reader, "slow")
    if slow is not None:
        data = {"reader": reader["id"], "command": command, "key": world.request.get("key")}
        world.later(slow["seconds"], "land", **data, request=world.request)
        raise Underway(slow["seconds"], slow.get("answer", "late"))
    require_free(reader)
    lost = take_fault(world, reader, "ack_timeout")
    if lost is None:
        return land(world, reader, command)
    if lost["kind"] == "delivered":
        data = {"reader": reader["id"], "command": command, "key": None}
        if lost.get("seconds"):
            world.later(lost["seconds"], "land", **data, request=world.request)
        else:
            land(world, reader, command)
    raise timed_out()


def land(world: World, reader: dict[str, Any], command: Command) -> dict[str, Any]:
    """Let a command arrive: it replaces whatever waits there for a card."""
    put_action(world, reader, command["type"], command["body"])
    # The screen shows the amount that was sent, even if the intent changes afterwards.
    intent = world.peek(*command["intent"]) if command["intent"] else None
    device = reader["_device"]
    device.update(redisplay=command["redisplay"], amount=intent.get("amount") if intent else None)
    return world.save(reader)


def land_late(world: World, data: dict[str, Any]) -> dict[str, Any]:
    """Let a command arrive that was underway, if the reader and the intent still take it."""
    reader = world.find("terminal.reader", data["reader"], "reader")
    check(world, reader, data["command"])
    require_reachable(world, reader)
    require_free(reader)
    return land(world, reader, data["command"])


def check(world: World, reader: dict[str, Any], command: Command) -> None:
    """Raise the 400 of a reader at a wrong place, or of an intent in a wrong state."""
    if command["type"] == "set_reader_display":
        return
    country = _country(world, reader)
    if command["intent"] is None:
        return
    kind, object_id = command["intent"]
    intent = world.find(kind, object_id, kind)
    if intent["_authorizing"]:
        raise locked()
    if intent["status"] != "requires_payment_method":
        name = "PaymentIntent" if kind == "payment_intent" else "SetupIntent"
        raise invalid(
            f"{name} {object_id} is in status {intent['status']}; it must be in "
            "requires_payment_method to be processed on a reader.",
            kind,
            "intent_invalid_state",
        )
    if not {"card_present", "interac_present"} & set(intent["payment_method_types"]):
        raise invalid(
            "The payment_method_types of an intent that is processed on a reader must include card_present.",
            kind,
        )
    if kind == "payment_intent" and TERMINAL_CURRENCY.get(country) != intent["currency"]:
        raise invalid(f"The currency {intent['currency']} cannot be used with a reader in {country}.", kind)


def _country(world: World, reader: dict[str, Any]) -> str:
    location = world.peek("terminal.location", reader["location"])
    if location is None or location["address"]["country"] != world.country:
        raise invalid(
            "The location of this reader is not valid for this payment.",
            code="terminal_reader_invalid_location_for_payment",
        )
    return str(location["address"]["country"])
