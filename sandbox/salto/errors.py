"""Errors as SALTO KS words them: one shape per version of the API, and OAuth's own at the token endpoint."""

import json
from typing import Any

from sandbox.messages import Reply

INVALID_REQUEST, INVALID_VALUE, INVALID_QUERY, UNAUTHORISED = 1100, 1101, 1102, 1500
INTERNAL, NOT_FOUND, NOT_ALLOWED = 2201, 2202, 2203
NOT_RELEASED, NO_SUBSCRIPTION, POD_MEMBER = 2210, 2212, 2220


class SaltoError(Exception):
    """An error answer of the Connect API: HTTP status, SALTO's own code, a sentence."""

    def __init__(self, status: int, code: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers or {}

    def reply(self, version: str) -> Reply:
        """Return the answer as that version of the API shapes it."""
        body: dict[str, Any] = {"ErrorCode": self.code, "Message": str(self)}
        kind = "application/json; charset=utf-8"
        if version == "v2":
            body = {
                "type": "https://tools.ietf.org/html/rfc7231",
                "title": str(self),
                "status": self.status,
                "traceId": "00-sandbox-00",
            }
            kind = "application/problem+json; charset=utf-8"
        return Reply(self.status, json.dumps(body).encode(), {"Content-Type": kind, **self.headers})


def invalid(message: str) -> SaltoError:
    """Return the 400 of a request that is wrong as a whole: no such body, a field is missing."""
    return SaltoError(400, INVALID_REQUEST, message)


def invalid_value(message: str) -> SaltoError:
    """Return the 400 of one value that is wrong."""
    return SaltoError(400, INVALID_VALUE, message)


def invalid_query(message: str) -> SaltoError:
    """Return the 400 of a filter, an order or a page that is wrong."""
    return SaltoError(400, INVALID_QUERY, message)


def missing(what: str) -> SaltoError:
    """Return the 404 of something that is not there."""
    return SaltoError(404, NOT_FOUND, f"{what} not found")


def not_allowed(message: str = "The operation cannot be executed.") -> SaltoError:
    """Return the 403 of something the caller may not do, or not to this user."""
    return SaltoError(403, NOT_ALLOWED, message)
