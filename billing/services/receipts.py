"""Receipts: by themselves once a payment, and by hand as often as somebody asks."""

from datetime import datetime
from uuid import UUID

from billing.enums import NoticeKind, PaymentMethod
from billing.models import Invoice, Notice, Payment
from billing.rules import receipt_by_itself
from billing.services.notices import queue_notice
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError


def queue_own_receipt(payment: Payment, *, allocated: bool, now: datetime) -> None:
    """Ask for the receipt of a payment that was just booked, in the booking's transaction, if it goes out by itself.

    One payment has one cause, so it has one receipt, however many invoices it paid and however often it is booked.
    """
    payer = payment.member or payment.company
    to = payer.email if payer else ""
    if not receipt_by_itself(
        method=PaymentMethod(payment.method),
        received_at=payment.received_at,
        now=now,
        wanted=payment.location.send_receipts,
        to=to,
        allocated=allocated,
    ):
        return
    Notice.objects.bulk_create(
        [
            Notice(
                kind=NoticeKind.RECEIPT,
                cause=f"payment:{payment.uuid}",
                to=to,
                location=payment.location,
                member=payment.member,
                company=payment.company,
                payment=payment,
                created_at=now,
                next_try_at=now,
            )
        ],
        ignore_conflicts=True,
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
