"""expand[]: ids in an answer replaced by their objects. https://docs.stripe.com/api/expanding_objects"""

from typing import Any

from sandbox.errors import refused
from sandbox.ids import kind_of
from sandbox.world import World, public

_EXPANDABLE = frozenset(
    [
        "balance_transaction",
        "charge",
        "customer",
        "default_source",
        "generated_card",
        "latest_attempt",
        "latest_charge",
        "location",
        "payment_intent",
        "payment_method",
        "refund",
        "setup_attempt",
        "setup_intent",
        "source",
    ]
)


def render(world: World, body: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """Return an answer as the caller sees it, with the asked-for objects inside.

    Raises a 400 for a path that cannot be expanded, or is deeper than four levels.
    """
    shown = _show(world, body)
    for path in paths:
        steps = path.split(".")
        if len(steps) > 4 + (steps[0] == "data"):
            raise refused(f"You cannot expand more than 4 levels of a property: {path}", "expand")
        _expand(world, shown, steps, path)
    return shown


def _show(world: World, body: dict[str, Any]) -> dict[str, Any]:
    if body.get("object") == "list":
        return {**body, "data": [_show(world, item) for item in body["data"]]}
    return public(body, world.now) if "object" in body else dict(body)


def _expand(world: World, node: Any, steps: list[str], path: str) -> None:
    if isinstance(node, list):
        for item in node:
            _expand(world, item, steps, path)
        return
    name, rest = steps[0], steps[1:]
    if not isinstance(node, dict) or (name not in node and name not in _EXPANDABLE):
        raise refused(f"This property cannot be expanded ({path}).", "expand")
    value = node.get(name)
    if isinstance(value, str):
        value = node[name] = _object(world, name, value, path)
    elif not rest and not _may_be_null(name, value):
        raise refused(f"This property cannot be expanded ({path}).", "expand")
    else:
        value = _copy(value)
        if name in node:
            node[name] = value
    if rest and value is not None:
        _expand(world, value, rest, path)


def _may_be_null(name: str, value: Any) -> bool:
    return name in _EXPANDABLE and (value is None or "object" in value)


def _copy(value: Any) -> Any:
    """Copy what is about to be changed: the same dicts are the sandbox's memory."""
    return dict(value) if isinstance(value, dict) else value


def _object(world: World, name: str, object_id: str, path: str) -> dict[str, Any]:
    kind = kind_of(object_id)
    found = world.peek(kind, object_id) if kind and name in _EXPANDABLE else None
    if found is None and name == "customer":
        found = world.peek("deleted_customer", object_id)
    if found is None:
        raise refused(f"This property cannot be expanded ({path}).", "expand")
    return public(found, world.now)
