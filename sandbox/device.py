"""The reader itself: one action slot, what it is doing, and what may be wrong with it.

Replace-before-card, busy only while a card is worked on:
https://docs.stripe.com/terminal/payments/collect-card-payment?terminal-sdk-platform=server-driven#reader-busy
"""

from typing import Any

from sandbox.errors import ApiError, invalid
from sandbox.world import World, offline

# How often each fault strikes unless told otherwise; None means until it is switched off.
FAULTS: dict[str, int | None] = {
    "offline": None,
    "no_heartbeat": None,
    "busy": None,
    "frozen": None,
    "hardware_fault": None,
    "slow": 1,
    "dies_after_tap": 1,
    "connection_error": 1,
    "ack_timeout": 1,
}

SHOWN_SECONDS = 4.0


def new_device(model: str, software: str = "2.43.1.0") -> dict[str, Any]:
    """Return the state of a device that was just unpacked."""
    return {
        "model": model,
        "software": software,
        "phase": "idle",
        "run": 0,
        "faults": {},
        "seen": None,
        "outcome": None,
        "stopped_at": None,
        "held": False,
        "still": None,
    }


def fault(reader: dict[str, Any], name: str) -> Any:
    """Return the value of a fault that is switched on, or None."""
    found = reader["_device"]["faults"].get(name)
    return found["value"] if found else None


def take_fault(world: World, reader: dict[str, Any], name: str) -> Any:
    """Return the value of a fault and use it up once; None when it is not switched on."""
    faults = reader["_device"]["faults"]
    found = faults.get(name)
    if found is None:
        return None
    if found["left"] is not None:
        found["left"] -= 1
        if found["left"] <= 0:
            del faults[name]
        world.save(reader)
    return found["value"]


def require_reachable(world: World, reader: dict[str, Any]) -> None:
    """Raise what Stripe answers when a command cannot get to the reader.

    Codes: https://docs.stripe.com/error-codes
    """
    device = reader["_device"]
    if fault(reader, "hardware_fault"):
        raise invalid(
            "The reader has a hardware fault. Contact support with its serial number.",
            code="terminal_reader_hardware_fault",
        )
    if offline(device, world.now):
        raise invalid(
            "Reader is currently offline, please ensure the reader is powered on and connected to "
            "the internet before retrying your request.",
            code="terminal_reader_offline",
        )
    if device["stopped_at"] is not None:
        raise timed_out()


def require_free(reader: dict[str, Any]) -> None:
    """Raise `terminal_reader_busy` while a card is being worked on."""
    if fault(reader, "busy") or reader["_device"]["phase"] in ("authorizing", "pin"):
        raise invalid(
            "Reader is currently busy processing another request, please reference the "
            "integration guide for more information.",
            code="terminal_reader_busy",
        )


def timed_out() -> ApiError:
    """Return the 400 for a command that nobody acknowledged. Whether it landed is not known."""
    return ApiError(
        400,
        "There was a timeout when sending this command to the reader.",
        code="terminal_reader_timeout",
        keep=True,
    )


def prompt(reader: dict[str, Any]) -> str | None:
    """Return the intent (or charge) the slot is about, whatever became of it."""
    action = reader["action"]
    if not action:
        return None
    body = action.get(action["type"]) or {}
    found = body.get("payment_intent") or body.get("setup_intent") or body.get("charge")
    return str(found) if found else None


def put_action(world: World, reader: dict[str, Any], kind: str, body: dict[str, Any]) -> None:
    """Put a command in the slot, replacing what was there; the reader then waits for a card."""
    action = {
        "failure_code": None,
        "failure_message": None,
        kind: body,
        "status": "in_progress",
        "type": kind,
    }
    previous = reader["action"]
    before = prompt(reader)
    reader["action"] = action
    if previous and previous["status"] == "in_progress":
        _remember(world, reader, "replaced", previous, before, prompt(reader))
    device = reader["_device"]
    device.update(
        phase="display" if kind == "set_reader_display" else "waiting",
        run=device["run"] + 1,
        seen=None,
        outcome=None,
        held=False,
    )
    world.save(reader)
    wait = world.setting("collect_seconds")
    if wait and device["phase"] == "waiting":
        world.later(wait, "collect_ends", reader=reader["id"], run=device["run"])


def clear_action(world: World, reader: dict[str, Any]) -> None:
    """Empty the slot, as cancel_action does: the intent stays as it is, and no event is made."""
    previous = reader["action"]
    before = prompt(reader)
    device = reader["_device"]
    if previous and previous["status"] == "in_progress":
        _remember(world, reader, "cancelled", previous, before, None)
        if previous["type"] != "set_reader_display":
            device["outcome"] = {"state": "removed", "at": world.now}
    reader["action"] = None
    device.update(phase="idle", run=device["run"] + 1, seen=None, held=False)
    world.save(reader)


def _remember(
    world: World,
    reader: dict[str, Any],
    what: str,
    action: dict[str, Any],
    victim: str | None,
    actor: str | None,
) -> None:
    """Write down whose waiting action was replaced or cancelled, and by which call."""
    world.store.write_log(
        world.account["id"],
        "touch",
        {
            "at": world.now,
            "reader": reader["id"],
            "what": what,
            "victim_type": action["type"],
            "victim": victim,
            "by": actor,
            "request": world.request.get("id"),
            "idempotency_key": world.request.get("idempotency_key"),
            "path": world.request.get("path"),
        },
    )


def succeed_action(world: World, reader: dict[str, Any]) -> None:
    """End the action well and tell so."""
    _end(world, reader, "succeeded", {"state": "approved", "at": world.now})
    world.emit("terminal.reader.action_succeeded", reader)


def fail_action(
    world: World,
    reader: dict[str, Any],
    code: str,
    message: str,
    *,
    error: dict[str, Any] | None = None,
    state: str = "declined",
) -> None:
    """End the action badly and tell so. `error` is the API error, None when the reader caused it.

    Only reader software from 2.42 on reports the API error:
    https://docs.stripe.com/changelog/dahlia/2026-05-27/terminal-reader-action-failures-error-details
    """
    action = reader["action"]
    action["failure_code"] = code
    action["failure_message"] = message
    version = tuple(int(part) for part in reader["_device"]["software"].split(".")[:2])
    action["api_error"] = error if version >= (2, 42) else None
    _end(world, reader, "failed", {"state": state, "at": world.now, "text": message})
    world.emit("terminal.reader.action_failed", reader)


def _end(world: World, reader: dict[str, Any], status: str, outcome: dict[str, Any]) -> None:
    reader["action"]["status"] = status
    reader["_device"].update(phase="idle", seen=None, outcome=outcome, held=False)
    world.save(reader)
