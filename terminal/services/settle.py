"""The one place that moves an attempt by what Stripe says: read, decide, compare-and-set, book."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.db.models import F

from billing.enums import InvoiceState, PaymentMethod
from billing.models import Invoice, Payment
from billing.services.payments import record_payment
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.money import Money
from terminal.decide import UNREADABLE, IntentView, ReaderView, Transition, decide
from terminal.enums import AttemptState, CancelReason, FlagKind, IntentStatus, ReaderPicture
from terminal.models import Attempt, AttemptAllocation, AttemptFlag, Reader
from terminal.rules import DECLINED_FOR, next_check
from terminal.services.cancel import request_cancel
from terminal.services.machine import Locked, locked, move
from terminal.services.reserve import continue_elsewhere
from terminal.stripe_client import StripeGateway, StripeProblem

S, R = AttemptState, ReaderPicture
STRIPE = Actor.stripe()


def check(attempt_id: int, *, now: datetime) -> ReaderView:
    """Read the reader, then the intent, and apply what they call for. Return the picture that was seen.

    Raises StripeProblem when the intent cannot be read; then nothing is known and nothing changes.
    """
    attempt = Attempt.objects.select_related("config").get(pk=attempt_id)
    if not attempt.remote_id:
        return UNREADABLE
    gateway = StripeGateway.of(attempt.config)
    reader = _read_reader(gateway, attempt)
    intent = gateway.intent(attempt.remote_id)
    _apply(attempt, intent, reader, now=now)
    return reader


def _read_reader(gateway: StripeGateway, attempt: Attempt) -> ReaderView:
    """Read the reader first: the intent is then never older than the picture. It is only a picture."""
    if not attempt.reader_stripe_id or not attempt.remote_id:
        return ReaderView(R.NONE)
    try:
        return gateway.reader(attempt.reader_stripe_id).view(attempt.remote_id)
    except StripeProblem:
        return UNREADABLE


def _apply(seen: Attempt, intent: IntentView, reader: ReaderView, *, now: datetime) -> None:
    """Apply the snapshots that were read at ``seen.version``: final ones always, others only if nothing moved."""
    with locked(seen.pk) as row:
        same = row.attempt.version == seen.version
        transition = decide(row.attempt.view(), intent, reader)
        if transition and (transition.absorbs or same):
            _move(row, transition, intent, reader, now=now)
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


def _move(row: Locked, transition: Transition, intent: IntentView, reader: ReaderView, *, now: datetime) -> None:
    attempt = row.attempt
    changes: dict[str, Any] = {
        "holds_reader": transition.holds_reader,
        "last_picture": reader.picture,
        **_lamps(attempt, intent, reader, now),
    }
    if transition.code:
        changes |= {"last_code": transition.code, "last_decline_code": transition.decline_code,
                    "last_message": ""}  # fmt: skip
    if transition.to in (S.DECLINED, S.UNKNOWN):
        changes["declined_charge"] = intent.charge_id or attempt.declined_charge
    if transition.to is S.DECLINED:
        changes |= {
            "declines": attempt.declines + 1,
            "deadline_at": now + DECLINED_FOR,
        }
    if transition.to is S.SUCCEEDED:
        payment = _book(row, intent)
        changes |= {
            "payment": payment,
            **_settled_lamps(attempt, intent, now),
            "last_code": "",
            "last_decline_code": "",
        }
    move(row, transition.to, cause=transition.cause, by=STRIPE, now=now, **changes)
    _flag(row, transition, intent)
    if transition.to is S.CANCELED and attempt.next_reader_id:
        continue_elsewhere(row, now=now)


def _lamps(attempt: Attempt, intent: IntentView, reader: ReaderView, now: datetime) -> dict[str, datetime]:
    """Return the lamps that these snapshots light: each only on evidence."""
    lamps: dict[str, datetime] = {}
    moved_on = intent.status is not IntentStatus.REQUIRES_PAYMENT_METHOD or reader.picture is R.OURS_SUCCEEDED
    presented = moved_on or intent.charge_id not in ("", attempt.declined_charge)
    paid_there = intent.status is IntentStatus.SUCCEEDED and attempt.dispatch_seq > 0
    if attempt.on_reader_at is None and (_shown(attempt, reader) or paid_there):
        lamps["on_reader_at"] = now
    if attempt.card_at is None and presented and intent.status is not IntentStatus.CANCELED:
        lamps["card_at"] = now
    return lamps


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
    changes: dict[str, Any] = dict(_lamps(attempt, intent, reader, now)) if attempt.is_live else {}
    if changes or attempt.last_picture != reader.picture:
        changes |= {"revision": attempt.revision + 1, "last_picture": reader.picture}
    if attempt.is_live:
        look = next_check(S(attempt.state), checks=attempt.checks, since=attempt.state_since, now=now)
        assert look is not None
        waits = attempt.state == S.CANCELING or attempt.deadline_at <= now
        changes |= {"checks": attempt.checks + 1, "next_check_at": look if waits else min(look, attempt.deadline_at)}
    if changes:
        Attempt.objects.filter(pk=attempt.pk, version=attempt.version).update(**changes)


def _book(row: Locked, intent: IntentView) -> Payment:
    """Record what Stripe says was received: never what was asked for."""
    attempt = row.attempt
    return record_payment(
        by=STRIPE,
        location=attempt.location,
        member=attempt.member,
        company=attempt.company,
        method=PaymentMethod.CARD_READER,
        amount=Money(intent.amount_received, intent.currency),
        reference=intent.id,
        allocations=_allocate(attempt, intent),
        received_at=datetime.fromtimestamp(intent.charge_created, UTC) if intent.charge_created else attempt.created_at,
        card_brand=intent.card_brand,
        card_last4=intent.card_last4,
        reader_label=attempt.reader.label if attempt.reader else "",
        livemode=intent.livemode,
    )


def _allocate(attempt: Attempt, intent: IntentView) -> list[tuple[int, int]]:
    """Spread what was received over the invoices in order; a surplus stays on the last one, where it is seen.

    Money of another currency or mode pays no invoice: it stays unallocated for a manager.
    """
    if intent.currency != attempt.currency or intent.livemode != attempt.livemode:
        return []
    left, parts = intent.amount_received, []
    planned = list(attempt.allocations.all())
    for part in planned:
        amount = left if part is planned[-1] else min(left, part.amount)
        if amount > 0:
            parts.append((part.invoice_id, amount))
        left -= amount
    return parts


def _flag(row: Locked, transition: Transition, intent: IntentView) -> None:
    """Put into the managers' queue what was not expected."""
    kinds = list(transition.flags)
    if transition.to is S.SUCCEEDED:
        invoices = Invoice.objects.filter(pk__in=[invoice.pk for invoice in row.invoices])
        if any(invoice.surplus for invoice in invoices):
            kinds.append(FlagKind.OVERPAID)
        if any(invoice.state == InvoiceState.VOID for invoice in invoices):
            kinds.append(FlagKind.VOID_INVOICE)
    received = Money(intent.amount_received, intent.currency)
    AttemptFlag.objects.bulk_create(
        [AttemptFlag(attempt=row.attempt, kind=kind, detail=f"Stripe received {received}") for kind in kinds],
        ignore_conflicts=True,
    )
