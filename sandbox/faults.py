"""Mischief on an account's calls and webhooks.

A fault is {"id", "kind", "match", "nth", "times", "seen", …}. `match` is the beginning of
"METHOD /path" (or of an event's type), `nth` the first matching call it strikes, `times` how many
calls it strikes (null: for ever).
"""

from collections.abc import Callable
from typing import Any, Protocol

from sandbox.ids import new_id
from sandbox.store import Store


class Holder(Protocol):
    """Whatever has faults: an account of Stripe, a site of SALTO KS."""

    store: Store

    def each(self, kind: str) -> list[dict[str, Any]]:
        """Return its objects of a kind, newest first."""
        ...

    def save(self, body: dict[str, Any]) -> dict[str, Any]:
        """Keep an object."""
        ...


BEFORE = ("request_lost", "status", "error_before", "unavailable")
AFTER = ("answer_lost", "error_after")
CALLS = (*BEFORE, *AFTER, "slow")
HOOKS = (
    "webhook_lost",
    "webhook_doubled",
    "webhook_late",
    "webhook_reordered",
    "webhook_wrong_signature",
    "webhook_paused",
)
KINDS = (*CALLS, *HOOKS)


def add(world: Holder, fault: dict[str, Any], kinds: tuple[str, ...] = KINDS) -> dict[str, Any]:
    """Switch a fault on and return it with its id. Raises ValueError for an unknown kind."""
    if fault.get("kind") not in kinds:
        raise ValueError(f"kind must be one of {', '.join(kinds)}")
    # A paused or reordered delivery is a state; the others strike once unless told otherwise.
    lasting = fault["kind"] in ("webhook_paused", "webhook_reordered")
    body = {
        "match": "",
        "nth": 1,
        "times": None if lasting else 1,
        "seconds": 0,
        **fault,
        "id": new_id("fault"),
        "object": "fault",
        "seen": 0,
    }
    return world.save(body)


def strikes(
    world: Holder, kinds: tuple[str, ...], what: str, fits: Callable[[dict[str, Any]], bool] = lambda _: True
) -> list[dict[str, Any]]:
    """Return the faults that strike this call or event, oldest first, and count it. `fits` leaves some out."""
    struck = []
    for fault in reversed(world.each("fault")):
        if fault["kind"] not in kinds or not what.startswith(fault["match"]) or not fits(fault):
            continue
        fault["seen"] += 1
        world.save(fault)
        if fault["seen"] < fault["nth"]:
            continue
        last = None if fault["times"] is None else fault["nth"] + fault["times"] - 1
        if last is None or fault["seen"] <= last:
            struck.append(dict(fault))
        if last is not None and fault["seen"] >= last:
            world.store.remove(fault["id"])
    return struck


def active(world: Holder, kind: str) -> bool:
    """Tell whether a lasting fault is switched on."""
    return any(fault["kind"] == kind for fault in world.each("fault"))
