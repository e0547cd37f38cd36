"""Cursor lists: https://docs.stripe.com/api/pagination ."""

from collections.abc import Callable
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
        raise refused(
            "Received both starting_after and ending_before parameters. Please pass in only one."
        )
    limit = params.get("limit", 10)
    every = world.each(kind)
    if after:
        place = _place(every, after, "starting_after")
        chosen = [body for body in every[place + 1 :] if keep(body)]
        data, more = chosen[:limit], len(chosen) > limit
    elif before:
        place = _place(every, before, "ending_before")
        chosen = [body for body in every[:place] if keep(body)]
        data, more = chosen[-limit:], len(chosen) > limit
    else:
        chosen = [body for body in every if keep(body)]
        data, more = chosen[:limit], len(chosen) > limit
    return {"object": "list", "url": url, "has_more": more, "data": data}


def _place(every: list[dict[str, Any]], cursor: str, param: str) -> int:
    for place, body in enumerate(every):
        if body["id"] == cursor:
            return place
    raise refused(f"No such object: '{cursor}'", param, "resource_missing")


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
