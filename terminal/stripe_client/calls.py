"""How a call to Stripe is made: one key, a time-out of ours, our errors, and never inside a transaction."""

import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import stripe
import structlog
from django.conf import settings
from django.db import connections

from flexspace.core import restored
from flexspace.core.errors import DomainError
from terminal.rules import READ_TIMEOUT
from terminal.stripe_client.errors import StripeRefused, StripeUnreachable, translate
from terminal.stripe_client.transport import http_client

API_VERSION = "2026-10-28.endive"
STRIPE_HOST = "api.stripe.com"
LIVE_KEY = re.compile(r"^(sk|rk)_live_")
OBJECT_ID = re.compile(r"^[a-z]+_[A-Za-z0-9_]+\Z")
Shape = TypeVar("Shape")
log = structlog.get_logger(__name__)
stripe.enable_telemetry = False


class Calls:
    """The wire of one account. Verbs are in the classes that build on it."""

    def __init__(self, key: str, denied: Callable[[str], None] | None = None) -> None:
        """Take the key, and what is to be told the permission that it turns out to lack."""
        guard_address(key)
        self._key, self._denied = key, denied

    def read(self, call: Callable[[stripe.StripeClient], Any]) -> dict[str, Any]:
        """Make a reading call, repeated twice when no answer came."""
        return self._ask(call, timeout=READ_TIMEOUT, retries=2)

    def read_all(self, call: Callable[[stripe.StripeClient, Any], Any]) -> list[dict[str, Any]]:
        """Read every page of a list, the newest first as Stripe gives it."""
        items: list[dict[str, Any]] = []
        page: dict[str, Any] = {"limit": 100}
        while True:
            answer = self.read(lambda api, page=dict(page): call(api, page))  # type: ignore[misc]
            items.extend(answer["data"])
            if not answer["has_more"] or not answer["data"]:
                return items
            page["starting_after"] = answer["data"][-1]["id"]

    def call(self, call: Callable[[stripe.StripeClient], Any], *, timeout: float) -> dict[str, Any]:
        """Make a call that may change something. Raises StripeRefused or StripeUnreachable; never the SDK's errors.

        After a restored backup nothing is sent before somebody has confirmed: it is refused here, as not now.
        """
        if restored.held():
            raise StripeRefused(restored.SENTENCE, code=restored.CODE, status=409)
        return self._ask(call, timeout=timeout, retries=0)

    def _ask(self, call: Callable[[stripe.StripeClient], Any], *, timeout: float, retries: int) -> dict[str, Any]:
        refuse_in_transaction()
        try:
            client = stripe.StripeClient(
                self._key,
                stripe_version=API_VERSION,
                base_addresses={"api": settings.STRIPE_API_BASE},
                max_network_retries=retries,
                http_client=http_client(timeout),
            )
            answer = call(client).to_dict()
        except stripe.StripeError as error:
            problem = translate(error)
            if problem.lacks and self._denied:
                self._denied(problem.lacks)
            log.info("stripe.problem", code=problem.code, status=problem.status, stripe_request_id=problem.request_id)
            raise problem from error
        except (AttributeError, KeyError, TypeError) as error:  # the SDK stumbles over what is not Stripe's
            raise StripeUnreachable("Stripe's answer has an unknown shape.", code="unknown_shape") from error
        if not isinstance(answer, dict):
            raise StripeUnreachable("Stripe's answer was not an object.")
        return answer


def shaped(read: Callable[[dict[str, Any]], Shape], answer: dict[str, Any]) -> Shape:
    """Read an answer; one of another shape says nothing about the outcome.

    Raises StripeUnreachable.
    """
    try:
        return read(answer)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StripeUnreachable("Stripe's answer has an unknown shape.", code="unknown_shape") from error


def refuse_in_transaction() -> None:
    """Raise RuntimeError inside a transaction: a call there would hold locks, and a rollback would forget it."""
    for connection in connections.all(initialized_only=True):
        if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise RuntimeError("Stripe must not be called inside a database transaction.")


def guard_address(key: str) -> None:
    """Refuse a live key for any other host than Stripe's, or beside practice data.

    Raises DomainError with what to do. Addresses come from the environment only, never from a page.
    """
    base = urlsplit(settings.STRIPE_API_BASE)
    if LIVE_KEY.match(key) and ((base.scheme, base.hostname) != ("https", STRIPE_HOST) or settings.DEMO):
        raise DomainError(
            "A live Stripe key is refused here, because this installation holds practice data or talks to a sandbox. "
            "Use a test key, or install without the demo.",
            code="live_key_in_practice",
        )


def safe(object_id: str) -> str:
    """Return an id that may go into a path; raises ValueError for anything that does not look like Stripe's."""
    if not OBJECT_ID.match(object_id):
        raise ValueError(f"{object_id!r} is not an id of Stripe's.")
    return object_id
