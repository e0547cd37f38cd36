"""The bank's answer to a card on a reader: payment, set-up or refund."""

from typing import Any

from sandbox.cards import CARDS, DECLINED_ENDINGS, PIN_ENDINGS, Card, Decline
from sandbox.charging import announce, decline_on_reader, make_charge, succeed
from sandbox.details import Presented, charge_details, present_method
from sandbox.device import fail_action, succeed_action, take_fault
from sandbox.refunding import make_refund
from sandbox.saving import generate_from_charge, set_up_on_reader
from sandbox.world import World

_INTENTS = {"process_payment_intent": "payment_intent", "process_setup_intent": "setup_intent"}

_LOST = "The reader lost its connection while the card was being authorized."


def action_intent(world: World, reader: dict[str, Any]) -> dict[str, Any] | None:
    """Return the intent of the reader's action, or None (a refund, a display, nothing)."""
    action = reader["action"]
    if not action or action["type"] not in _INTENTS:
        return None
    kind = _INTENTS[action["type"]]
    return world.peek(kind, action[action["type"]][kind])


def stale(world: World, reader: dict[str, Any]) -> bool:
    """Tell whether the action's intent was paid, cancelled or taken up elsewhere meanwhile."""
    if reader["action"]["type"] not in _INTENTS:
        return False
    intent = action_intent(world, reader)
    return intent is None or intent["status"] != "requires_payment_method" or intent["_authorizing"]


def lock_intent(world: World, reader: dict[str, Any], authorizing: bool = True) -> dict[str, Any] | None:
    """Mark the intent as being authorized (or not any more), and return it."""
    intent = action_intent(world, reader)
    if intent is None:
        return None
    intent["_authorizing"] = authorizing
    if intent["object"] == "payment_intent" and world.setting("show_processing"):
        intent["status"] = "processing" if authorizing else "requires_payment_method"
    return world.save(intent)


def authorize(world: World, reader: dict[str, Any]) -> str | None:
    """Answer for the presented card. Return the soft decline's code when a PIN is needed."""
    device = reader["_device"]
    world.muted = device.get("dead") == "silent"
    try:
        return _answer(world, reader, device)
    finally:
        world.muted = False


def _answer(world: World, reader: dict[str, Any], device: dict[str, Any]) -> str | None:
    card = CARDS[device["seen"]["number"]]
    seen = Presented(card, device["seen"]["method"], reader, device["seen"]["pin"])
    kind = reader["action"]["type"]
    if kind == "process_setup_intent":
        _set_up(world, reader, seen)
        return None
    if kind == "refund_payment":
        _refund(world, reader, seen)
        return None
    return _pay(world, reader, seen)


def _pay(world: World, reader: dict[str, Any], seen: Presented) -> str | None:
    intent = lock_intent(world, reader, False)
    assert intent is not None  # present() refused a stale action, and the lock kept it so
    lost = take_fault(world, reader, "connection_error")
    if lost == "not_charged":
        fail_action(world, reader, "connection_error", _LOST)
        return None
    soft = _soft_decline(intent, seen)
    if soft:
        decline_on_reader(world, intent, seen, ("card_declined", soft), True)
        lock_intent(world, reader)
        return soft
    decline = _decline(intent, seen, reader["_device"]["seen"])
    if decline:
        error = decline_on_reader(world, intent, seen, decline, False)
        _finish(world, reader, lost, error)
        return None
    method = present_method(seen, world)
    details = charge_details(seen, world, intent["amount"], True, None)
    charge = make_charge(world, intent, details, method["id"], intent["amount"])
    config = reader["action"]["process_payment_intent"].get("process_config") or {}
    generate_from_charge(world, intent, charge, seen, config.get("allow_redisplay", "unspecified"))
    announce(world, charge)
    succeed(world, intent, charge, method["id"])
    _finish(world, reader, lost, None)
    return None


def _soft_decline(intent: dict[str, Any], seen: Presented) -> str | None:
    """Return the code that asks for a PIN, by card (when tapped) or by amount."""
    if seen.pin or seen.method == "phone":
        return None
    if seen.card.pin and seen.method == "tap":
        return seen.card.pin
    return PIN_ENDINGS.get(intent["amount"] % 100)


def _decline(intent: dict[str, Any], seen: Presented, entered: dict[str, Any]) -> Decline | None:
    if entered.get("gave_up"):
        return "card_declined", entered["gave_up"]
    if entered.get("wrong_pin"):
        return "card_declined", "incorrect_pin"
    if seen.type not in intent["payment_method_types"]:
        return "card_declined", "card_not_supported"
    if seen.card.interac and intent["capture_method"] == "manual":
        return "card_declined", "card_not_supported"
    return seen.card.decline or _ending(intent["amount"])


def _ending(amount: int) -> Decline | None:
    """Return the decline that the last two digits of an amount in minor units ask for."""
    code = DECLINED_ENDINGS.get(amount % 100)
    return ("card_declined", code) if code else None


def _set_up(world: World, reader: dict[str, Any], seen: Presented) -> None:
    intent = lock_intent(world, reader, False)
    assert intent is not None  # present() refused a stale action, and the lock kept it so
    lost = take_fault(world, reader, "connection_error")
    if lost == "not_charged":
        fail_action(world, reader, "connection_error", _LOST)
        return
    body = reader["action"]["process_setup_intent"]
    error, card = set_up_on_reader(world, intent, seen, reader["_device"]["redisplay"])
    body["generated_card"] = card
    _finish(world, reader, lost, error)


def _refund(world: World, reader: dict[str, Any], seen: Presented) -> None:
    """Refund an Interac charge with the same card: https://docs.stripe.com/terminal/features/refunds"""
    body = reader["action"]["refund_payment"]
    charge = world.find("charge", body["charge"])
    lost = take_fault(world, reader, "connection_error")
    same = _same_card(charge, seen.card)
    decline: Decline | None = None if same else ("card_declined", "card_not_supported")
    if same and body["amount"] < charge["amount"]:
        decline = _ending(body["amount"])
    if lost == "not_charged" or decline:
        code = "connection_error" if lost else "card_declined"
        fail_action(world, reader, code, _LOST if lost else "The card was declined.")
        return
    refund = make_refund(world, charge, body["amount"], body["reason"], body["metadata"] or {})
    body["refund"] = refund["id"]
    _finish(world, reader, lost, None)


def _same_card(charge: dict[str, Any], card: Card) -> bool:
    details = charge["payment_method_details"].get("interac_present")
    return card.interac and details is not None and details["last4"] == card.last4


def _finish(world: World, reader: dict[str, Any], lost: Any, error: dict[str, Any] | None) -> None:
    """End the action, unless the reader died after the tap: then it stays in progress for ever."""
    if reader["_device"].get("dead"):
        reader["_device"].update(phase="dead", seen=None)
        world.save(reader)
    elif lost:
        fail_action(world, reader, "connection_error", _LOST)
    elif error:
        fail_action(world, reader, "card_declined", error["message"], error=error)
    else:
        succeed_action(world, reader)
