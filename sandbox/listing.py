"""Cursor lists: https://docs.stripe.com/api/pagination ."""

from collections.abc import Callable
from itertools import islice
from typing import Any

from sandbox.errors import refused
from sandbox.world import World


def page(
    world: World,
    kind: str,
    params: dict[str, Any],
    url: str,
    keep: Callable[[dict[str, Any]], bool] = lambda _body: True,
) -> dict[str, Any]:
    """Return one page of the objects `keep` lets through, newest first.

    Raises a 400 for a cursor that names no object, and for two cursors at once.
    """
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise refused("Received both starting_after and ending_before parameters. Please pass in only one.")
    limit = params.get("limit", 10)
    older = _place(world, kind, after, "starting_after")
    newer = _place(world, kind, before, "ending_before")
    every = world.store.walk(world.account["id"], kind, older, newer)
    found = list(islice(filter(keep, every), limit + 1))
    data = found[:limit]
    if before:
        data.reverse()
    return {"object": "list", "url": url, "has_more": len(found) > limit, "data": data}


def _place(world: World, kind: str, cursor: str | None, param: str) -> int | None:
    if cursor is None:
        return None
    place = world.store.place(world.account["id"], kind, cursor)
    if place is None:
        raise refused(f"No such object: '{cursor}'", param, "resource_missing")
    return place


def within(created: int, when: Any) -> bool:
    """Tell whether a moment (unix seconds) is the one, or in the range, that a call asked for."""
    if when is None:
        return True
    if isinstance(when, int):
        return created == when
    return (
        created > when.get("gt", -1)
        and created >= when.get("gte", 0)
        and created < when.get("lt", created + 1)
        and created <= when.get("lte", created)
    )
