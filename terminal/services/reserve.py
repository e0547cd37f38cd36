"""Writes the row of a new attempt, with its allocations, its first log row and its audit row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.models import Consent, Invoice, Refund
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.models import Location
from flexspace.core.money import Money
from members.models import Company, Member
from terminal.enums import AttemptKind, AttemptState
from terminal.models import Attempt, AttemptAllocation, AttemptTransition, Reader, SplitRow, StripeConfig
from terminal.rules import DISCARD_AFTER
from terminal.services.machine import Locked


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose card it is, and at which location."""

    location: Location
    member: Member | None
    company: Company | None

    @classmethod
    def of(cls, row: Invoice | Consent) -> "Payer":
        """Return who pays an invoice, or who gave a consent."""
        return cls(row.location, row.member, row.company)

    @property
    def who(self) -> Member | Company | None:
        """Return the member or the company."""
        return self.member or self.company


def reserve(
    *,
    by: Actor,
    parts: Sequence[tuple[Invoice, Money]],
    reader: Reader,
    now: datetime,
    previous: Attempt | None = None,
    consent: Consent | None = None,
) -> Attempt:
    """Insert a charge of ``parts`` (invoice and how much of it) on a reader, in the caller's transaction.

    With ``consent`` the card is kept too. The constraint that allows one live attempt per invoice raises
    IntegrityError when another one lives.
    """
    return insert_attempt(
        by=by, kind=AttemptKind.READER_CHARGE, config=reader.config, payer=Payer.of(parts[0][0]), parts=parts, now=now,
        previous=previous, reader=reader, consent=consent,
    )  # fmt: skip


def reserve_capture(
    *, by: Actor, consent: Consent, reader: Reader, now: datetime, previous: Attempt | None = None
) -> Attempt:
    """Insert the keeping of a card on a reader, in the caller's transaction.

    The constraint that allows one live capture per member or company raises IntegrityError when another one lives.
    """
    return insert_attempt(
        by=by, kind=AttemptKind.CARD_CAPTURE, config=reader.config, payer=Payer.of(consent), parts=[], now=now,
        previous=previous, reader=reader, consent=consent,
    )  # fmt: skip


def reserve_refund(
    *, by: Actor, refund: Refund, reader: Reader, now: datetime, previous: Attempt | None = None
) -> Attempt:
    """Insert the giving back of ``refund`` on a reader, in the caller's transaction.

    The constraint that allows one live attempt a refund raises IntegrityError when another one lives.
    """
    payment = refund.payment
    return insert_attempt(
        by=by, kind=AttemptKind.READER_REFUND, config=reader.config, now=now, parts=[], previous=previous,
        payer=Payer(refund.location, payment.member, payment.company), reader=reader, refund=refund,
    )  # fmt: skip


def insert_attempt(
    *,
    by: Actor,
    kind: AttemptKind,
    config: StripeConfig,
    payer: Payer,
    parts: Sequence[tuple[Invoice, Money]],
    now: datetime,
    previous: Attempt | None = None,
    reader: Reader | None = None,
    **columns: Any,
) -> Attempt:
    """Insert an attempt of any kind, in the caller's transaction, with the invoices locked. Nothing is sent yet."""
    attempt = Attempt.objects.create(
        kind=kind,
        config=config,
        location=payer.location,
        member=payer.member,
        company=payer.company,
        actor_id=by.user_id,
        actor_label=by.label,
        amount=sum(amount.amount for _, amount in parts) if parts else None,
        currency=parts[0][0].currency if parts else payer.location.currency,
        livemode=config.livemode,
        previous=previous,
        reader=reader,
        wants_dispatch=reader is not None,
        receipt_to=previous.receipt_to if previous else None,
        created_at=now,
        state_since=now,
        next_check_at=now,
        **{"deadline_at": now + DISCARD_AFTER, **columns},
    )
    AttemptAllocation.objects.bulk_create(
        AttemptAllocation(attempt=attempt, invoice=invoice, amount=amount.amount) for invoice, amount in parts
    )
    _write_down(by, attempt, [invoice for invoice, _ in parts], payer)
    return attempt


def _write_down(by: Actor, attempt: Attempt, invoices: list[Invoice], payer: Payer) -> None:
    """Write the first row of the attempt's log, and its audit row."""
    AttemptTransition.objects.create(
        attempt=attempt,
        version=1,
        at=attempt.created_at,
        from_state="",
        to_state=AttemptState.RESERVED,
        cause="other_reader" if attempt.previous_id else "start",
        actor_kind=by.kind,
        actor_label=by.label,
    )
    payment = attempt.refund.payment if attempt.refund else None
    rest = [row for row in (attempt.reader, payer.who, attempt.refund, payment) if row]
    subjects: list[Any] = [attempt, *invoices, *rest]
    audit.record(
        "terminal.attempt.started",
        by=by,
        about=subjects,
        location=payer.location,
        after={
            "kind": attempt.kind,
            "amount": attempt.refund.amount if attempt.refund else attempt.amount,
            "currency": attempt.currency,
            "reader": attempt.where,
        },
    )


def continue_elsewhere(row: Locked, *, now: datetime) -> Attempt:
    """Reserve the same parts on the reader that staff chose, in the transaction that ended the attempt before.

    Its allocations have just stopped being live, so the invoices are never free for a third party in between.
    """
    before = row.attempt
    assert before.next_reader is not None
    actor = before.actor
    by = Actor.of(actor) if actor else Actor.job("terminal.attempts")
    if before.kind == AttemptKind.CARD_CAPTURE:
        assert before.consent is not None
        return reserve_capture(by=by, consent=before.consent, reader=before.next_reader, now=now, previous=before)
    if before.refund:
        return reserve_refund(by=by, refund=before.refund, reader=before.next_reader, now=now, previous=before)
    amounts = {part.invoice_id: part.money for part in before.allocations.all()}
    goes_on = reserve(
        by=by,
        parts=[(invoice, amounts[invoice.pk]) for invoice in row.invoices],
        reader=before.next_reader,
        now=now,
        previous=before,
        consent=before.consent,
    )
    SplitRow.objects.filter(attempt=before).update(attempt=goes_on)  # whose payment is the row's
    return goes_on
