"""What a card link has at Stripe: a page that is opened, read, closed, and what it came to."""

from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from billing.services.saved_cards import keep_card
from flexspace.core import audit
from flexspace.core.actors import Actor
from members.models import Company, Member
from terminal.enums import CardLinkState
from terminal.models import CardLink
from terminal.rules import NOT_AT_STRIPE, PAGE_LOOK, PAGE_TIMEOUT
from terminal.services.booking import kept_facts
from terminal.services.customers import ensure_customer, forget_customer
from terminal.services.link_tokens import LinkKind, link_url
from terminal.stripe_client import StripeGateway, StripeProblem, StripeRefused
from terminal.stripe_client.checkout import SessionObject, SessionStatus
from terminal.stripe_client.objects import CardObject

S = CardLinkState
STRIPE = Actor.stripe()
log = structlog.get_logger(__name__)


def payer_of(link: CardLink) -> Member | Company:
    """Return whose card it is to be."""
    payer = link.member or link.company
    assert payer is not None  # a database constraint
    return payer


def card_url(link: CardLink) -> str:
    """Return the whole address of a link."""
    return link_url(LinkKind.CARD, link.uuid, at=link.created_at)


def card_links() -> "QuerySet[CardLink]":
    """Return links with everything their pages show."""
    return CardLink.objects.select_related("config", "location", "member", "company", "consent", "kept_card")


def locked_link(link_id: int) -> CardLink:
    """Lock a link until the transaction ends, and return it as it is now.

    Its consent is read after the lock: joined to it, one that was written while we waited would be missing.
    """
    return CardLink.objects.select_for_update(of=("self",)).get(pk=link_id)


def open_session(link: CardLink, *, now: datetime) -> None:
    """Open the page that the row asks for, or get it again: one key, one body. Raises StripeProblem."""
    assert link.consent is not None
    assert link.session_expires_at is not None
    metadata = {"installation": settings.INSTALLATION, "card_link": str(link.uuid), "consent": str(link.consent.uuid)}
    session = StripeGateway.of(link.config).create_card_session(
        key=f"cs:{link.uuid}:{link.session_seq}",
        customer_id=ensure_customer(link.config, payer_of(link), location=link.location, timeout=PAGE_TIMEOUT),
        allow_redisplay=link.consent.redisplay,
        metadata=metadata,
        success_url=card_url(link),
        cancel_url=card_url(link),
        expires_at=link.session_expires_at,
        timeout=PAGE_TIMEOUT,
    )
    mine = CardLink.objects.filter(pk=link.pk, session_seq=link.session_seq, session_id="")
    mine.update(session_id=session.id, next_check_at=now + PAGE_LOOK)


def not_opened(link: CardLink, problem: StripeProblem) -> None:
    """After a refusal the next press asks anew, under another key; an unanswered call is asked for again as it was."""
    log.warning("card_link.not_opened", link=link.pk, code=problem.code, status=problem.status)
    if isinstance(problem, StripeRefused) and problem.permanent:
        CardLink.objects.filter(pk=link.pk, session_seq=link.session_seq).update(session_expires_at=None)
        if problem.code == NOT_AT_STRIPE:
            payer = payer_of(link)  # known by now, so no call is made
            known = ensure_customer(link.config, payer, location=link.location, timeout=PAGE_TIMEOUT)
            forget_customer(link.config, known)


def read_session(link: CardLink, *, now: datetime) -> SessionObject | None:
    """Read the page of a link and take over what it came to. Raises StripeProblem."""
    gateway = StripeGateway.of(link.config)
    session = gateway.session(link.session_id)
    if session.status is SessionStatus.OPEN:
        CardLink.objects.filter(pk=link.pk, session_id=session.id).update(next_check_at=now + PAGE_LOOK)
    elif session.payment_method_id:
        _done(link.pk, session, gateway.card(session.payment_method_id), now=now)
    else:
        _closed(link.pk, session.id)
    return session


@transaction.atomic
def _done(link_id: int, session: SessionObject, card: CardObject, *, now: datetime) -> None:
    """Write down the card, whatever became of the link: Stripe has it by a consent that was given."""
    row = locked_link(link_id)
    if row.state == S.DONE or row.consent is None:
        return
    row.kept_card = keep_card(
        by=STRIPE,
        consent=row.consent,
        card=kept_facts(card),
        account=row.config.account_id,
        livemode=session.livemode,
        origin=session.id,
        now=now,
    )
    row.state, row.next_check_at = S.DONE, None
    row.save(update_fields=["kept_card", "state", "next_check_at"])
    about = [row, payer_of(row)]
    audit.record("terminal.card_link.done", by=STRIPE, about=about, location=row.location)


def _closed(link_id: int, session_id: str) -> None:
    """Nothing came of the page: the link may open another one."""
    mine = CardLink.objects.filter(pk=link_id, session_id=session_id)
    mine.update(session_id="", session_expires_at=None, next_check_at=None)


def due_card_links(now: datetime, *, limit: int = 50) -> list[int]:
    """Return the links whose page is to be read, the longest waiting first."""
    due = CardLink.objects.filter(next_check_at__lte=now).order_by("next_check_at")
    return list(due.values_list("pk", flat=True)[:limit])


def step_card_link(link_id: int, *, now: datetime) -> None:
    """Read one link's page when that is due; moving ``next_check_at`` ahead is the claim."""
    if not CardLink.objects.filter(pk=link_id, next_check_at__lte=now).update(next_check_at=now + PAGE_LOOK):
        return
    try:
        check_card_link(link_id, now=now)
    except StripeProblem as problem:
        log.warning("card_link.not_read", link=link_id, code=problem.code, status=problem.status)


def check_card_link(link_id: int, *, now: datetime) -> str:
    """Read a link's page, closing it first when the link was withdrawn; return the link's state then.

    Raises StripeProblem.
    """
    link = card_links().get(pk=link_id)
    if link.session_id and link.state != S.DONE:
        if link.state == S.WITHDRAWN:
            _close(link)
        read_session(link, now=now)
    elif link.next_check_at:
        CardLink.objects.filter(pk=link_id, state=link.state).update(next_check_at=None)
    return str(CardLink.objects.values_list("state", flat=True).get(pk=link_id))


def _close(link: CardLink) -> None:
    try:
        StripeGateway.of(link.config).expire_session(
            link.session_id, key=f"csx:{link.uuid}:{link.session_seq}", timeout=PAGE_TIMEOUT
        )
    except StripeRefused as problem:  # it was used, or has ended, just before: the read tells
        log.info("card_link.not_closed", link=link.pk, code=problem.code)
