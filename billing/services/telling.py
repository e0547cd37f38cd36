"""What a payer hears by mail: the invoice, and what became of collecting it. One mail for each cause."""

from collections.abc import Sequence
from datetime import datetime

from billing.dunning import Next, Said
from billing.enums import CollectionState, NoticeKind
from billing.models import Collection, Invoice, Notice
from billing.services.notices import queue_notice
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError


def tell_payer(
    collection: Collection, follows: Next, *, by: Actor, now: datetime, said: Said, cause: str, pay_url: str
) -> bool:
    """Queue the mail about a charge that brought no money; False when the payer cannot be written to.

    ``pay_url`` is where they may pay themselves. A second call with the same ``cause`` queues nothing.
    """
    invoice = collection.invoice
    kind = NoticeKind.PAYMENT_FAILED
    if follows.state is CollectionState.NEEDS_AUTHENTICATION:
        kind = NoticeKind.AUTHENTICATION_NEEDED
    facts = {
        "reason": str(follows.reason),
        "decline_code": said.decline_code or said.code,
        "next_try_on": follows.on.isoformat() if follows.on else "",
        "url": pay_url,
    }
    try:
        queue_notice(
            by=by, kind=kind, cause=f"{invoice.uuid}:{cause}", to=invoice.payer.email, location=invoice.location,
            now=now, member=invoice.member, company=invoice.company, invoice=invoice, facts=facts,
        )  # fmt: skip
    except DomainError:  # no address, or none that a mail could go to
        return False
    return True


def mail_invoices(invoices: Sequence[Invoice], *, now: datetime) -> None:
    """Queue a mail with each invoice, once whatever happens; who has no address is passed over."""
    Notice.objects.bulk_create(
        [
            Notice(
                kind=NoticeKind.INVOICE,
                cause=f"invoice:{invoice.uuid}",
                location_id=invoice.location_id,
                member_id=invoice.member_id,
                company_id=invoice.company_id,
                invoice=invoice,
                to=invoice.payer.email,
                next_try_at=now,
            )
            for invoice in invoices
            if invoice.payer.email
        ],
        ignore_conflicts=True,
    )
