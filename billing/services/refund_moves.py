"""Moves a refund: one lock order, one compare-and-set, one log row, one audit row, and what it does to the ledger.

Lock order everywhere: invoices by ascending id, then the payment, then the refund; days and passes after them, and
the sequence of credit notes last. Who lets a payment pay one more invoice holds the payment's lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from billing.decide import RefundMove, decide_refund
from billing.enums import InvoiceState, RefundOrigin, RefundOutcome, RefundRemote, RefundState
from billing.models import Allocation, Invoice, Payment, Refund, RefundAllocation, RefundTransition
from billing.queries import lock_invoices
from billing.services import collecting, crediting
from billing.services.balances import apply_balances
from billing.services.refund_mails import take_back_mail, tell_payer
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from members.models import DayPass
from members.services import capacity, day_passes

S = RefundState
STRIPE = Actor.stripe()
log = structlog.get_logger(__name__)


class RefundMoved(Exception):
    """Somebody was quicker: the row has another version now. Read again."""


class _PaysMore(Exception):
    """The payment pays an invoice that was not locked."""


@dataclass
class LockedRefund:
    """A refund, its payment and the payment's invoices, locked until the transaction ends."""

    refund: Refund
    payment: Payment
    invoices: list[Invoice]
    parts: dict[int, int]

    @property
    def touched(self) -> list[Invoice]:
        """Return the invoices it is taken from."""
        return [invoice for invoice in self.invoices if invoice.pk in self.parts]


def lock_payment(payment_id: int) -> tuple[Payment, list[Invoice]]:
    """Lock the invoices a payment paid, then the payment, in the caller's transaction.

    While it waits, somebody may let the payment pay another invoice. Locking that one late would break the lock order,
    so everything is let go again, by a savepoint, and locked anew. Allocations only grow, so this ends.
    """
    while True:
        with suppress(_PaysMore), transaction.atomic():
            ids = _paid_by(payment_id)
            invoices = lock_invoices(ids)
            rows = Payment.objects.select_related("location", "member", "company")
            payment = rows.select_for_update(of=("self",), no_key=True).get(pk=payment_id)
            if _paid_by(payment_id) - ids:
                raise _PaysMore(payment_id)
            return payment, invoices


def _paid_by(payment_id: int) -> set[int]:
    return set(Allocation.objects.filter(payment=payment_id).values_list("invoice_id", flat=True))


@contextmanager
def locked_refund(refund_id: int) -> Iterator[LockedRefund]:
    """Open a transaction with the refund and what it stands on locked."""
    with transaction.atomic():
        payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
        payment, invoices = lock_payment(payment_id)
        refund = Refund.objects.select_for_update(of=("self",)).select_related("location").get(pk=refund_id)
        refund.payment = payment
        parts = dict(RefundAllocation.objects.filter(refund=refund).values_list("invoice_id", "amount"))
        yield LockedRefund(refund, payment, invoices, parts)


def follow(row: LockedRefund, seen: RefundRemote, *, cause: str, now: datetime, **changes: Any) -> RefundMove | None:
    """Take a locked refund where Stripe's ``seen`` leads, with everything that follows; None when that is no news."""
    decided = decide_refund(S(row.refund.state), seen, ended_there=row.refund.reference is not None)
    if decided:
        move(row, decided.to, cause=cause, by=STRIPE, now=now, unanswered=0, **changes)
    return decided


def move(row: LockedRefund, to: RefundState, *, cause: str, by: Actor, now: datetime, **changes: Any) -> None:
    """Take the refund to ``to``, or keep its state and only count the version up, with ``changes`` to its columns.

    The ledger follows in the same transaction. Raises RefundMoved when the version is no longer the one that was read.
    """
    refund, before = row.refund, S(row.refund.state)
    values = {"state": to, "version": refund.version + 1, **changes}
    if to in (S.SUCCEEDED, S.FAILED, S.CANCELED):
        values |= {"next_check_at": None, "finished_at": refund.finished_at or now}
    elif to is not before:
        values |= {"finished_at": None, "checks": 0}
    if not Refund.objects.filter(pk=refund.pk, version=refund.version).update(**values):
        raise RefundMoved(refund.pk)
    for name, value in values.items():
        setattr(refund, name, value)
    note(refund, before=before, cause=cause, by=by, now=now)
    if to is before:
        return
    record(row, f"billing.refund.{to}", by=by, before=before)
    if S.SUCCEEDED in (to, before):
        settle(row, now=now)


