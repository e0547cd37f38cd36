"""Strikes keys, tokens, links of customers and card numbers out of log lines."""

import re
from collections.abc import MutableMapping
from typing import Any

SECRET = re.compile(
    r"\b(?:(?:sk|rk|pk)_(?:test|live)_\w{4,}|whsec_\w+|fx_[A-Za-z0-9]{20,})|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+|\bgAAAA[\w=-]{20,}"
    r"|(?<=/pay/)[\w-]{20,}\.[\w-]{20,}|(?<=/card/)[\w-]{20,}\.[\w-]{20,}"
)
DIGITS = re.compile(r"\b(?:\d[ -]?){13,19}\b")


def redact(text: str) -> str:
    """Return ``text`` with every secret and every card-like run of digits replaced."""
    return DIGITS.sub("[digits]", SECRET.sub("[secret]", text))


def redact_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: redact every text of the event, tracebacks and nested values included."""
    for key, value in event.items():
        if not key.startswith("_"):  # what the formatter keeps for itself never reaches the line
            whole = not (key == "request" and isinstance(value, str))
            event[key] = _redacted(value if whole else value.partition("?")[0])  # a query may hold names
    return event


def _redacted(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(item) for item in value]
    return redact(value if isinstance(value, str) else repr(value))
