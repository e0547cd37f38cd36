"""Keeps a card on a reader: the same machine and the same lease as a charge, without money."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from billing.models import Consent
from flexspace.core import restored
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.one_use import claim_token, keep_result
from terminal import explain
from terminal.enums import AttemptKind
from terminal.models import Attempt, Reader
from terminal.queries import first_whole
from terminal.services.reader_check import ReaderInUse, check_reader
from terminal.services.reserve import Payer, reserve_capture


class BeingKept(Conflict):
    """A card of theirs is being kept already; ``attempt`` is where the person should be led."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(explain.being_taken_sentence(attempt), code="being_kept")
        self.attempt = attempt


def start_capture(*, by: Actor, consent: Consent, reader: Reader, now: datetime, token: UUID | None = None) -> Attempt:
    """Reserve the keeping of a card for whom gave ``consent`` on ``reader``. Nothing is sent yet.

    Raises DomainError for a consent or reader that does not do, BeingKept when one of theirs is being kept, AlreadyUsed
    when the form was sent before.
    """
    payer = Payer.of(consent)
    try:
        with transaction.atomic():
            restored.refuse_while_held()
            claim = claim_token(token, by=by, purpose="card_capture") if token else None
            live = live_capture(payer)
            if live:
                raise BeingKept(live)
            check_consent(consent, payer)
            _check_reader(reader, payer)
            attempt = reserve_capture(by=by, consent=consent, reader=reader, now=now)
            if claim:
                keep_result(claim, str(attempt.uuid))
            return attempt
    except IntegrityError as error:
        live = live_capture(payer)
        if live is None:
            raise
        raise BeingKept(live) from error


def _check_reader(reader: Reader, payer: Payer) -> None:
    """Raise for a reader that cannot ask now; BeingKept when it has just been asked for a card of the same payer."""
    try:
        check_reader(reader, location_id=payer.location.pk, currency=payer.location.currency)
    except ReaderInUse as busy:
        holder = busy.holder
        same = (holder.member_id, holder.company_id) == _ids(payer)
        if holder.kind == AttemptKind.CARD_CAPTURE and same:
            raise BeingKept(holder) from busy
        raise


def _ids(payer: Payer) -> tuple[int | None, int | None]:
    return (payer.member.pk if payer.member else None, payer.company.pk if payer.company else None)


def live_capture(payer: Payer) -> Attempt | None:
    """Return the attempt that is keeping a card of ``payer`` now."""
    rows = Attempt.objects.live().filter(kind=AttemptKind.CARD_CAPTURE, member=payer.member, company=payer.company)
    return first_whole(rows)


def check_consent(consent: Consent | None, payer: Payer) -> None:
    """Raise DomainError unless ``consent`` holds and is the payer's; None is no wish to keep a card."""
    if consent is None:
        return
    if (consent.member_id, consent.company_id) != _ids(payer):
        raise DomainError("The consent is somebody else's. Ask the person who pays.", code="consent_of_another")
    if not consent.holds:
        raise DomainError("This consent was withdrawn. Ask for a new one first.", code="consent_withdrawn")
    if payer.member and payer.member.archived_at:
        raise DomainError(f"{payer.member} is archived, so no card of theirs is kept.", code="payer_archived")
