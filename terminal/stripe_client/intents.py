"""PaymentIntents: https://docs.stripe.com/api/payment_intents ."""

from typing import Any

from terminal.decide import IntentView
from terminal.stripe_client.calls import Calls, safe, shaped
from terminal.stripe_client.objects import read_intent


class IntentCalls(Calls):
    """What money is asked for, and whether it came."""

    def intent(self, intent_id: str) -> IntentView:
        """Read one PaymentIntent with its latest charge: the only evidence that money came."""
        params: Any = {"expand": ["latest_charge"]}
        return shaped(read_intent, self.read(lambda api: api.v1.payment_intents.retrieve(safe(intent_id), params)))

    def create_intent(
        self,
        *,
        key: str,
        amount: int,
        currency: str,
        description: str,
        metadata: dict[str, str],
        timeout: float,
        customer: str = "",
        keep: bool = False,
    ) -> IntentView:
        """Make a PaymentIntent for a card that is present; ``key`` and all parameters are frozen with the attempt.

        ``keep`` asks Stripe to keep the card of ``customer`` for charges with nobody there.

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
        if customer:
            params["customer"] = safe(customer)
        if keep:
            params["setup_future_usage"] = "off_session"
        options: Any = {"idempotency_key": key}
        return shaped(
            read_intent, self.call(lambda api: api.v1.payment_intents.create(params, options), timeout=timeout)
        )

    def cancel_intent(self, intent_id: str, *, key: str, timeout: float) -> IntentView:
        """Cancel a PaymentIntent: the fence after which no late command can charge a card."""
        options: Any = {"idempotency_key": key}
        return shaped(
            read_intent,
            self.call(lambda api: api.v1.payment_intents.cancel(safe(intent_id), {}, options), timeout=timeout),
        )
