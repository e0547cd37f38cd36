"""Receipts: by themselves once a payment, and by hand as often as somebody asks.

A location's two switches say who mails them: we, Stripe, both or nobody. What goes out by itself is one row a sender,
written with the payment; until its sender has begun, people may send it elsewhere or stop it.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.enums import NoticeKind, NoticeState, PaymentMethod
from billing.models import Invoice, Notice, Payment
from billing.queries.notices import own_receipts
from billing.rules import receipt_leaves_at, receipts_by_itself
from billing.services.notices import address, queue_notice
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.restored import last_declared_at


def queue_receipts(payment: Payment, *, allocated: bool, to: str | None, now: datetime) -> None:
    """Ask for the receipts of a payment that was just booked, in the booking's transaction, if they go by themselves.

    One payment has one cause, so each sender has one receipt of it, however many invoices it paid and however often
    it is booked. ``to`` is where the payer wants it; with "" it is written down as not wanted.
    """
    since = last_declared_at()
    if since and payment.received_at <= since:  # booked anew after a restored backup: its receipts went out before
        return
    payer = payment.member or payment.company
    own = payer.email if payer else ""
    _insert(
        payment,
        _kinds(payment, allocated=allocated, now=now),
        to=to or own,
        state=NoticeState.DROPPED if to == "" else NoticeState.QUEUED,
        due=receipt_leaves_at(PaymentMethod(payment.method), now),
        now=now,
    )


@transaction.atomic
def send_receipt(*, by: Actor, payment: Payment, to: str, token: UUID, now: datetime) -> Notice:
    """Mail the receipt to ``to`` now: the one that was to go by itself if that has not begun, else one more by hand.

    ``token`` is the form's, so a form sent twice mails once. Raises DomainError for what is no address.
    """
    to = address(to)
    Payment.objects.select_for_update().get(pk=payment.pk)
    rows = own_receipts(payment)
    sent_before = [row for row in rows if row.facts.get("token") == str(token)]
    if sent_before:
        return sent_before[0]
    before = ", ".join(sorted({row.to for row in rows if row.is_open and row.state == NoticeState.QUEUED}))
    if rows:
        chosen = [row for row in rows if _readdress(row, to=to, token=token, now=now)]
    else:
        kinds = _kinds(payment, allocated=payment.allocations.exists(), now=now)
        _insert(payment, kinds, to=to, state=NoticeState.QUEUED, due=now, now=now, facts={"token": str(token)})
        chosen = own_receipts(payment)
    if not chosen:
        return mail_receipt(by=by, payment=payment, to=to, token=token, now=now)
    _write_down(by, payment, before=before, to=to)
    return chosen[0]


@transaction.atomic
def stop_receipt(*, by: Actor, payment: Payment) -> None:
    """Mail no receipt, neither ours nor Stripe's: the payer wants none. Conflict when it is on its way already."""
    Payment.objects.select_for_update().get(pk=payment.pk)
    rows = own_receipts(payment)
    waiting = Notice.objects.filter(pk__in=[row.pk for row in rows], state=NoticeState.QUEUED, tries=0)
    stopped = waiting.update(state=NoticeState.DROPPED, next_try_at=None)
    gone = [row.to for row in rows if not row.is_open]
    if gone and not stopped:
        raise Conflict(f"The receipt is on its way to {gone[0]} already, so it cannot be stopped.", code="receipt_gone")
    if stopped or not rows:
        _write_down(by, payment, before=", ".join(sorted({row.to for row in rows})), to="")


def _kinds(payment: Payment, *, allocated: bool, now: datetime) -> tuple[NoticeKind, ...]:
    return receipts_by_itself(
        method=PaymentMethod(payment.method),
        received_at=payment.received_at,
        now=now,
        ours=payment.location.send_receipts,
        stripes=payment.location.stripe_receipts,
        allocated=allocated,
    )


def _insert(
    payment: Payment,
    kinds: Iterable[NoticeKind],
    *,
    to: str,
    state: NoticeState,
    due: datetime,
    now: datetime,
    facts: dict[str, str] | None = None,
) -> None:
    """Write one row for each sender; none without an address, and none that is there already."""
    rows = [
        Notice(
            kind=kind,
            cause=f"payment:{payment.uuid}",
            to=to,
            location=payment.location,
            member=payment.member,
            company=payment.company,
            payment=payment,
            facts=facts or {},
            state=state,
            created_at=now,
            next_try_at=due if state == NoticeState.QUEUED else None,
        )
        for kind in kinds
        if to
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def _readdress(row: Notice, *, to: str, token: UUID, now: datetime) -> bool:
    """Let a receipt go to ``to`` at once; False when its sender has begun, or has just begun."""
    if not row.is_open:
        return False
    facts = {**row.facts, "token": str(token), "round": row.facts.get("round", 0) + 1}
    same = Notice.objects.filter(pk=row.pk, state=row.state, tries=0)
    return bool(same.update(to=to, facts=facts, state=NoticeState.QUEUED, next_try_at=now))


def _write_down(by: Actor, payment: Payment, *, before: str, to: str) -> None:
    payer = payment.member or payment.company
    audit.record(
        "billing.receipt.chosen",
        by=by,
        about=[payment, *([payer] if payer else [])],
        location=payment.location,
        before={"to": before},
        after={"to": to},
    )


def mail_receipt(*, by: Actor, payment: Payment, to: str, token: UUID, now: datetime) -> Notice:
    """Mail the receipt because somebody asks; ``token`` is the form's, so a form sent twice mails once."""
    return queue_notice(
        by=by,
        kind=NoticeKind.RECEIPT,
        cause=f"payment:{payment.uuid}:{token}",
        to=to,
        location=payment.location,
        member=payment.member,
        company=payment.company,
        payment=payment,
        now=now,
    )


def mail_invoice(*, by: Actor, invoice: Invoice, to: str, token: UUID, now: datetime) -> Notice:
    """Mail the invoice because somebody asks; a form sent twice mails once. DomainError for a draft."""
    if not invoice.number:
        raise DomainError("A draft is not mailed. Issue it first.", code="invoice_draft")
    return queue_notice(
        by=by,
        kind=NoticeKind.INVOICE,
        cause=f"invoice:{invoice.uuid}:{token}",
        to=to,
        location=invoice.location,
        member=invoice.member,
        company=invoice.company,
        invoice=invoice,
        now=now,
    )
