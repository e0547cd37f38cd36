"""Reads of mails: the outbox, and what was mailed about an invoice or a payment."""

from django.db.models import QuerySet

from billing.enums import InvoiceMail, NoticeKind, NoticeState
from billing.models import Invoice, Notice, Payment
from flexspace.core.models import User

NEWEST = ("-created_at", "-pk")  # by the time that the outbox shows
NOTICE_TABS = {"all": "All", "waiting": "On the way", "failed": "Not sent", "sent": "Sent"}
_STATES = {
    "waiting": [NoticeState.QUEUED, NoticeState.SENDING],
    "failed": [NoticeState.FAILED],
    "sent": [NoticeState.SENT],
}


def notice_list(user: User, *, tab: str = "all") -> "QuerySet[Notice]":
    """Return mails for a keyset page in the order NEWEST, with what a row shows; an unknown tab means all."""
    rows: QuerySet[Notice] = Notice.objects.for_user(user).select_related(
        "location", "member", "company", "invoice", "payment"
    )
    return rows.filter(state__in=_STATES[tab]) if tab in _STATES else rows


def notices_about(user: User, row: Invoice | Payment, *, limit: int = 5) -> list[Notice]:
    """Return the newest mails about an invoice or a payment."""
    about = {"invoice": row} if isinstance(row, Invoice) else {"payment": row}
    rows = Notice.objects.for_user(user).filter(**about).select_related("location", "invoice", "payment")
    return list(rows.order_by("-pk")[:limit])


def own_receipts(payment: Payment) -> list[Notice]:
    """Return the receipts of a payment that go by themselves, ours before Stripe's: at most one of each."""
    rows = Notice.objects.filter(payment=payment, cause=f"payment:{payment.uuid}")
    return list(rows.select_related("location", "payment").order_by("kind"))


def invoice_mail(invoice: Invoice) -> InvoiceMail:
    """Return what became of mailing an invoice to its payer: one mail that went out is enough."""
    states = set(Notice.objects.filter(invoice=invoice, kind=NoticeKind.INVOICE).values_list("state", flat=True))
    if NoticeState.SENT in states:
        return InvoiceMail.SENT
    if states & {NoticeState.QUEUED, NoticeState.SENDING}:
        return InvoiceMail.ON_ITS_WAY
    return InvoiceMail.FAILED if states else InvoiceMail.NONE


def unsent_mail(invoice: Invoice) -> Notice | None:
    """Return the newest mail with an invoice that did not go out (yet)."""
    rows = Notice.objects.filter(invoice=invoice, kind=NoticeKind.INVOICE).exclude(state=NoticeState.SENT)
    return rows.order_by("-pk").first()
