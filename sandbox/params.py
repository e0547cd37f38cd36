"""Strict checking of parameters against a table, with Stripe's wording of each refusal.

Error codes: https://docs.stripe.com/error-codes .
"""

from dataclasses import dataclass, replace
from typing import Any

from sandbox.errors import refused


@dataclass(frozen=True)
class Kind:
    """What one parameter accepts. `name` is int, text, bool, enum, hash, list or map."""

    name: str
    required: bool = False
    clearable: bool = False
    choices: tuple[str, ...] = ()
    fields: tuple[tuple[str, "Kind"], ...] = ()
    of: "Kind | None" = None
    low: int | None = None
    high: int | None = None


Table = dict[str, Kind]

TEXT = Kind("text", high=5000)
INT = Kind("int")
COUNT = Kind("int", low=1)
BOOL = Kind("bool")
META = Kind("map", clearable=True)
# A parameter that API version 2026-09-30.endive took away.
GONE = Kind("gone", clearable=True)


def req(kind: Kind) -> Kind:
    """Return the kind as a required one."""
    return replace(kind, required=True)


def clearable(kind: Kind) -> Kind:
    """Return the kind as one an empty string unsets."""
    return replace(kind, clearable=True)


def one_of(*choices: str) -> Kind:
    """Return a kind that takes one of these words."""
    return Kind("enum", choices=choices)


def list_of(kind: Kind) -> Kind:
    """Return a kind that takes a list of another kind."""
    return Kind("list", of=kind)


def hash_of(**fields: Kind) -> Kind:
    """Return a kind that takes a hash with exactly these names."""
    return Kind("hash", fields=tuple(fields.items()))


# A moment, or a range of moments, as list calls take them.
WHEN = Kind("when", fields=(("gt", INT), ("gte", INT), ("lt", INT), ("lte", INT)))
EXPAND = list_of(TEXT)
PAGE: Table = {"limit": Kind("int", low=1, high=100), "starting_after": TEXT, "ending_before": TEXT}


def check(raw: dict[str, Any], table: Table) -> dict[str, Any]:
    """Return `raw` with its values turned into integers, booleans and hashes.

    Raises a 400 `parameter_unknown`, `parameter_missing`, `parameter_invalid_empty`,
    `parameter_invalid_integer` or one without a code, as Stripe does.
    """
    return _hash(raw, {**table, "expand": EXPAND}, "")


def _hash(raw: dict[str, Any], table: Table, prefix: str) -> dict[str, Any]:
    unknown = [name for name in raw if name not in table]
    if unknown:
        names = [_full(prefix, name) for name in unknown]
        plural = "s" if len(names) > 1 else ""
        raise refused(f"Received unknown parameter{plural}: {', '.join(names)}", names[0], "parameter_unknown")
    for name, kind in table.items():
        if kind.required and name not in raw:
            full = _full(prefix, name)
            raise refused(f"Missing required param: {full}.", full, "parameter_missing")
    return {name: _value(item, table[name], _full(prefix, name)) for name, item in raw.items()}


def _full(prefix: str, name: str) -> str:
    return f"{prefix}[{name}]" if prefix else name


def _value(raw: Any, kind: Kind, param: str) -> Any:
    if kind.name == "gone":
        raise refused(
            f"The `{param}` parameter is no longer supported. Use `allowed_payment_method_types` instead.",
            param,
            f"{param}_no_longer_supported",
        )
    if raw == "":
        if kind.clearable:
            return ""
        raise refused(
            f"You passed an empty string for '{param}'. We assume empty values are an attempt to "
            f"unset a parameter; however '{param}' cannot be unset. You should remove '{param}' "
            "from your request or supply a non-empty value.",
            param,
            "parameter_invalid_empty",
        )
    return _READERS[kind.name](raw, kind, param)


def _int(raw: Any, kind: Kind, param: str) -> int:
    digits = raw[1:] if isinstance(raw, str) and raw[:1] in "+-" else raw
    if not isinstance(raw, str) or not (digits.isascii() and digits.isdigit()):
        raise refused(f"Invalid integer: {raw}", param, "parameter_invalid_integer")
    value = int(raw)
    if kind.low is not None and value < kind.low:
        message = f"This value must be greater than or equal to {kind.low}."
        raise refused(message, param, "parameter_invalid_integer")
    if kind.high is not None and value > kind.high:
        message = f"This value must be less than or equal to {kind.high} (it currently is '{value}')."
        raise refused(message, param, "parameter_invalid_integer")
    return value


def _text(raw: Any, kind: Kind, param: str) -> str:
    if not isinstance(raw, str):
        raise refused(f"Invalid string: {raw}", param)
    if kind.high is not None and len(raw) > kind.high:
        raise refused(f"Invalid string: {raw[:20]}...; must be at most {kind.high} characters", param)
    return raw


def _bool(raw: Any, _kind: Kind, param: str) -> bool:
    if raw not in ("true", "false"):
        raise refused(f"Invalid boolean: {raw}", param)
    return bool(raw == "true")


def _enum(raw: Any, kind: Kind, param: str) -> str:
    if raw not in kind.choices:
        *most, last = kind.choices
        words = f"{', '.join(most)}, or {last}" if len(most) > 1 else " or ".join(kind.choices)
        raise refused(f"Invalid {param}: must be one of {words}", param)
    return str(raw)


def _nested(raw: Any, kind: Kind, param: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise refused("Invalid object", param)
    return _hash(raw, dict(kind.fields), param)


def _list(raw: Any, kind: Kind, param: str) -> list[Any]:
    if not isinstance(raw, list) or kind.of is None:
        raise refused("Invalid array", param)
    return [_value(item, kind.of, f"{param}[{place}]") for place, item in enumerate(raw)]


def _map(raw: Any, _kind: Kind, param: str) -> dict[str, str]:
    # A form cannot tell a list from a hash with numbers as names: both are metadata.
    pairs = {str(place): item for place, item in enumerate(raw)} if isinstance(raw, list) else raw
    if not isinstance(pairs, dict) or not all(isinstance(item, str) for item in pairs.values()):
        raise refused("Invalid object", param)
    for name, item in pairs.items():
        if len(name) > 40 or len(item) > 500:
            raise refused(
                "Metadata keys are limited to 40 characters and values to 500 characters.",
                f"{param}[{name}]",
            )
    return dict(pairs)


def _when(raw: Any, kind: Kind, param: str) -> Any:
    return _nested(raw, kind, param) if isinstance(raw, dict) else _int(raw, INT, param)


_READERS = {
    "int": _int,
    "text": _text,
    "bool": _bool,
    "enum": _enum,
    "hash": _nested,
    "list": _list,
    "map": _map,
    "when": _when,
}
