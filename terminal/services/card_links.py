"""Links by which somebody adds a card on a page of Stripe's: what they agree to is written down before it opens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from billing.enums import ConsentChannel, ConsentPurpose
from billing.models import Consent
from billing.services.consents import give_consent
from billing.wording import current
from flexspace.core import audit, restored
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import Location
from flexspace.core.one_use import claim_token, keep_result
from members.models import Company, Member
from terminal.enums import CardLinkState, CardPage
from terminal.models import CardLink, LocationAccount
from terminal.rules import CARD_LINK_LIVES, PAGE_LIVES, PAGE_RETRIED, card_page
from terminal.services.card_link_page import (
    card_links,
    locked_link,
    not_opened,
    open_session,
    payer_of,
    read_session,
)
from terminal.services.link_tokens import LinkKind, read_token
from terminal.stripe_client import StripeProblem, StripeRefused
from terminal.stripe_client.checkout import SessionStatus

P, S = CardPage, CardLinkState


@dataclass(frozen=True, slots=True)
class CardVisit:
    """What a link leads to now. ``url`` is Stripe's page, while one is open."""

    page: CardPage
    link: CardLink
    url: str = ""


@transaction.atomic
def make_card_link(
    *,
    by: Actor,
    payer: Member | Company,
    location: Location,
    purpose: ConsentPurpose,
    now: datetime,
    token: UUID | None = None,
) -> CardLink:
    """Make a link by which ``payer`` may add a card for ``purpose`` within two weeks.

    Raises DomainError where there is no Stripe account, AlreadyUsed when the form was sent before.
    """
    claim = claim_token(token, by=by, purpose="card_link") if token else None
    account = LocationAccount.objects.select_related("config").filter(location=location).first()
    if account is None:
        raise DomainError(f"{location} has no Stripe account yet. An admin adds one.", code="no_account")
    who: dict[str, Any] = {"member": payer} if isinstance(payer, Member) else {"company": payer}
    link = CardLink.objects.create(
        config=account.config, location=location, purpose=purpose, made_by=by.label, created_at=now,
        expires_at=now + CARD_LINK_LIVES, **who,
    )  # fmt: skip
    after = {"purpose": ConsentPurpose(purpose).label.lower()}
    audit.record("terminal.card_link.made", by=by, about=[link, payer], location=location, after=after)
    if claim:
        keep_result(claim, str(link.uuid))
    return link


@transaction.atomic
def withdraw_card_link(*, by: Actor, link: CardLink, now: datetime) -> None:
    """Let a link lead nowhere any more; its page at Stripe is closed by the next step. A second call changes nothing.

    A card that was added before stays: it is taken away as a card, not as a link.
    """
    row = locked_link(link.pk)
    if row.state != S.OPEN:
        return
    row.state, row.next_check_at = S.WITHDRAWN, now if row.session_seq else None
    row.save(update_fields=["state", "next_check_at"])
    about = [row, payer_of(row)]
    audit.record("terminal.card_link.withdrawn", by=by, about=about, location=row.location)


def look(token: str, *, now: datetime) -> CardVisit:
    """Return what a link leads to. Reads Stripe when a page of its own is open there.

    Raises BadLink, and CardLink.DoesNotExist.
    """
    uuid, _made_at = read_token(LinkKind.CARD, token)
    return _look(card_links().get(uuid=uuid), now=now)


def _page(link: CardLink, now: datetime) -> CardPage:
    return card_page(S(link.state), in_session=bool(link.session_id), expires_at=link.expires_at, now=now)


def _look(link: CardLink, *, now: datetime) -> CardVisit:
    if _page(link, now) is not P.OPEN:
        return CardVisit(_page(link, now), link)
    try:
        session = read_session(link, now=now)
    except StripeProblem:
        return CardVisit(P.CHECKING, link)
    url = session.url if session and session.status is SessionStatus.OPEN else ""
    link = card_links().get(pk=link.pk)
    page = _page(link, now)
    return CardVisit(P.CHECKING if page is P.OPEN and not url else page, link, url if page is P.OPEN else "")


def open_page(token: str, *, version: str, language: str, now: datetime) -> CardVisit:
    """Write down the consent to the wording ``version``, as read in ``language``, and open a page of Stripe's.

    While one is open it leads there, and no second consent is written.

    Raises as ``look`` does, and as ``give_consent`` does: Conflict when the wording has changed meanwhile.
    """
    visit = look(token, now=now)
    if visit.page is not P.READY:
        return visit
    if restored.held():
        return CardVisit(P.NOT_OPENED, visit.link)
    link = _agree(visit.link.pk, version=version, language=language, now=now)
    if link:
        try:
            open_session(link, now=now)
        except StripeProblem as problem:
            not_opened(link, problem)
            refused = isinstance(problem, StripeRefused) and problem.permanent
            return CardVisit(P.NOT_OPENED if refused else P.CHECKING, link)
    return _look(card_links().get(pk=visit.link.pk), now=now)


@transaction.atomic
def _agree(link_id: int, *, version: str, language: str, now: datetime) -> CardLink | None:
    """Commit the consent and the wish for a page; None when somebody else was quicker.

    An opening that was not answered is asked for again under the same key for a while: one page, one consent.
    """
    row = locked_link(link_id)
    if _page(row, now) is not P.READY:
        return None
    newest = current(ConsentPurpose(row.purpose), language)
    agreed = row.consent if row.consent and row.consent.holds else None
    words = (agreed.wording_version, agreed.language) if agreed else None
    kept = agreed if words == (newest.version, newest.language) and version == newest.version else None
    consent = kept or _consent(row, version=version, language=language, now=now)
    asked = row.session_expires_at
    same = kept is not None and asked is not None and asked - PAGE_LIVES + PAGE_RETRIED > now
    if not same:
        row.session_seq, row.session_expires_at = row.session_seq + 1, now + PAGE_LIVES
    row.consent = consent
    row.save(update_fields=["session_seq", "session_expires_at", "consent"])
    return row


def _consent(link: CardLink, *, version: str, language: str, now: datetime) -> Consent:
    return give_consent(
        by=Actor.payer(),
        payer=payer_of(link),
        location=link.location,
        purpose=ConsentPurpose(link.purpose),
        channel=ConsentChannel.LINK,
        now=now,
        language=language,
        version=version,
    )
