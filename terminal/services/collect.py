"""Starts a charge on a reader, and what staff may ask of one that runs: again, elsewhere, look now."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from billing.enums import InvoiceState
from billing.models import Invoice
from billing.queries import lock_invoices
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money, step
from flexspace.core.one_use import claim_token, keep_result
from terminal import explain
from terminal.data import TERMINAL_CURRENCIES, minimum_amount
from terminal.enums import LIVE, AttemptState, CancelReason
from terminal.models import Attempt, Reader
from terminal.queries import live_attempt_on, reader_holder
from terminal.rules import MAX_SEND_AGAIN, NOTHING_SHOWN
from terminal.services.cancel import request_cancel
from terminal.services.machine import Locked, locked, move
from terminal.services.reserve import reserve

S = AttemptState


def start(
    *,
    by: Actor,
    parts: Sequence[tuple[Invoice, Money]],
    reader: Reader,
    now: datetime,
    token: UUID | None = None,
) -> Attempt:
    """Reserve a charge of ``parts`` (invoice and how much of it) on ``reader``. Nothing is sent yet.

    Raises DomainError for what cannot be charged there, Conflict when one of the invoices is being taken or the
    reader is in use, AlreadyUsed when the form was sent before.
    """
    try:
        with transaction.atomic():
            claim = claim_token(token, by=by, purpose="charge") if token else None
            taken = _taken(parts)
            if taken:  # before the reader: the person is led to the attempt, also when it is on the same reader
                raise taken
            _check_reader(reader, parts)
            fresh = {invoice.pk: invoice for invoice in lock_invoices([invoice.pk for invoice, _ in parts])}
            _check_parts([(fresh[invoice.pk], amount) for invoice, amount in parts])
            attempt = reserve(by=by, parts=parts, reader=reader, now=now)
            if claim:
                keep_result(claim, str(attempt.uuid))
            return attempt
    except IntegrityError as error:
        if "attemptallocation" not in str(error) and "one_live_attempt" not in str(error):
            raise
        just = Conflict("Somebody else has just tried this. Nothing was sent; press again.", code="just_taken")
        raise _taken(parts) or just from error


def _check_reader(reader: Reader, parts: Sequence[tuple[Invoice, Money]]) -> None:
    if not parts:
        raise DomainError("Tick at least one invoice.", code="no_invoice")
    if len({invoice.pk for invoice, _ in parts}) != len(parts):
        raise DomainError("An invoice is ticked twice. Reload the page.", code="invoice_twice")
    first = parts[0][0]
    place = reader.stripe_location
    if reader.gone_at:
        raise DomainError(explain.READER_GONE.format(reader=reader), code="reader_gone")
    if place is None or place.gone_at:
        raise DomainError(explain.STRIPE_LOCATION_GONE.format(reader=reader), code="stripe_location_gone")
    if place.location_id is None:
        raise DomainError(explain.STRIPE_LOCATION_UNMAPPED.format(place=place), code="stripe_location_unmapped")
    if place.location_id != first.location_id:
        raise DomainError(explain.READER_ELSEWHERE.format(reader=reader, place=place.location), code="reader_elsewhere")
    if TERMINAL_CURRENCIES.get(place.country) != first.currency:
        raise DomainError(
            explain.WRONG_CURRENCY.format(
                reader=reader, country=place.country, currency=first.currency,
                local=TERMINAL_CURRENCIES.get(place.country, "no currency"),
            ),
            code="currency_not_local",
        )  # fmt: skip
    holder = reader_holder(reader)
    if holder:
        held = {part.invoice_id for part in holder.allocations.all()}
        if held & {invoice.pk for invoice, _ in parts}:
            raise BeingTaken(explain.being_taken_sentence(holder), attempt=holder)
        raise Conflict(explain.busy_sentence(holder), code="reader_in_use")


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
        super().__init__(message, code="being_taken")
        self.attempt = attempt


def try_again(attempt_id: int, *, by: Actor, now: datetime, reader: Reader | None = None) -> None:
    """Present the same intent again, on the same reader or on ``reader``.

    After a refusal or decline at once; from *unknown* at most three times, because the prompt may be there
    already. A reader is only given up through the intent's cancel: then a new attempt follows on ``reader``.
    """
    with locked(attempt_id) as row:
        attempt = row.attempt
        other = reader is not None and reader.pk != attempt.reader_id
        may_move = attempt.state in (S.RESERVED, S.CREATED, S.DECLINED) and not attempt.holds_reader
        if other and reader is not None:
            if attempt.state not in LIVE or attempt.state == S.CANCELING:
                raise Conflict(explain.not_now_sentence(attempt), code="not_now")
            # Before anything is given up: a reader that cannot take over leaves everything as it is.
            _check_reader(reader, [(invoice, Money.zero(invoice.currency)) for invoice in row.invoices])
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
    if attempt.state not in (S.CREATED, S.DECLINED, S.UNKNOWN):
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
