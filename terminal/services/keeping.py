"""Asks for a card that may be kept: what was agreed to is written down in the transaction that starts the attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.enums import ConsentChannel, ConsentPurpose
from billing.models import Invoice, SavedCard
from billing.queries import lock_invoices
from billing.services.consents import give_consent
from billing.wording import FALLBACK
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.money import Money
from terminal.models import Attempt, Reader
from terminal.services.capture import start_capture
from terminal.services.collect import start
from terminal.services.reserve import Payer


@dataclass(frozen=True, slots=True)
class Agreed:
    """What somebody has just agreed to at the desk: the purpose, and which wording was shown in which language."""

    purpose: ConsentPurpose
    version: str
    language: str = FALLBACK


class KeptAlready(Conflict):
    """A card was kept under the same consent meanwhile: ``card``."""

    def __init__(self, card: SavedCard) -> None:
        super().__init__(f"{card} was kept meanwhile, so no other card was asked for.", code="kept_already")
        self.card = card


@transaction.atomic
def agree_and_capture(
    *, by: Actor, payer: Payer, agreed: Agreed, reader: Reader, now: datetime, token: UUID | None = None
) -> Attempt:
    """Write down the consent and reserve the keeping of a card; both or neither.

    Raises what ``give_consent`` and ``start_capture`` raise.
    """
    assert payer.who is not None
    consent = give_consent(
        by=by, payer=payer.who, location=payer.location, purpose=agreed.purpose, channel=ConsentChannel.READER, now=now,
        reader_label=reader.label, language=agreed.language, version=agreed.version,
    )  # fmt: skip
    return start_capture(by=by, consent=consent, reader=reader, now=now, token=token)


@transaction.atomic
def agree_and_charge(
    *,
    by: Actor,
    parts: Sequence[tuple[Invoice, Money]],
    agreed: Agreed,
    reader: Reader,
    now: datetime,
    token: UUID | None = None,
) -> Attempt:
    """Write down the consent and reserve a charge that keeps the card too; both or neither.

    Raises what ``give_consent`` and ``start`` raise.
    """
    lock_invoices([invoice.pk for invoice, _ in parts])  # before the payer, as everywhere
    payer = Payer.of(parts[0][0])
    assert payer.who is not None
    consent = give_consent(
        by=by, payer=payer.who, location=payer.location, purpose=agreed.purpose, channel=ConsentChannel.PAY_AND_KEEP,
        now=now, reader_label=reader.label, language=agreed.language, version=agreed.version,
    )  # fmt: skip
    return start(by=by, parts=parts, reader=reader, now=now, token=token, consent=consent)


def capture_after(attempt: Attempt, *, by: Actor, now: datetime) -> Attempt:
    """Ask for a card on the same reader once more, under the consent of an attempt that is over and kept none.

    The cure after a phone was tapped, and the second try of somebody who walked off. Raises what ``start_capture``
    raises, Conflict while ``attempt`` is live or has no consent, KeptAlready when a card was kept under it meanwhile.
    """
    if attempt.is_live or attempt.consent is None or attempt.reader is None:
        raise Conflict("There is nothing to ask for again. Start anew.", code="not_now")
    kept = SavedCard.objects.usable().filter(consent=attempt.consent).first()
    if kept:
        raise KeptAlready(kept)
    return start_capture(by=by, consent=attempt.consent, reader=attempt.reader, now=now)
