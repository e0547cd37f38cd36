"""What becomes due by itself as the clock goes on."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.charging import settle
from sandbox.commands import land_late
from sandbox.errors import ApiError
from sandbox.expand import render
from sandbox.idempotency import remember
from sandbox.refunding import refund_arrives, refund_fails
from sandbox.resources.hosted import expires
from sandbox.resources.payouts import arrives
from sandbox.store import Store
from sandbox.tapping import authorized, collect_ends, pin_ends
from sandbox.world import World


def _land(world: World, data: dict[str, Any]) -> None:
    """Land a slow command, and keep its answer for the caller who waits or asks again."""
    world.request = data["request"]
    try:
        status, body = 200, render(world, land_late(world, data), [])
    except ApiError as error:
        status, body = error.status, {"error": error.body}
    if data["key"]:
        remember(world.store, world.account["id"], data["key"], status, json.dumps(body))


_JOBS: dict[str, Callable[[World, dict[str, Any]], None]] = {
    "authorized": authorized,
    "collect_ends": collect_ends,
    "land": _land,
    "payout_arrives": arrives,
    "pin_ends": pin_ends,
    "refund_arrives": refund_arrives,
    "refund_fails": refund_fails,
    "session_expires": expires,
    "settle": settle,
}


def run_due(store: Store, now: float) -> int:
    """Do every job that is due, each at its own moment; return how many. Unix seconds."""
    done = 0
    with store.transaction():
        while (found := store.take_job(now)) is not None:
            account_id, due, data = found
            account = store.get(account_id, "account", account_id)
            if account is not None:
                _JOBS[data["job"]](World(store, account, due), data)
                done += 1
    return done
