"""PaymentIntents: https://docs.stripe.com/api/payment_intents ."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from terminal.decide import IntentView
from terminal.stripe_client.calls import Calls, safe, shaped
from terminal.stripe_client.objects import read_intent


@dataclass(frozen=True, slots=True)
class PaidIntent:
    """A payment that succeeded, as an account's list shows it. ``invoices`` are the numbers we wrote on ours."""

    id: str
    amount: int
    currency: str
    created: datetime
    installation: str
    invoices: str

    def as_facts(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**asdict(self), "created": self.created.isoformat()}


class IntentCalls(Calls):
    """What money is asked for, and whether it came."""

    def intent(self, intent_id: str) -> IntentView:
        """Read one PaymentIntent with its latest charge: the only evidence that money came."""
        params: Any = {"expand": ["latest_charge"]}
        return shaped(read_intent, self.read(lambda api: api.v1.payment_intents.retrieve(safe(intent_id), params)))

    def paid_since(self, since: datetime) -> list[PaidIntent]:
        """Read all payments of the account that were asked for since then and succeeded, the newest first."""
        params: Any = {"created": {"gte": int(since.timestamp())}}
        rows = self.read_all(lambda api, page: api.v1.payment_intents.list({**params, **page}))
        return [shaped(_read_paid, row) for row in rows if row.get("amount_received")]

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


def _read_paid(data: dict[str, Any]) -> PaidIntent:
    metadata = data.get("metadata") or {}
    return PaidIntent(
        id=data["id"],
        amount=int(data["amount_received"]),
        currency=str(data["currency"]).upper(),
        created=datetime.fromtimestamp(int(data["created"]), UTC),
        installation=str(metadata.get("installation") or ""),
        invoices=str(metadata.get("invoices") or ""),
    )
