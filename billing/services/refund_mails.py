"""Tells the payer that money has gone back: one mail a refund, asked for in the transaction in which it went."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from billing.enums import NoticeKind, NoticeState, RefundState
from billing.models import Invoice, Notice, Refund
from billing.services.notices import queue_notice
from flexspace.core.errors import DomainError
from flexspace.core.restored import last_declared_at


def tell_payer(refund: Refund, invoices: Sequence[Invoice], *, now: datetime) -> None:
    """Ask for the mail about a refund that has just gone, of ``invoices``, if whoever asked for it wanted one.

    A second call asks for nothing, nor does one for a payer without an address. What was asked for before the
    database was restored from a backup may have been mailed already.
    """
    payment, since = refund.payment, last_declared_at()
    payer = payment.member or payment.company
    if not refund.tell_payer or payer is None or not payer.email or (since and refund.asked_at <= since):
        return
    facts = {"refund": str(refund.uuid), "amount": refund.amount, "currency": refund.currency}
    with suppress(DomainError):  # no address that a mail could go to; the money has gone all the same
        queue_notice(
            by=refund.asker, kind=NoticeKind.REFUNDED, cause=_cause(refund), to=payer.email, location=refund.location,
            now=now, member=payment.member, company=payment.company, payment=payment,
            invoice=invoices[0] if len(invoices) == 1 else None, facts=facts,
        )  # fmt: skip


def take_back_mail(refund: Refund) -> None:
    """Send no mail that nobody has begun to send: the money has come back."""
    waiting = Notice.objects.filter(kind=NoticeKind.REFUNDED, cause=_cause(refund), state=NoticeState.QUEUED)
    waiting.update(state=NoticeState.DROPPED, next_try_at=None)


def is_untrue(notice: Notice) -> bool:
    """Return whether a mail says that money has gone, which has come back since the mail was asked for."""
    if notice.kind != NoticeKind.REFUNDED:
        return False
    return not Refund.objects.filter(uuid=notice.facts["refund"], state=RefundState.SUCCEEDED).exists()


def _cause(refund: Refund) -> str:
    return f"refund:{refund.uuid}"
