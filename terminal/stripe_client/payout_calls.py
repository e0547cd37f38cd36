"""Payouts and what they hold: https://docs.stripe.com/api/payouts , https://docs.stripe.com/payouts/reconciliation ."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from terminal.enums import PayoutStatus
from terminal.stripe_client.calls import Calls, safe, shaped
from terminal.stripe_client.errors import StripeUnreachable
from terminal.stripe_client.objects import object_id

PAGE = 100


@dataclass(frozen=True, slots=True)
class PayoutObject:
    """A payout. ``amount`` in minor units; ``reconciled`` says that all it holds can be listed."""

    id: str
    amount: int
    currency: str
    status: PayoutStatus
    automatic: bool
    reconciled: bool
    arrival_on: date
    created: datetime
    method: str = ""
    failure_code: str = ""
    failure_message: str = ""
    statement_descriptor: str = ""
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class BalanceObject:
    """A balance transaction: what moved in the account's currency, minor units; ``net`` is ``amount`` less ``fee``.

    ``rate`` times the amount that was charged is ``amount``; None when nothing was converted.
    """

    id: str
    type: str
    source_id: str
    amount: int
    fee: int
    net: int
    currency: str
    created: datetime
    rate: Decimal | None = None
    note: str = ""


class PayoutCalls(Calls):
    """One page at a time, the newest first, so that the caller saves each before it asks for the next."""

    def payouts_page(self, *, since: datetime, after: str = "") -> tuple[list[PayoutObject], bool]:
        """Read up to a page of the payouts made since then, older than ``after``; and whether there are more."""
        params: Any = {"limit": PAGE, "created": {"gte": int(since.timestamp())}, **_behind(after)}
        answer = self.read(lambda api: api.v1.payouts.list(params))
        return [shaped(read_payout, row) for row in answer["data"]], bool(answer["has_more"])

    def payout(self, payout_id: str) -> PayoutObject:
        """Read one payout."""
        return shaped(read_payout, self.read(lambda api: api.v1.payouts.retrieve(safe(payout_id))))

    def payout_lines_page(self, payout_id: str, *, after: str = "") -> tuple[list[BalanceObject], bool]:
        """Read up to a page of what an automatic payout holds, its own row too; and whether there are more.

        Raises StripeRefused for a payout that was made by hand.
        """
        params: Any = {"limit": PAGE, "payout": safe(payout_id), **_behind(after)}
        answer = self.read(lambda api: api.v1.balance_transactions.list(params))
        return [shaped(read_balance, row) for row in answer["data"]], bool(answer["has_more"])


def _behind(after: str) -> dict[str, str]:
    return {"starting_after": safe(after)} if after else {}


def read_payout(data: dict[str, Any]) -> PayoutObject:
    """Read a payout. Raises StripeUnreachable for a status nobody knows: it says nothing, so it is read again."""
    try:
        status = PayoutStatus(data["status"])
    except ValueError:
        raise StripeUnreachable(f"Stripe reports an unknown status: {data['status']}.", code="unknown_status") from None
    return PayoutObject(
        id=data["id"],
        amount=int(data["amount"]),
        currency=str(data["currency"]).upper(),
        status=status,
        automatic=bool(data["automatic"]),
        reconciled=data.get("reconciliation_status") == "completed",
        arrival_on=datetime.fromtimestamp(int(data["arrival_date"]), UTC).date(),
        created=datetime.fromtimestamp(int(data["created"]), UTC),
        method=str(data.get("method") or ""),
        failure_code=str(data.get("failure_code") or ""),
        failure_message=str(data.get("failure_message") or ""),
        statement_descriptor=str(data.get("statement_descriptor") or ""),
        trace_id=str((data.get("trace_id") or {}).get("value") or ""),
    )


def read_balance(data: dict[str, Any]) -> BalanceObject:
    """Read a balance transaction."""
    rate = data.get("exchange_rate")
    return BalanceObject(
        id=data["id"],
        type=str(data["type"]),
        source_id=object_id(data.get("source")),
        amount=int(data["amount"]),
        fee=int(data["fee"]),
        net=int(data["net"]),
        currency=str(data["currency"]).upper(),
        created=datetime.fromtimestamp(int(data["created"]), UTC),
        rate=None if rate is None else Decimal(str(rate)),
        note=str(data.get("description") or ""),
    )
