"""Starts a charge on a reader, and what staff may ask of one that runs: again, elsewhere, look now."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.urls import reverse

from billing.enums import InvoiceState
from billing.models import Consent, Invoice
from billing.queries import lock_invoices
from flexspace.core import restored
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money, minimum_amount, step
from flexspace.core.one_use import claim_token, keep_result
from terminal import explain
from terminal.enums import LIVE, ON_READER, AttemptState, CancelReason
from terminal.models import Attempt, Reader
from terminal.queries import live_attempt_on
from terminal.rules import MAX_SEND_AGAIN, NOTHING_SHOWN
from terminal.services.cancel import request_cancel
from terminal.services.capture import check_consent
from terminal.services.machine import Locked, locked, move
from terminal.services.reader_check import ReaderInUse, check_reader
from terminal.services.reserve import Payer, reserve

S = AttemptState


def start(
    *,
    by: Actor,
    parts: Sequence[tuple[Invoice, Money]],
    reader: Reader,
    now: datetime,
    token: UUID | None = None,
    consent: Consent | None = None,
) -> Attempt:
    """Reserve a charge of ``parts`` (invoice and how much of it) on ``reader``. Nothing is sent yet.

    With ``consent``, given by the payer of the parts, the same tap keeps the card.

    Raises DomainError for what cannot be charged there, Conflict when one of the invoices is being taken or the
    reader is in use, AlreadyUsed when the form was sent before.
    """
    try:
        with transaction.atomic():
            restored.refuse_while_held()
            claim = claim_token(token, by=by, purpose="charge") if token else None
            taken = _taken(parts)
            if taken:  # before the reader: the person is led to the attempt, also when it is on the same reader
                raise taken
            _check_invoices(parts)
            _check_reader(reader, parts)
            fresh = {invoice.pk: invoice for invoice in lock_invoices([invoice.pk for invoice, _ in parts])}
            _check_parts([(fresh[invoice.pk], amount) for invoice, amount in parts])
            check_consent(consent, Payer.of(parts[0][0]))
            attempt = reserve(by=by, parts=parts, reader=reader, now=now, consent=consent)
            if claim:
                keep_result(claim, str(attempt.uuid))
            return attempt
    except IntegrityError as error:
        if "attemptallocation" not in str(error) and "one_live_attempt" not in str(error):
            raise
        just = Conflict("Somebody else has just tried this. Nothing was sent; press again.", code="just_taken")
        raise _taken(parts) or just from error


def _check_invoices(parts: Sequence[tuple[Invoice, Money]]) -> None:
    if not parts:
        raise DomainError("Tick at least one invoice.", code="no_invoice")
    if len({invoice.pk for invoice, _ in parts}) != len(parts):
        raise DomainError("An invoice is ticked twice. Reload the page.", code="invoice_twice")


def _check_reader(reader: Reader, parts: Sequence[tuple[Invoice, Money]]) -> None:
    """Raise for a reader that cannot take these parts now; BeingTaken when it is taking one of them."""
    first = parts[0][0]
    try:
        check_reader(reader, location_id=first.location_id, currency=first.currency)
    except ReaderInUse as busy:
        held = {part.invoice_id for part in busy.holder.allocations.all()}
        if held & {invoice.pk for invoice, _ in parts}:
            raise BeingTaken(explain.being_taken_sentence(busy.holder), attempt=busy.holder) from busy
        raise


def _check_parts(parts: Sequence[tuple[Invoice, Money]]) -> None:
    """Check that every part can be taken now. The invoices must be locked."""
    first = parts[0][0]
    check_together([invoice for invoice, _ in parts])
    for invoice, amount in parts:
        if invoice.state != InvoiceState.ISSUED:
            raise DomainError(f"{invoice} is {invoice.state} and cannot be paid.", code="invoice_not_open")
        if amount.currency != invoice.currency:
            raise DomainError(f"{invoice} is in {invoice.currency}, not {amount.currency}.", code="currency_differs")
        if not 0 < amount.amount <= invoice.open_amount:
            raise DomainError(
                f"{amount} is not between nothing and the {invoice.open} that {invoice} still asks for.",
                code="amount_out_of_range",
            )
    total = Money.sum((amount for _, amount in parts), first.currency)
    smallest = Money(minimum_amount(first.currency), first.currency)
    if total < smallest:
        raise DomainError(f"Stripe takes {smallest} or more. Take {total} in cash.", code="amount_too_small")
    if total.amount % step(first.currency):
        raise DomainError(f"{total} has a fraction that cannot be charged.", code="amount_fraction")


def check_together(invoices: Sequence[Invoice]) -> None:
    """Raise DomainError for invoices that are not one payment: it has one location, one currency and one payer."""
    if len({(invoice.location_id, invoice.currency) for invoice in invoices}) > 1:
        raise DomainError("Invoices of different locations or currencies are charged one by one.", code="mixed")
    if len({(invoice.member_id, invoice.company_id) for invoice in invoices}) > 1:
        raise DomainError("These invoices have different payers. Take one payment from each.", code="several_payers")


def _taken(parts: Sequence[tuple[Invoice, Money]]) -> Conflict | None:
    """Return the sentence about the attempt that already lives on one of the invoices."""
    for invoice, _ in parts:
        live = live_attempt_on(invoice.pk)
        if live:
            return BeingTaken(explain.being_taken_sentence(live), attempt=live)
    return None


class BeingTaken(Conflict):
    """Another attempt on the invoice lives; ``attempt`` is where the person should be led."""

    def __init__(self, message: str, *, attempt: Attempt) -> None:
        super().__init__(message, code="being_taken", where=reverse("terminal:attempt", args=[attempt.uuid]))
        self.attempt = attempt


def try_again(attempt_id: int, *, by: Actor, now: datetime, reader: Reader | None = None) -> None:
    """Present the same intent again, on the same reader or on ``reader``.

    After a refusal or decline at once; from *unknown* at most three times, because the prompt may be there
    already. A reader is only given up through the intent's cancel: then a new attempt follows on ``reader``.
    """
    restored.refuse_while_held()
    with locked(attempt_id) as row:
        attempt = row.attempt
        if attempt.in_doubt_about_refund:
            raise Conflict(explain.MAY_GO_BACK, code="may_go_back")
        other = reader is not None and reader.pk != attempt.reader_id
        idle = attempt.state in (S.RESERVED, S.CREATED, S.DECLINED) and not attempt.holds_reader
        may_move = idle and attempt.kind in ON_READER  # what a page asks for cannot be held to a reader
        if other and reader is not None:
            if attempt.state not in LIVE or attempt.state == S.CANCELING:
                raise Conflict(explain.not_now_sentence(attempt), code="not_now")
            # Before anything is given up: a reader that cannot take over leaves everything as it is.
            check_reader(reader, location_id=attempt.location_id, currency=attempt.currency)
        if other and reader is not None and may_move and reader.config_id == attempt.config_id:
            move(row, S(attempt.state), cause="other_reader", by=by, now=now, audit_as="terminal.attempt.other_reader",
                 reader=reader, wants_dispatch=True, next_check_at=now)  # fmt: skip
            return
        if not other:
            _again_here(row, by=by, now=now)
            return
    assert reader is not None
    request_cancel(attempt_id, by=by, now=now, reason=CancelReason.OTHER_READER, next_reader=reader)


def _again_here(row: Locked, *, by: Actor, now: datetime) -> None:
    attempt = row.attempt
    if attempt.kind not in ON_READER or attempt.state not in (S.CREATED, S.DECLINED, S.UNKNOWN):
        raise Conflict(explain.not_now_sentence(attempt), code="not_now")
    if attempt.state == S.UNKNOWN and attempt.wants_dispatch:
        return  # pressed twice
    if attempt.state == S.UNKNOWN and attempt.last_picture not in NOTHING_SHOWN:
        raise Conflict(explain.MAY_BE_SHOWN, code="may_be_shown")
    if attempt.state == S.UNKNOWN and attempt.sent_again >= MAX_SEND_AGAIN:
        raise Conflict(explain.SENT_OFTEN_ENOUGH, code="sent_often_enough")
    again = attempt.sent_again + (attempt.state == S.UNKNOWN)
    move(row, S(attempt.state), cause="try_again", by=by, now=now, audit_as="terminal.attempt.try_again",
         wants_dispatch=True, sent_again=again, next_check_at=now)  # fmt: skip
