"""Errors as Stripe words them: https://docs.stripe.com/api/errors ."""

from typing import Any


class ApiError(Exception):
    """An error answer of the API.

    `status` is the HTTP status; the other arguments become fields of the `error` object. With
    `keep` the changes made before the error stay (a declined charge exists); otherwise they are
    rolled back. With `stored` false no idempotency key remembers the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        keep: bool = False,
        stored: bool = True,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.keep = keep
        self.stored = stored
        self.body: dict[str, Any] = {"message": message, "type": kind}
        if code:
            self.body["code"] = code
            self.body["doc_url"] = doc_url(code)
        if param:
            self.body["param"] = param
        self.body.update(extra or {})


def doc_url(code: str) -> str:
    """Return the page that explains an error code."""
    return "https://stripe.com/docs/error-codes/" + code.replace("_", "-")


def invalid(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """Return a 400 raised while a call is executed (so its idempotency key remembers it)."""
    return ApiError(400, message, code=code, param=param)


def refused(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """Return a 400 raised before a call is executed (no idempotency key remembers it)."""
    return ApiError(400, message, code=code, param=param, stored=False)


def missing(what: str, object_id: str, param: str = "id") -> ApiError:
    """Return the 404 for an object that does not exist in this account."""
    return ApiError(404, f"No such {what}: '{object_id}'", code="resource_missing", param=param)


def locked() -> ApiError:
    """Return the 429 for an object somebody else is writing to. https://docs.stripe.com/rate-limits"""
    return ApiError(
        429,
        "This object cannot be accessed right now because another API request or Stripe process "
        "is currently accessing it. If you see this error intermittently, retry the request.",
        code="lock_timeout",
        stored=False,
    )
