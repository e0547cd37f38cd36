"""Checkout Sessions, Stripe's own payment page: https://docs.stripe.com/api/checkout/sessions ."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from terminal.decide import IntentView
from terminal.stripe_client.calls import Calls, safe, shaped
from terminal.stripe_client.objects import object_id, read_intent


class SessionStatus(StrEnum):
    """Stripe's states of a Checkout Session."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class SessionObject:
    """A payment page. ``url`` is empty once nobody can use it; ``intent`` is None until somebody tried to pay."""

    id: str
    status: SessionStatus
    url: str
    expires_at: datetime
    livemode: bool
    intent: IntentView | None = None
    setup_intent_id: str = ""
    payment_method_id: str = ""  # the card that a completed page kept without a charge


def read_session(data: dict[str, Any]) -> SessionObject:
    """Read a ``checkout.session``; an intent counts only where it is expanded."""
    setup = data.get("setup_intent")
    intent = data.get("payment_intent")
    kept = setup.get("payment_method") if isinstance(setup, dict) and setup.get("status") == "succeeded" else None
    return SessionObject(
        id=data["id"],
        status=SessionStatus(data["status"]),
        url=str(data.get("url") or ""),
        expires_at=datetime.fromtimestamp(data["expires_at"], UTC),
        livemode=bool(data["livemode"]),
        intent=read_intent(intent) if isinstance(intent, dict) else None,
        setup_intent_id=object_id(setup),
        payment_method_id=object_id(kept),
    )


class CheckoutCalls(Calls):
    """What opens, reads and closes a payment page."""

    def create_payment_session(
        self,
        *,
        key: str,
        amount: int,
        currency: str,
        description: str,
        metadata: dict[str, str],
        success_url: str,
        cancel_url: str,
        expires_at: datetime,
        timeout: float,
        customer_id: str = "",
        allow_redisplay: str = "",
    ) -> SessionObject:
        """Open a page that takes one payment; ``key`` and all parameters are frozen with the attempt.

        ``expires_at`` is 30 minutes to 24 hours ahead. With ``allow_redisplay`` (and a customer) the card is kept.
        """
        intent: dict[str, Any] = {"description": description, "metadata": metadata}
        price = {"currency": currency.lower(), "unit_amount": amount, "product_data": {"name": description}}
        params: dict[str, Any] = {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],
            "payment_intent_data": intent,
            **_page(metadata, success_url, cancel_url, expires_at),
        }
        if customer_id:
            params["customer"] = customer_id
        if allow_redisplay:
            intent["setup_future_usage"] = "off_session"
            params["payment_method_data"] = {"allow_redisplay": allow_redisplay}
        return self._create(params, key, timeout)

    def create_card_session(
        self,
        *,
        key: str,
        customer_id: str,
        allow_redisplay: str,
        metadata: dict[str, str],
        success_url: str,
        cancel_url: str,
        expires_at: datetime,
        timeout: float,
    ) -> SessionObject:
        """Open a page that keeps a card for a customer and charges nothing."""
        params: dict[str, Any] = {
            "mode": "setup",
            "customer": customer_id,
            "setup_intent_data": {"metadata": metadata},
            "payment_method_data": {"allow_redisplay": allow_redisplay},
            **_page(metadata, success_url, cancel_url, expires_at),
        }
        return self._create(params, key, timeout)

    def session(self, session_id: str) -> SessionObject:
        """Read a page with its intent: what a browser that comes back says proves nothing."""
        params: Any = {"expand": ["payment_intent.latest_charge", "setup_intent"]}
        return shaped(read_session, self.read(lambda api: api.v1.checkout.sessions.retrieve(safe(session_id), params)))

    def expire_session(self, session_id: str, *, key: str, timeout: float) -> SessionObject:
        """Close a page: the fence after which nobody can pay on it.

        Refused for a page that is not open; read it then, it may have been paid.
        """
        params: Any = {"expand": ["payment_intent.latest_charge", "setup_intent"]}
        options: Any = {"idempotency_key": key}
        return shaped(
            read_session,
            self.call(lambda api: api.v1.checkout.sessions.expire(safe(session_id), params, options), timeout=timeout),
        )

    def _create(self, params: Any, key: str, timeout: float) -> SessionObject:
        options: Any = {"idempotency_key": key}
        return shaped(
            read_session, self.call(lambda api: api.v1.checkout.sessions.create(params, options), timeout=timeout)
        )


def _page(metadata: dict[str, str], success_url: str, cancel_url: str, expires_at: datetime) -> dict[str, Any]:
    return {
        "allowed_payment_method_types": ["card"],
        "metadata": metadata,
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(expires_at.timestamp()),
    }
