"""Writes down what Stripe shows of a dispute. It takes nothing off an invoice: what becomes of that, a manager says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.dispute_enums import DISPUTE_OPEN, DisputeStatus
from billing.models import Dispute, Invoice, Payment
from billing.queries.disputes import held_by_banks, hinders_card_refund
from billing.queries.refunds import Refundable
from billing.queries.surplus import over_on
from billing.services.refund_moves import lock_payment
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.money import Money


class DisputeMoved(Exception):
    """Somebody wrote it down since this look at Stripe began: look again."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A dispute as Stripe shows it; ``taken`` in minor units."""

    reference: str
    status: DisputeStatus
    amount: int
    currency: str
    reason: str
    taken: int
    refundable: bool
    livemode: bool
    opened_at: datetime
    due_at: datetime | None
    answered: bool


def record_dispute(
    *, by: Actor, payment: Payment, shown: Shown, version: int, now: datetime
) -> tuple[Dispute, str] | None:
    """Write down a dispute of ``payment`` in the caller's transaction; return it and its status before ("" is new).

    None when nothing has changed. ``version`` is what the row had before Stripe was read, 0 for none: DisputeMoved when
    it has another by now.
    """
    locked, invoices = lock_payment(payment.pk)
    row = Dispute.objects.select_for_update().filter(reference=shown.reference).first()
    if (row.version if row else 0) != version:
        raise DisputeMoved(shown.reference)
    over = shown.status not in DISPUTE_OPEN
    facts = {
        "status": shown.status, "amount": shown.amount, "reason": shown.reason[:60], "taken": shown.taken,
        "refundable": shown.refundable, "due_at": shown.due_at, "answered": shown.answered,
    }  # fmt: skip
    before = {"status": str(row.status), "taken": row.taken} if row else {"status": "", "taken": 0}
    if row and all(getattr(row, name) == value for name, value in facts.items()):
        Dispute.objects.filter(pk=row.pk).update(read_at=now)
        return None
    if row is None:
        row = Dispute(
            payment=locked, location=locked.location, reference=shown.reference, livemode=shown.livemode,
            currency=shown.currency, opened_at=shown.opened_at, version=0,
        )  # fmt: skip
    for name, value in facts.items():
        setattr(row, name, value)
    row.closed_at, row.version, row.read_at = (row.closed_at or now) if over else None, row.version + 1, now
    if version:
        row.save(update_fields=[*facts, "closed_at", "version", "read_at"])
    else:
        row.save(force_insert=True)
    payer = locked.member or locked.company
    moved = before["status"] != row.status or before["taken"] != row.taken
    if moved:
        audit.record(
            f"billing.dispute.{'opened' if not before['status'] else 'closed' if over else 'changed'}",
            by=by, about=[row, locked, *invoices, *([payer] if payer else [])], location=locked.location,
            before=before,
            after={"status": str(row.status), "amount": row.amount, "currency": row.currency, "taken": row.taken,
                   "reason": row.reason, "due": row.due_at.isoformat() if row.due_at else ""},
        )  # fmt: skip
    return row, str(before["status"])


def refuse_disputed(
    payment: Payment,
    invoices: Sequence[Invoice],
    parts: Mapping[int, int],
    total: int,
    *,
    left: Refundable,
    by_card: bool,
) -> None:
    """Raise Conflict for a refund of ``total``, of it ``parts`` of ``invoices``, that a dispute stands against.

    Nothing goes back that the customer's bank has given back already, be it of this payment or of another that paid
    the same invoice too much, and nothing is sent that Stripe will refuse.
    """
    taken = held_by_banks([payment.pk]).get(payment.pk, 0)
    if taken and total > left.total - taken:
        raise Conflict(
            f"The customer's bank has taken {Money(taken, payment.currency)} of this payment back. What a dispute "
            "holds is not given back a second time: answer the dispute, or accept it in Stripe's Dashboard.",
            code="disputed",
        )
    over = over_on(invoices)
    for invoice in invoices:
        row = over.get(invoice.pk)
        if row and min(parts[invoice.pk], row.amount) > row.free:
            raise Conflict(
                f"What was paid too much on {invoice} is with the customer's bank: "
                f"{Money(row.held, payment.currency)} of its payments are disputed. That is not given back a second "
                "time.",
                code="disputed",
            )
    if by_card and hinders_card_refund(payment):
        raise Conflict("This payment is disputed, so Stripe lets nothing go back to the card.", code="disputed")
