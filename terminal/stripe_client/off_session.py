"""Charging a kept card with nobody there: https://docs.stripe.com/payments/save-and-reuse ."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from terminal.decide import IntentView
from terminal.stripe_client.calls import Calls, safe, shaped
from terminal.stripe_client.errors import StripeRefused
from terminal.stripe_client.objects import read_intent


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """The intent that the call left at Stripe, paid or not, and the id of the request for Stripe's support."""

    intent: IntentView
    request_id: str = ""


class OffSessionCalls(Calls):
    """What charges a kept card, and what finds a charge whose answer was lost."""

    def charge_card(
        self,
        *,
        key: str,
        amount: int,
        currency: str,
        customer: str,
        card: str,
        description: str,
        metadata: dict[str, str],
        timeout: float,
    ) -> BankAnswer:
        """Make a PaymentIntent and confirm it in one call; ``key`` and all parameters are frozen with the attempt.

        A bank's no comes as a 402 that carries the intent, so it is an answer here and no error.
        Raises StripeRefused where there is no intent, StripeUnreachable where nobody knows.
        https://docs.stripe.com/api/payment_intents/create#create_payment_intent-off_session
        """
        params: Any = {
            "amount": amount,
            "currency": currency.lower(),
            "allowed_payment_method_types": ["card"],
            "customer": safe(customer),
            "payment_method": safe(card),
            "payment_method_options": {"card": {"stored_credential_usage": "recurring"}},
            "off_session": True,
            "confirm": True,
            "description": description,
            "metadata": metadata,
            "expand": ["latest_charge"],
        }
        options: Any = {"idempotency_key": key}
        try:
            answer = self.call(lambda api: api.v1.payment_intents.create(params, options), timeout=timeout)
        except StripeRefused as problem:
            if problem.intent is None:
                raise
            return BankAnswer(shaped(read_intent, problem.intent), problem.request_id)
        return BankAnswer(shaped(read_intent, answer))

    def find_intent(self, *, customer: str, attempt: str, since: datetime) -> str:
        """Return the id of the customer's intent that carries ``attempt`` in its metadata; "" when there is none.

        A list, because Stripe's search lags behind. ``since`` is before anything was sent.
        """
        params: Any = {"customer": safe(customer), "created": {"gte": int(since.timestamp())}}
        intents = self.read_all(lambda api, page: api.v1.payment_intents.list({**params, **page}))
        found = [one for one in intents if (one.get("metadata") or {}).get("attempt") == attempt]
        return str(found[0]["id"]) if found else ""
