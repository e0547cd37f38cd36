"""The one place that moves an attempt by what Stripe says: read, decide, compare-and-set, book."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.db.models import F

from billing.enums import InvoiceState, RefundState
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.money import Money
from terminal.decide import UNREADABLE, IntentView, ReaderView, Transition, decide
from terminal.enums import AttemptKind, AttemptState, CancelReason, FlagKind, IntentStatus, ReaderPicture
from terminal.models import Attempt, AttemptAllocation, AttemptFlag, Reader
from terminal.rules import DECLINED_FOR, next_check
from terminal.services import remote
from terminal.services.booking import book, keep
from terminal.services.cancel import request_cancel
from terminal.services.machine import Locked, locked, move
from terminal.services.refund_prompt import lets_go
from terminal.services.refund_seen import apply_refund
from terminal.services.remote import Seen
from terminal.services.reserve import continue_elsewhere

S, R = AttemptState, ReaderPicture
STRIPE = Actor.stripe()


def check(attempt_id: int, *, now: datetime) -> ReaderView:
    """Read the reader, then the intent, and apply what they call for. Return the picture that was seen.

    Raises StripeProblem when the intent cannot be read; then nothing is known and nothing changes.
    """
    attempt = Attempt.objects.select_related("config").get(pk=attempt_id)
    if not attempt.remote_id:
        return UNREADABLE
    seen = remote.read(attempt)
    if attempt.refund:  # the ledger first: what a reader gave back is written down like any other refund
        for one in seen.refunds:
            apply_refund(attempt.refund.payment, one, now=now)
    apply(attempt, seen, now=now)
    if attempt.refund_id:
        _end_what_went_back(attempt.refund_id, now=now)
    return seen.reader


def apply(seen: Attempt, snapshots: Seen, *, now: datetime) -> None:
    """Apply what was read when the row was ``seen``: final snapshots always, others only if nothing moved since."""
    intent, reader = snapshots.intent, snapshots.reader
    with locked(seen.pk) as row:
        same = row.attempt.version == seen.version
        view = row.attempt.view(flags=intent.status is IntentStatus.REQUIRES_CAPTURE)
        transition = decide(view, intent, reader)
        if transition and (transition.absorbs or same):
            _move(row, transition, snapshots, now=now)
        elif same:
            _observe(row.attempt, intent, reader, now=now)
    if transition and transition.to is S.SUCCEEDED:
        _end_others(seen.pk, now=now)
    if seen.reader_id and seen.is_live and _shown(seen, reader):
        Reader.objects.filter(pk=seen.reader_id).update(last_proof_at=now)


def _end_others(paid_id: int, *, now: datetime) -> None:
    """Cancel attempts that still ask for what a late success has just paid."""
    mine = AttemptAllocation.objects.filter(attempt_id=paid_id).values("invoice_id")
    asking = AttemptAllocation.objects.filter(invoice__in=mine, live=True, amount__gt=F("invoice__open_amount"))
    for attempt_id in asking.exclude(attempt_id=paid_id).values_list("attempt_id", flat=True).distinct():
        with suppress(Conflict):  # it has ended meanwhile
            request_cancel(attempt_id, by=STRIPE, now=now, reason=CancelReason.PAID_MEANWHILE)


def _end_what_went_back(refund_id: int, *, now: datetime) -> None:
    """Cancel the attempt that still asks for a refund's card when the refund has ended, as by a late one's prompt."""
    asking = Attempt.objects.live().filter(refund=refund_id).exclude(state=S.CANCELING)
    for attempt_id in asking.exclude(refund__state=RefundState.RESERVED).values_list("pk", flat=True):
        with suppress(Conflict):
            request_cancel(attempt_id, by=STRIPE, now=now, reason=CancelReason.REFUND_ENDED)


def _move(row: Locked, transition: Transition, snapshots: Seen, *, now: datetime) -> None:
    attempt, intent, reader = row.attempt, snapshots.intent, snapshots.reader
    changes: dict[str, Any] = {
        "holds_reader": transition.holds_reader,
        "last_picture": reader.picture,
        **_lamps(attempt, intent, reader, now),
        **_of_page(attempt, intent),
    }
    if transition.code:
        changes |= {"last_code": transition.code, "last_decline_code": transition.decline_code,
                    "last_advice": intent.advice_code, "last_message": ""}  # fmt: skip
    if transition.to in (S.DECLINED, S.UNKNOWN):
        changes["declined_charge"] = intent.charge_id or attempt.declined_charge
    if transition.to is S.DECLINED:
        changes |= {
            "declines": attempt.declines + 1,
            "deadline_at": now + DECLINED_FOR,
        }
    if transition.to is S.CANCELING:
        changes |= {"next_check_at": now, "wants_dispatch": False}
    if transition.to is S.SUCCEEDED:
        changes |= {
            **_settled_lamps(attempt, intent, now),
            **keep(row, snapshots, now=now),
            "last_code": "",
            "last_decline_code": "",
        }
        if attempt.amount is not None:
            changes["payment"] = book(row, intent)
    move(row, transition.to, cause=transition.cause, by=STRIPE, now=now, **changes)
    _flag(row, transition, intent)
    if transition.to is S.CANCELED and attempt.next_reader_id:
        continue_elsewhere(row, now=now)


def _lamps(attempt: Attempt, intent: IntentView, reader: ReaderView, now: datetime) -> dict[str, datetime]:
    """Return the lamps that these snapshots light: each only on evidence."""
    lamps: dict[str, datetime] = {}
    moved_on = intent.status is not IntentStatus.REQUIRES_PAYMENT_METHOD or reader.picture is R.OURS_SUCCEEDED
    presented = moved_on or intent.charge_id not in ("", attempt.declined_charge)
    paid_there = intent.status is IntentStatus.SUCCEEDED and attempt.dispatch_seq > 0 and attempt.reader_id is not None
    if attempt.on_reader_at is None and (_shown(attempt, reader) or paid_there):
        lamps["on_reader_at"] = now
    if attempt.card_at is None and presented and intent.status is not IntentStatus.CANCELED:
        lamps["card_at"] = now
    return lamps


def _of_page(attempt: Attempt, intent: IntentView) -> dict[str, str]:
    """Return the intent of a payment page, once there is one: events and Stripe's Dashboard name it."""
    known = intent.id in (attempt.remote_id, attempt.intent_id)
    return {"intent_id": intent.id} if attempt.kind == AttemptKind.PAY_LINK and not known else {}


