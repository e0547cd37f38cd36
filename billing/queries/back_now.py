"""What of payments may be offered to go back now: what can, less what banks hold by disputes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from billing.models import Payment
from billing.queries.disputes import held_by_banks
from billing.queries.refunds import Refundable, refundables
from billing.queries.surplus import Over, over_on


@dataclass(frozen=True, slots=True)
class BackNow:
    """What of a payment may go back now, in minor units: each part alone, and ``most`` in all. ``held``: at a bank."""

    left: Refundable
    most: int
    held: int


def back_now(payment: Payment) -> BackNow:
    """Return what may go back of one payment; a constant number of queries."""
    return backs_now([payment], over_on([part.invoice for part in payment.parts]))[payment.pk]


def backs_now(payments: Collection[Payment], over: Mapping[int, Over]) -> dict[int, BackNow]:
    """Return by their ids what may go back of ``payments``; ``over`` is what is over on the invoices that matter.

    It offers what ``refuse_disputed`` lets pass. Four queries.
    """
    left, held = refundables(payments), held_by_banks([row.pk for row in payments])
    return {pk: _less(one, held.get(pk, 0), over) for pk, one in left.items()}


def _less(left: Refundable, held: int, over: Mapping[int, Over]) -> BackNow:
    most = max(0, left.total - held)
    parts = {pk: max(0, min(part, most, _free(over.get(pk), part))) for pk, part in left.parts.items()}
    found = Refundable(parts, max(0, min(left.loose, most)))
    return BackNow(found, min(most, found.total), held)


def _free(over: Over | None, part: int) -> int:
    """Return how much of ``part`` may leave an invoice: what is over goes first, and a bank may have that."""
    return over.free if over and over.free < over.amount else part
