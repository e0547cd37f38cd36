"""Disputes: https://docs.stripe.com/api/disputes ."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from billing.dispute_enums import DisputeStatus
from terminal.stripe_client.calls import Calls, safe, shaped
from terminal.stripe_client.errors import StripeUnreachable
from terminal.stripe_client.objects import object_id


@dataclass(frozen=True, slots=True)
class DisputeObject:
    """A dispute as Stripe shows it. ``taken`` is what left the account and did not come back, in minor units."""

    id: str
    status: DisputeStatus
    amount: int
    currency: str
    intent_id: str
    reason: str
    taken: int
    refundable: bool
    livemode: bool
    created: datetime
    due_at: datetime | None = None
    answered: bool = False


class DisputeCalls(Calls):
    """What shows that a cardholder wants their money back from the bank. Evidence is given in Stripe's Dashboard."""

    def dispute(self, dispute_id: str) -> DisputeObject:
        """Read one dispute."""
        return shaped(read_dispute, self.read(lambda api: api.v1.disputes.retrieve(safe(dispute_id))))

    def disputes_since(self, since: datetime) -> list[DisputeObject]:
        """Read all disputes of the account that were opened since then, the oldest first."""
        params: Any = {"created": {"gte": int(since.timestamp())}}
        rows = self.read_all(lambda api, page: api.v1.disputes.list({**params, **page}))
        return [shaped(read_dispute, row) for row in reversed(rows)]


def read_dispute(data: dict[str, Any]) -> DisputeObject:
    """Read a dispute. Raises StripeUnreachable for a status nobody knows: it says nothing, so it is read again."""
    try:
        status = DisputeStatus(data["status"])
    except ValueError:
        raise StripeUnreachable(f"Stripe reports an unknown status: {data['status']}.", code="unknown_status") from None
    evidence = data.get("evidence_details") or {}
    due = evidence.get("due_by")
    return DisputeObject(
        id=data["id"],
        status=status,
        amount=int(data["amount"]),
        currency=str(data["currency"]).upper(),
        intent_id=object_id(data.get("payment_intent")),
        reason=str(data["reason"]),
        taken=_taken(data),
        refundable=bool(data["is_charge_refundable"]),
        livemode=bool(data["livemode"]),
        created=datetime.fromtimestamp(int(data["created"]), UTC),
        due_at=datetime.fromtimestamp(int(due), UTC) if due else None,
        answered=bool(evidence.get("submission_count")),
    )


def _taken(data: dict[str, Any]) -> int:
    """Return what the account is without: none, one or two balance transactions say it, without Stripe's fee.

    They are in the account's currency. Should that be another one, the whole amount is with the bank or it is not.
    """
    moves = [row for row in data.get("balance_transactions") or [] if isinstance(row, dict)]
    left = -sum(int(row["amount"]) for row in moves)
    if all(row["currency"] == data["currency"] for row in moves):
        return max(0, left)
    return int(data["amount"]) if left > 0 else 0