def _settled_lamps(attempt: Attempt, intent: IntentView, now: datetime) -> dict[str, datetime]:
    """Return the last lamps of a paid attempt, in order; Stripe's own time counts where it fits between ours."""
    before = attempt.on_reader_at or attempt.sent_at or attempt.created_at
    charged = datetime.fromtimestamp(intent.charge_created, UTC) if intent.charge_created else now
    card = attempt.card_at or min(max(charged, before), now)
    return {"card_at": card, "approved_at": min(max(charged, card), now), "booked_at": now}


def _shown(attempt: Attempt, reader: ReaderView) -> bool:
    """Return whether the picture proves that the reader showed the last command.

    A failed action stays in the slot until the next one, so it proves that only once the command was acknowledged.
    """
    if reader.picture is R.OURS_FAILED:
        return attempt.state == S.WAITING
    return reader.picture in (R.OURS_IN_PROGRESS, R.OURS_SUCCEEDED)


def _observe(attempt: Attempt, intent: IntentView, reader: ReaderView, *, now: datetime) -> None:
    """Nothing changed; light lamps and say when to look again."""
    changes: dict[str, Any] = {}
    if attempt.is_live:
        changes = {**_lamps(attempt, intent, reader, now), **_of_page(attempt, intent)}
    if changes or attempt.last_picture != reader.picture:
        changes |= {"revision": attempt.revision + 1, "last_picture": reader.picture}
    if attempt.refund_id and attempt.holds_reader and lets_go(attempt, reader):
        changes |= {"holds_reader": False, "revision": attempt.revision + 1}
    if attempt.is_live:
        look = next_check(S(attempt.state), checks=attempt.checks, since=attempt.state_since, now=now)
        assert look is not None
        waits = attempt.state == S.CANCELING or attempt.deadline_at <= now
        changes |= {"checks": attempt.checks + 1, "next_check_at": look if waits else min(look, attempt.deadline_at)}
    if changes:
        Attempt.objects.filter(pk=attempt.pk, version=attempt.version).update(**changes)


def _flag(row: Locked, transition: Transition, intent: IntentView) -> None:
    """Put into the managers' queue what was not expected."""
    kinds = [] if row.attempt.refund_id else list(transition.flags)  # a refund that comes late has a flag of its own
    if transition.to is S.SUCCEEDED:
        if any(invoice.surplus for invoice in row.invoices):
            kinds.append(FlagKind.OVERPAID)
        if any(invoice.state == InvoiceState.VOID for invoice in row.invoices):
            kinds.append(FlagKind.VOID_INVOICE)
    received = f"Stripe received {Money(intent.amount_received, intent.currency)}"
    detail = "No money moved" if row.attempt.amount is None else received
    AttemptFlag.objects.bulk_create(
        [AttemptFlag(attempt=row.attempt, kind=kind, detail=detail) for kind in kinds],
        ignore_conflicts=True,
    )
