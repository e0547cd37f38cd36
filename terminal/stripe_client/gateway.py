"""One Stripe account's calls. Every call has a time-out of ours, and none may run inside a transaction."""

import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import stripe
import structlog
from django.conf import settings
from django.db import connections

from flexspace.core.errors import DomainError
from terminal.decide import IntentView
from terminal.models import StripeConfig
from terminal.rules import READ_TIMEOUT
from terminal.stripe_client.errors import StripeUnreachable, translate
from terminal.stripe_client.objects import (
    AccountObject,
    LocationObject,
    ReaderObject,
    read_account,
    read_intent,
    read_location,
    read_reader,
)
from terminal.stripe_client.transport import http_client

API_VERSION = "2026-10-28.endive"
STRIPE_HOST = "api.stripe.com"
LIVE_KEY = re.compile(r"^(sk|rk)_live_")
OBJECT_ID = re.compile(r"^[a-z]+_[A-Za-z0-9_]+\Z")
Shape = TypeVar("Shape")
log = structlog.get_logger(__name__)
stripe.enable_telemetry = False


class StripeGateway:
    """The verbs of one account. Amounts are minor units; ids are Stripe's."""

    def __init__(self, key: str) -> None:
        guard_address(key)
        self._key = key

    @classmethod
    def of(cls, config: StripeConfig) -> "StripeGateway":
        """Return the gateway of a stored account."""
        return cls(config.secret_key)

    def account(self) -> AccountObject:
        """Read the account that the key belongs to."""
        return _shaped(read_account, self._read(lambda api: api.v1.accounts.retrieve_current()))

    def locations(self) -> list[LocationObject]:
        """Read all Stripe Locations."""
        return [
            _shaped(read_location, item)
            for item in self._read_all(lambda api, page: api.v1.terminal.locations.list(page))
        ]

    def readers(self) -> list[ReaderObject]:
        """Read all Readers."""
        return [
            _shaped(read_reader, item) for item in self._read_all(lambda api, page: api.v1.terminal.readers.list(page))
        ]

    def reader(self, reader_id: str) -> ReaderObject:
        """Read one Reader with its action."""
        return _shaped(read_reader, self._read(lambda api: api.v1.terminal.readers.retrieve(_safe(reader_id))))

    def intent(self, intent_id: str) -> IntentView:
        """Read one PaymentIntent with its latest charge: the only evidence that money came."""
        params: Any = {"expand": ["latest_charge"]}
        return _shaped(read_intent, self._read(lambda api: api.v1.payment_intents.retrieve(_safe(intent_id), params)))

    def create_intent(
        self, *, key: str, amount: int, currency: str, description: str, metadata: dict[str, str], timeout: float
    ) -> IntentView:
        """Make a PaymentIntent for a card that is present; ``key`` and all parameters are frozen with the attempt.

        ``allowed_payment_method_types`` drops what does not fit without an error, so look at the answer's
        ``payment_method_types``. https://docs.stripe.com/changelog/dahlia/2026-07-29/allowed-payment-method-types-parameter
        """
        allowed = ["card_present", "interac_present"] if currency == "CAD" else ["card_present"]
        params: Any = {
            "amount": amount,
            "currency": currency.lower(),
            "allowed_payment_method_types": allowed,
            "capture_method": "automatic",
            "description": description,
            "metadata": metadata,
        }
        options: Any = {"idempotency_key": key}
        return _shaped(
            read_intent, self._call(lambda api: api.v1.payment_intents.create(params, options), timeout=timeout)
        )

    def cancel_intent(self, intent_id: str, *, key: str, timeout: float) -> IntentView:
        """Cancel a PaymentIntent: the fence after which no late command can charge a card."""
        options: Any = {"idempotency_key": key}
        return _shaped(
            read_intent,
            self._call(lambda api: api.v1.payment_intents.cancel(_safe(intent_id), {}, options), timeout=timeout),
        )

    def process_on_reader(self, reader_id: str, intent_id: str, *, key: str, timeout: float) -> ReaderObject:
        """Hand an intent to a reader. 200 means that the reader has it, not that anybody paid."""
        params: Any = {
            "payment_intent": _safe(intent_id),
            "process_config": {"enable_customer_cancellation": True, "skip_tipping": True},
        }
        options: Any = {"idempotency_key": key}
        return _shaped(
            read_reader,
            self._call(
                lambda api: api.v1.terminal.readers.process_payment_intent(_safe(reader_id), params, options),
                timeout=timeout,
            ),
        )

    def cancel_action(self, reader_id: str, *, timeout: float) -> ReaderObject:
        """Clear a reader. Compare its action first: Stripe does not know whose it is."""
        return _shaped(
            read_reader,
            self._call(lambda api: api.v1.terminal.readers.cancel_action(_safe(reader_id)), timeout=timeout),
        )

    def _read(self, call: Callable[[stripe.StripeClient], Any]) -> dict[str, Any]:
        return self._call(call, timeout=READ_TIMEOUT, retries=2)

    def _read_all(self, call: Callable[[stripe.StripeClient, Any], Any]) -> list[dict[str, Any]]:
        """Read every page of a list, the newest first as Stripe gives it."""
        items: list[dict[str, Any]] = []
        page: dict[str, Any] = {"limit": 100}
        while True:
            answer = self._read(lambda api, page=dict(page): call(api, page))  # type: ignore[misc]
            items.extend(answer["data"])
            if not answer["has_more"] or not answer["data"]:
                return items
            page["starting_after"] = answer["data"][-1]["id"]

    def _call(self, call: Callable[[stripe.StripeClient], Any], *, timeout: float, retries: int = 0) -> dict[str, Any]:
        """Make one call. Raises StripeRefused or StripeUnreachable; never the SDK's errors."""
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
            log.info("stripe.problem", code=problem.code, status=problem.status, stripe_request_id=problem.request_id)
            raise problem from error
        except (AttributeError, KeyError, TypeError) as error:  # the SDK stumbles over what is not Stripe's
            raise StripeUnreachable("Stripe's answer has an unknown shape.", code="unknown_shape") from error
        if not isinstance(answer, dict):
            raise StripeUnreachable("Stripe's answer was not an object.")
        return answer


def _shaped(read: Callable[[dict[str, Any]], Shape], answer: dict[str, Any]) -> Shape:
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


def _safe(object_id: str) -> str:
    """Return an id that may go into a path; raises ValueError for anything that does not look like Stripe's."""
    if not OBJECT_ID.match(object_id):
        raise ValueError(f"{object_id!r} is not an id of Stripe's.")
    return object_id
