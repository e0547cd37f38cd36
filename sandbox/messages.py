"""What travels between a transport and the sandbox: requests, replies, and two ways to lose one."""

import json
from dataclasses import dataclass, field
from typing import Any


class AnswerLost(Exception):
    """The request was executed, and its answer never reaches the caller.

    A transport must not answer: over HTTP the socket is closed, in-process the adapter raises a
    read time-out.
    """


class RequestLost(Exception):
    """The request never reached the sandbox: nothing was executed. Transports refuse to connect."""


@dataclass(frozen=True)
class Request:
    """One HTTP request. `query` is the raw query string, header names are in lower case."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """One HTTP answer with a finished body."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def json_reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """Return `value` as a JSON answer."""
    body = json.dumps(value).encode()
    return Reply(status, body, {"Content-Type": "application/json", **(headers or {})})
