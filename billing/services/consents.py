"""What somebody agreed to, so that a card of theirs may be kept and charged: given word for word, and withdrawn."""

from datetime import datetime

from django.db import transaction

from billing.enums import ConsentChannel, ConsentPurpose
from billing.models import Consent
from billing.services.saved_cards import lock_owner, remove_locked
from billing.wording import FALLBACK, Wording, current, languages
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from members.models import Company, Member


def wording_text(wording: Wording, *, payer: Member | Company, location: Location) -> str:
    """Return the words that ``payer`` is shown at ``location``."""
    return wording.text(operator=location.legal_name or location.name, place=location.name, payer=payer.name)


def wording_texts(purpose: ConsentPurpose, *, payer: Member | Company, location: Location) -> dict[str, str]:
    """Return what ``payer`` is asked to agree to, by the code of every language it was written in."""
    return {code: wording_text(current(purpose, code), payer=payer, location=location) for code in languages(purpose)}


@transaction.atomic
def give_consent(
    *,
    by: Actor,
    payer: Member | Company,
    location: Location,
    purpose: ConsentPurpose,
    channel: ConsentChannel,
    now: datetime,
    reader_label: str = "",
    language: str = FALLBACK,
    version: str = "",
) -> Consent:
    """Write down that ``payer`` agrees to the newest wording for ``purpose``, in ``language`` where it is written.

    ``version`` is what the page showed: Conflict (``wording_changed``) when there is a newer one by now, so that
    nobody agrees to what they did not read. ``by`` took it: a person at the desk, or the payer on a page of ours.
    Raises DomainError for somebody who was archived.
    """
    wording = current(purpose, language)
    if version not in ("", wording.version):
        raise Conflict("The wording has changed meanwhile. Read it again.", code="wording_changed")
    owner = lock_owner(payer)
    if is_archived(owner):
        raise DomainError(f"{owner} is archived, so no card of theirs is kept.", code="payer_archived")
    consent = Consent.objects.create(
        location=location,
        member=owner if isinstance(owner, Member) else None,
        company=owner if isinstance(owner, Company) else None,
        purpose=purpose,
        wording_version=wording.version,
        wording=wording_text(wording, payer=owner, location=location),
        language=wording.language,
        channel=channel,
        reader_label=reader_label,
        taken_by=by.label,
        given_at=now,
    )
    _record("billing.consent.given", by, consent)
    return consent


@transaction.atomic
def withdraw_consent(*, by: Actor, consent: Consent, reason: str = "", now: datetime) -> Consent:
    """Withdraw a consent: from this commit on, none of its cards may be charged; they are removed, at Stripe too.

    What is keeping a card under it now is ended by the attempt's own next step. A second call changes nothing.
    """
    reason = refuse_card_number(reason.strip())[:300]
    lock_owner(consent.owner)
    row = Consent.objects.select_related("location", "member", "company").get(pk=consent.pk)
    if not row.holds:
        return row
    row.withdrawn_at, row.withdrawn_by, row.withdraw_reason = now, by.label, reason
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdraw_reason"])
    _record("billing.consent.withdrawn", by, row, reason=reason)
    for card in row.cards.filter(removed_at=None):
        remove_locked(by=by, card=card, reason="Consent withdrawn", now=now)
    return row


def _record(action: str, by: Actor, consent: Consent, *, reason: str = "") -> None:
    facts = {
        "purpose": consent.get_purpose_display().lower(),
        "wording": consent.wording_version,
        "language": consent.language,
        "channel": consent.channel,
        "reader": consent.reader_label,
    }
    audit.record(action, by=by, about=[consent, consent.owner], location=consent.location, after=facts, reason=reason)


def is_archived(owner: Member | Company) -> bool:
    """Return whether the payer was taken out of the lists; companies are not."""
    return isinstance(owner, Member) and owner.archived_at is not None