def note(refund: Refund, *, before: str, cause: str, by: Actor, now: datetime) -> None:
    """Write the log row of the refund's version."""
    RefundTransition.objects.create(
        refund=refund,
        version=refund.version,
        at=now,
        from_state=before,
        to_state=refund.state,
        cause=cause,
        code=refund.failure_code,
        actor_kind=by.kind,
        actor_label=by.label,
        stripe_request_id=refund.request_id,
    )


def record(row: LockedRefund, action: str, *, by: Actor, before: str = "", reason: str = "") -> None:
    """Write the audit row of a change, about the payment, its invoices and its payer."""
    refund, payment = row.refund, row.payment
    payer = payment.member or payment.company
    after = {
        "state": str(refund.state),
        "amount": refund.amount,
        "currency": refund.currency,
        "method": refund.method,
        "card": payment.card,
        "origin": refund.origin,
        "outcome": refund.outcome,
        "code": refund.failure_code,
        "invoices": ", ".join(str(invoice) for invoice in row.touched),
    }
    about = [refund, payment, *row.touched, *([payer] if payer else [])]
    audit.record(
        action, by=by, about=about, location=refund.location, before={"state": before} if before else {}, after=after,
        reason=reason,
    )  # fmt: skip


def settle(row: LockedRefund, *, now: datetime) -> None:
    """Let the ledger follow a refund that has just gone through, come back, or been decided about."""
    open_before = {invoice.pk: invoice.open_amount for invoice in row.invoices}
    settled = apply_balances(row.invoices)
    if row.refund.state == S.SUCCEEDED:
        _take_back(row, now=now)
        _owe_or_not(row, open_before, now=now)
        tell_payer(row.refund, row.touched, now=now)
    else:
        take_back_mail(row.refund)
    collecting.paid(by=STRIPE, invoices=settled, payment=row.payment, now=now)


def _owe_or_not(row: LockedRefund, open_before: dict[int, int], *, now: datetime) -> None:
    """Credit what the refund would leave open, or leave it open for a person to ask for."""
    refund = row.refund
    for invoice in row.touched:
        rise = min(row.parts[invoice.pk], invoice.open_amount - open_before[invoice.pk])
        if rise <= 0 or invoice.state != InvoiceState.ISSUED:
            continue
        if refund.outcome == RefundOutcome.CREDIT:
            crediting.credit(by=refund.asker, invoice=invoice, refund=refund, amount=rise, now=now)
            apply_balances([invoice], paid=False)
        elif refund.outcome == RefundOutcome.REOPEN:
            collecting.reopened(by=refund.asker, invoice=invoice, now=now)


def _take_back(row: LockedRefund, *, now: datetime) -> None:
    """Take back the day passes that whoever asked wanted back. The money has gone: nothing here may stop that."""
    refund = row.refund
    passes = list(DayPass.objects.filter(source_line__in=refund.take_back, revoked_at=None).order_by("pk"))
    if not passes or refund.origin != RefundOrigin.HERE:
        return
    capacity.lock_days(refund.location, day_passes.seat_days(passes))
    for day_pass in passes:
        try:
            with transaction.atomic():
                if day_passes.balance(day_passes.lock(day_pass)) > 0:  # used meanwhile: there is nothing to take
                    day_passes.revoke(by=refund.asker, day_pass=day_pass, reason=refund.reason, now=now)
        except DomainError as refused:
            log.warning("refund.pass_not_taken_back", refund=refund.pk, day_pass=day_pass.pk, code=refused.code)
