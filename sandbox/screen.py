"""What a reader's screen shows, as data."""

from typing import Any

from sandbox.countries import amount_text
from sandbox.device import SHOWN_SECONDS, fault, prompt
from sandbox.tapping import cancel_allowed
from sandbox.world import World, offline, public

_WAITING = {
    "process_payment_intent": "amount",
    "process_setup_intent": "save_card",
    "refund_payment": "refund",
}


def screen(world: World, reader: dict[str, Any]) -> dict[str, Any]:
    """Return the screen: {"state", "title", "text", "amount", "currency", "intent", …}.

    `state` is idle, amount, save_card, refund, cart, processing, pin, approved, declined, canceled,
    removed or offline; `amount` is in minor units.
    """
    device = reader["_device"]
    if fault(reader, "frozen") and device["still"]:
        return {**device["still"], "frozen": True}
    shown = _blank(world, reader)
    if device["stopped_at"] is not None or offline(device, world.now):
        return {**shown, "state": "offline", "title": "No connection"}
    outcome = device["outcome"]
    if outcome and device["phase"] in ("idle", "dead"):
        if world.now - outcome["at"] < SHOWN_SECONDS:
            return shown | _outcome(outcome) | _money(world, reader)
        return shown
    return shown | _busy(world, reader, device["phase"])


def _blank(world: World, reader: dict[str, Any]) -> dict[str, Any]:
    return {
        "state": "idle",
        "title": "Welcome",
        "text": world.account["_name"],
        "amount": None,
        "amount_text": "",
        "currency": None,
        "intent": None,
        "cancel_allowed": cancel_allowed(world, reader),
        "frozen": bool(fault(reader, "frozen")),
        "lines": [],
    }


def _outcome(outcome: dict[str, Any]) -> dict[str, Any]:
    titles = {
        "approved": ("Approved", "Please take your card"),
        "declined": ("Declined", outcome.get("text", "")),
        "canceled": ("Cancelled", "Nothing was charged"),
        "removed": ("Cancelled", "Please ask at the desk"),
    }
    title, text = titles[outcome["state"]]
    return {"state": outcome["state"], "title": title, "text": text}


def _busy(world: World, reader: dict[str, Any], phase: str) -> dict[str, Any]:
    action = reader["action"]
    if phase == "idle" or not action:
        return {}
    if phase == "authorizing":
        return {"state": "processing", "title": "Processing", "text": "Please wait"} | _money(world, reader)
    if phase == "pin":
        return {"state": "pin", "title": "Enter PIN", "text": "The test PIN is 1234"} | (_money(world, reader))
    if action["type"] == "set_reader_display":
        return _cart(action["set_reader_display"]["cart"])
    state = _WAITING[action["type"]]
    titles = {"amount": "Total", "save_card": "Save your card", "refund": "Refund"}
    text = "Tap, insert or swipe" if state != "refund" else "Insert the card that paid"
    return {"state": state, "title": titles[state], "text": text} | _money(world, reader)


def _money(world: World, reader: dict[str, Any]) -> dict[str, Any]:
    action = reader["action"] or {}
    amount, currency = None, None
    intent = world.peek("payment_intent", prompt(reader))
    if intent is not None:
        # The reader shows what it was sent: a later change of the intent needs a new command.
        amount = action[action["type"]].get("amount", reader["_device"].get("amount"))
        amount = intent["amount"] if amount is None else amount
        currency = intent["currency"]
    if amount is None or currency is None:
        return {"intent": prompt(reader)}
    return {
        "intent": prompt(reader),
        "amount": amount,
        "currency": currency,
        "amount_text": amount_text(amount, currency),
    }


def _cart(cart: dict[str, Any]) -> dict[str, Any]:
    currency = cart["currency"].lower()
    lines = [
        {
            "text": f"{line['quantity']} \u00d7 {line['description']}",
            "amount_text": amount_text(line["amount"] * line["quantity"], currency),
        }
        for line in cart["line_items"]
    ]
    return {
        "state": "cart",
        "title": "Total",
        "text": "",
        "amount": cart["total"],
        "currency": currency,
        "amount_text": amount_text(cart["total"], currency),
        "lines": lines,
    }


def state(world: World, reader: dict[str, Any]) -> dict[str, Any]:
    """Return reader, screen and faults together, for pages and tests."""
    device = reader["_device"]
    return {
        "id": reader["id"],
        "label": reader["label"],
        "device_type": reader["device_type"],
        "account": world.account["id"],
        "status": public(reader, world.now)["status"],
        "action": reader["action"],
        "phase": device["phase"],
        "software": device["software"],
        "faults": device["faults"],
        "screen": screen(world, reader),
    }
