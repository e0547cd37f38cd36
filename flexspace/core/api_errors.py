"""One shape for every error: ``{"error": {"code", "message", "fields"?, "request_id"}}``."""

import math
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from flexspace.core.errors import DomainError

log = structlog.get_logger(__name__)
MAX_FIELDS = 50
CODES = {"error": "bad_request", "parse_error": "malformed"}


class TooLarge(exceptions.APIException):
    """The body is larger than any call needs."""

    status_code = 413
    default_detail = "The body is too large."
    default_code = "too_large"


class WrongHeader(exceptions.APIException):
    """A header is missing or cannot be used."""

    status_code = 400
    default_code = "header"


def error_body(code: str, message: str, fields: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """Return the body of an error; ``fields`` maps dotted names to sentences."""
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64]
    error: dict[str, Any] = {"code": code, "message": message, "request_id": request_id}
    return {"error": error | ({"fields": fields} if fields else {})}


def error_response(error: Exception, context: dict[str, Any]) -> Response:
    """Return the answer for anything a view raised; what nobody expected is logged and told without details."""
    if isinstance(error, DomainError):
        return Response(error_body(error.code, error.message), status=error.status)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge()
    if isinstance(error, exceptions.APIException):
        return Response(_body(error), status=error.status_code, headers=_headers(error))
    log.error("api.failed", view=type(context.get("view")).__name__, exc_info=error)
    return Response(error_body("internal", "Something went wrong here. Nothing is known about why."), status=500)


def _body(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return error_body("invalid", "Something in this call is wrong; see the fields.", dict(_flat(error.detail)))
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "error"
    return error_body(CODES.get(code, code), str(error.detail))


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(error.auth_header)  # type: ignore[attr-defined]
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    return headers


def _flat(detail: Any, name: str = "") -> list[tuple[str, list[str]]]:
    """Return DRF's nested errors as pairs of a dotted name and its sentences."""
    if isinstance(detail, dict):
        pairs = [
            (name if key == "non_field_errors" else f"{name}.{key}".strip("."), part) for key, part in detail.items()
        ]
    elif isinstance(detail, list) and any(isinstance(part, dict) for part in detail):
        pairs = [(f"{name}.{index}".strip("."), part) for index, part in enumerate(detail) if part]
    else:
        return [(name or "body", [str(part) for part in (detail if isinstance(detail, list) else [detail])])]
    return [found for key, part in pairs for found in _flat(part, key)][:MAX_FIELDS]
