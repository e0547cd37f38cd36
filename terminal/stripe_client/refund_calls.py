"""Refunds: https://docs.stripe.com/api/refunds ."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from billing.enums import RefundRemote
from terminal.stripe_client.calls import Calls, safe, shaped
from terminal.stripe_client.errors import StripeUnreachable
from terminal.stripe_client.objects import object_id


@dataclass(frozen=True, slots=True)
class RefundObject:
    """A refund as Stripe shows it. ``installation``, ``tag``, ``attempt`` are what we wrote on ours, "" on others."""

    id: str
    status: RefundRemote
    amount: int
    currency: str
    intent_id: str
    created: datetime
    failure_reason: str = ""
    installation: str = ""
    tag: str = ""
    attempt: str = ""  # of one that a reader made


class RefundCalls(Calls):
    """What lets money go back to a card, and what shows which did."""

    def refund(self, *, key: str, intent: str, amount: int, metadata: dict[str, str], timeout: float) -> RefundObject:
        """Refund part of a paid intent; ``key`` and all parameters are frozen with the row."""
        params: Any = {"payment_intent": safe(intent), "amount": amount, "metadata": metadata}
        options: Any = {"idempotency_key": key}
        return shaped(read_refund, self.call(lambda api: api.v1.refunds.create(params, options), timeout=timeout))

    def refund_now(self, refund_id: str) -> RefundObject:
        """Read one refund."""
        return shaped(read_refund, self.read(lambda api: api.v1.refunds.retrieve(safe(refund_id))))

    def refunds_of(self, intent: str) -> list[RefundObject]:
        """Read all refunds of an intent, the oldest first."""
        params: Any = {"payment_intent": safe(intent)}
        rows = self.read_all(lambda api, page: api.v1.refunds.list({**params, **page}))
        return [shaped(read_refund, row) for row in reversed(rows)]


def read_refund(data: dict[str, Any]) -> RefundObject:
    """Read a refund. Raises StripeUnreachable for a status nobody knows: it says nothing, so it is read again."""
    try:
        status = RefundRemote(data["status"])
    except ValueError:
        raise StripeUnreachable(f"Stripe reports an unknown status: {data['status']}.", code="unknown_status") from None
    metadata = data.get("metadata") or {}
    return RefundObject(
        id=data["id"],
        status=status,
        amount=int(data["amount"]),
        currency=str(data["currency"]).upper(),
        intent_id=object_id(data.get("payment_intent")),
        created=datetime.fromtimestamp(int(data["created"]), UTC),
        failure_reason=str(data.get("failure_reason") or ""),
        installation=str(metadata.get("installation") or ""),
        tag=str(metadata.get("refund") or ""),
        attempt=str(metadata.get("attempt") or ""),
    )
