"""From the card to the bank's answer: presenting, PIN, customer's cancel, dying readers.

https://docs.stripe.com/terminal/payments/regional (one tap may make two charges)
"""

from typing import Any

from sandbox.authorizing import authorize, lock_intent, stale
from sandbox.cards import Card
from sandbox.device import fail_action, fault, take_fault
from sandbox.world import World, offline

Result = tuple[bool, str]

DONE: Result = (True, "")


def present(world: World, reader: dict[str, Any], card: Card, method: str, enter_pin: bool = False) -> Result:
    """Hold a card to a reader; return whether the reader took it, and if not, why.

    With `enter_pin` a PIN that is asked for is entered at once, as simulated readers do.
    """
    device = reader["_device"]
    if device["stopped_at"] is not None or offline(device, world.now):
        return False, "The reader is not connected."
    if fault(reader, "frozen"):
        return False, "The reader is frozen."
    if device["phase"] != "waiting":
        return False, "The reader is not waiting for a card."
    seen = {"number": card.number, "method": method, "pin": False, "enter_pin": enter_pin}
    if stale(world, reader):
        _invalid_state(world, reader)
        return DONE
    device.update(phase="authorizing", seen=seen, outcome=None)
    lock_intent(world, reader)
    died = take_fault(world, reader, "dies_after_tap")
    if died:
        device["stopped_at"] = world.now
        device["dead"] = "silent" if died == "silent" else "yes"
    world.save(reader)
    _after_a_while(world, reader)
    return DONE


def _after_a_while(world: World, reader: dict[str, Any]) -> None:
    seconds = world.setting("authorize_seconds")
    data = {"reader": reader["id"], "run": reader["_device"]["run"]}
    if seconds:
        world.later(seconds, "authorized", **data)
    else:
        authorized(world, data)


def _invalid_state(world: World, reader: dict[str, Any]) -> None:
    fail_action(
        world,
        reader,
        "intent_invalid_state",
        "The intent is no longer in a state that allows this action.",
    )


def authorized(world: World, data: dict[str, Any]) -> None:
    """Let the bank answer for the card that was presented."""
    reader = _current(world, data, "authorizing")
    if reader is None:
        return
    device = reader["_device"]
    if fault(reader, "frozen"):
        device["held"] = True
        world.save(reader)
        return
    soft = authorize(world, reader)
    if not soft:
        return
    device.update(phase="pin", soft=soft)
    world.save(reader)
    if device["seen"]["enter_pin"]:
        enter_pin(world, reader, "1234")
    else:
        world.later(world.setting("pin_seconds"), "pin_ends", reader=reader["id"], run=device["run"])


def enter_pin(world: World, reader: dict[str, Any], pin: str) -> Result:
    """Enter a PIN: 1234 is right for an offline PIN, any four digits for an online one."""
    device = reader["_device"]
    if device["phase"] != "pin" or fault(reader, "frozen"):
        return False, "The reader is not asking for a PIN."
    if not (pin.isascii() and pin.isdigit() and len(pin) == 4):
        return False, "A PIN has four digits."
    wrong = device["soft"] == "offline_pin_required" and pin != "1234"
    device["phase"] = "authorizing"
    device["seen"] |= {"pin": True, "wrong_pin": wrong}
    world.save(reader)
    _after_a_while(world, reader)
    return DONE


def pin_ends(world: World, data: dict[str, Any]) -> None:
    """End a payment for which nobody entered the PIN."""
    reader = _current(world, data, "pin")
    if reader is not None:
        device = reader["_device"]
        device["seen"] |= {"pin": True, "gave_up": device["soft"]}
        device["phase"] = "authorizing"
        authorize(world, reader)


def customer_cancels(world: World, reader: dict[str, Any]) -> Result:
    """Press the reader's cancel button, which is there only if the call allowed it."""
    if not cancel_allowed(world, reader):
        return False, "The reader shows no cancel button."
    intent = lock_intent(world, reader, False)
    if intent is not None:
        world.save(intent)
    fail_action(
        world,
        reader,
        "customer_canceled",
        "This action could not be completed due to an error on the card reader.",
        state="canceled",
    )
    return DONE


def cancel_allowed(world: World, reader: dict[str, Any]) -> bool:
    """Tell whether the reader shows a cancel button."""
    device = reader["_device"]
    action = reader["action"]
    gone = device["stopped_at"] is not None or offline(device, world.now)
    if gone or fault(reader, "frozen") or device["phase"] not in ("waiting", "pin") or not action:
        return False
    body = action[action["type"]]
    config = body.get("process_config") or body.get("refund_payment_config") or {}
    return bool(config.get("enable_customer_cancellation"))


def collect_ends(world: World, data: dict[str, Any]) -> None:
    """Give up waiting for a card, where the account's setting says that readers do."""
    reader = _current(world, data, "waiting")
    if reader is not None:
        fail_action(world, reader, "customer_canceled", "No card was presented in time.", state="canceled")


def thaw(world: World, reader: dict[str, Any]) -> None:
    """Go on where a frozen reader stopped."""
    device = reader["_device"]
    if device["held"]:
        device["held"] = False
        authorized(world, {"reader": reader["id"], "run": device["run"]})


def _current(world: World, data: dict[str, Any], phase: str) -> dict[str, Any] | None:
    """Return the reader if it is still in the same action and phase as when the job was made."""
    reader = world.peek("terminal.reader", data["reader"])
    if reader is None:
        return None
    device = reader["_device"]
    return reader if device["run"] == data["run"] and device["phase"] == phase else None
