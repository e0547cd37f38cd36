"""Links by which an invoice is paid on a page of Stripe's. Our link lives long; that page is made anew for an hour.

The link names an invoice and nothing else: what it leads to is decided when somebody follows it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from billing.enums import InvoiceState
from billing.models import Invoice
from billing.queries import lock_invoices
from flexspace.core import restored
from flexspace.core.actors import Actor
from flexspace.core.money import Money, minimum_amount
from terminal.decide import ReaderView
from terminal.enums import AttemptKind, AttemptState, CancelReason, PayPage, ReaderPicture
from terminal.models import Attempt, LocationAccount
from terminal.queries import live_attempt_on
from terminal.rules import PAGE_TIMEOUT, PAY_LINK_LIVES, pay_page
from terminal.services.dispatch import create_intent
from terminal.services.link_tokens import LinkKind, link_url, read_token
from terminal.services.payment_page import as_intent
from terminal.services.remote import Seen
from terminal.services.reserve import Payer, insert_attempt
from terminal.services.settle import apply
from terminal.stripe_client import StripeGateway, StripeProblem
from terminal.stripe_client.checkout import SessionObject, SessionStatus

P = PayPage


@dataclass(frozen=True, slots=True)
class PayLink:
    """What a link leads to now. ``url`` is Stripe's page, while one is open."""

    page: PayPage
    invoice: Invoice
    url: str = ""


def pay_url(invoice: Invoice, *, now: datetime) -> str:
    """Return a link to pay ``invoice``; the same one all day, so that a page may draw it again."""
    return link_url(LinkKind.PAY, invoice.uuid, at=made_on(now))


def made_on(now: datetime) -> datetime:
    """Return the moment that the links of a day say they were made at."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def look(token: str, *, now: datetime) -> PayLink:
    """Return what a link leads to. Reads Stripe when a page of ours is open there.

    Raises BadLink, and Invoice.DoesNotExist for one that is still a draft.
    """
    uuid, made_at = read_token(LinkKind.PAY, token)
    invoice = _invoice(uuid)
    link = _look(invoice, now=now)
    if link.page is P.READY and now - made_at > PAY_LINK_LIVES:
        return PayLink(P.TOO_OLD, invoice)
    return link


def open_page(token: str, *, now: datetime) -> PayLink:
    """Open a page of Stripe's, or lead to the one that is open: two people who press get the same one.

    Raises as ``look`` does.
    """
    link = look(token, now=now)
    if link.page is not P.READY:
        return link
    if restored.held():
        return PayLink(P.NOT_OPENED, link.invoice)
    attempt = _reserve(link.invoice, now=now)
    if attempt:
        create_intent(attempt.pk, now=now, timeout=PAGE_TIMEOUT)
        attempt.refresh_from_db(fields=["state"])
        if attempt.state == AttemptState.FAILED:
            return PayLink(P.NOT_OPENED, link.invoice)
    return _look(_invoice(link.invoice.uuid), now=now)


def _invoice(uuid: UUID) -> Invoice:
    rows = Invoice.objects.exclude(state=InvoiceState.DRAFT).select_related("location", "member", "company")
    return rows.get(uuid=uuid)


def _look(invoice: Invoice, *, now: datetime) -> PayLink:
    page, live = _page(invoice)
    if page is not P.OPEN or live is None:
        return PayLink(page, invoice)
    try:
        session = StripeGateway.of(live.config).session(live.remote_id or "")
    except StripeProblem:
        return PayLink(P.CHECKING, invoice)
    if session.status is SessionStatus.OPEN:
        return PayLink(P.OPEN, invoice, session.url)
    return _ended(live, session, now=now)


def _ended(attempt: Attempt, session: SessionObject, *, now: datetime) -> PayLink:
    """Book, or let go of, what a page came to: whoever comes back from it sees the truth at once."""
    apply(attempt, Seen(as_intent(session, attempt), ReaderView(ReaderPicture.NONE)), now=now)
    invoice = _invoice(attempt.allocations.all()[0].invoice.uuid)
    page, _live = _page(invoice)
    return PayLink(P.CHECKING if page is P.OPEN else page, invoice)


def _page(invoice: Invoice) -> tuple[PayPage, Attempt | None]:
    live = live_attempt_on(invoice.pk)
    page = pay_page(
        void=invoice.state == InvoiceState.VOID,
        open_amount=invoice.open_amount,
        smallest=minimum_amount(invoice.currency),
        takes_cards=LocationAccount.objects.filter(location=invoice.location).exists(),
        live=(AttemptKind(live.kind), AttemptState(live.state)) if live else None,
    )
    return page, live


def _reserve(invoice: Invoice, *, now: datetime) -> Attempt | None:
    """Commit the wish to be paid; None when somebody else was quicker."""
    account = LocationAccount.objects.select_related("config").get(location=invoice.location)
    try:
        with transaction.atomic():
            (fresh,) = lock_invoices([invoice.pk])
            if _page(fresh)[0] is not P.READY:
                return None
            return insert_attempt(
                by=Actor.payer(),
                kind=AttemptKind.PAY_LINK,
                config=account.config,
                payer=Payer.of(fresh),
                parts=[(fresh, Money(fresh.open_amount, fresh.currency))],
                now=now,
                previous=_before(fresh),
            )
    except IntegrityError as error:
        if live_attempt_on(invoice.pk) is None:
            raise
        del error
        return None


def _before(invoice: Invoice) -> Attempt | None:
    """Return the attempt that staff ended in favour of a link, so that the chain shows how it went on."""
    last = Attempt.objects.filter(allocations__invoice=invoice).order_by("-pk").first()
    return last if last and last.cancel_reason == CancelReason.BY_LINK else None
