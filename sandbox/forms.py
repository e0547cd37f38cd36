"""Forms with nested names (`a[b][c]=…`, `a[0]=…`, `a[]=…`), the wire format of Stripe's v1 API."""

import re
from typing import Any
from urllib.parse import parse_qsl

from sandbox.errors import refused

_PART = re.compile(r"\[([^\[\]]*)\]")


def decode(text: str) -> dict[str, Any]:
    """Return the nested value of a form; lists for `a[0]` and `a[]`, text everywhere else.

    Raises a 400 when one name is used both as a value and as a hash.
    """
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        _put(tree, _path(name), value)
    listed = {key: _lists(value) for key, value in tree.items()}
    return listed


def _path(name: str) -> list[str]:
    head, bracket, rest = name.partition("[")
    return [head, *_PART.findall(bracket + rest)] if bracket else [name]


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    node = tree
    for key in path[:-1]:
        node = node.setdefault(key, {})
        if not isinstance(node, dict):
            raise refused(f"Invalid object: {key}", param=key)
    last = path[-1] if path[-1] else str(len(node))
    if isinstance(node.get(last), dict):
        raise refused(f"Invalid object: {path[0]}", param=path[0])
    node[last] = value


def _lists(value: Any) -> Any:
    """Turn hashes whose names are 0, 1, 2 … into lists, from the inside out."""
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(item) for key, item in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
