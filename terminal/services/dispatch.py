"""Makes the intent and hands it to the reader: commit, call, commit. A crash between any two leaves a row to finish."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from billing.enums import RefundState
from flexspace.core.actors import Actor
from terminal.decide import IntentView
from terminal.enums import ON_READER, AttemptKind, AttemptState, CancelReason, ReaderPicture
from terminal.models import Attempt
from terminal.rules import (
    DECLINED_FOR,
    MAX_AUTOMATIC_DISPATCHES,
    NOT_AT_STRIPE,
    READER_IN_USE,
    READER_TIMEOUT,
    TRY_AGAIN_STATUSES,
    deadline_of,
    is_definite_refusal,
    next_check,
)
from terminal.services import remote
from terminal.services.cancel import cancel_orphan, to_canceling
from terminal.services.customers import forget_customer
from terminal.services.machine import Locked, locked, move
from terminal.services.reader_screen import being_written
from terminal.stripe_client import StripeProblem, StripeRefused
from terminal.stripe_client.objects import ReaderObject

S = AttemptState
JOB = Actor.job("terminal.attempts")
BEFORE_DISPATCH = (S.CREATED, S.DECLINED, S.UNKNOWN)
LOOK_AFTER_REFUSAL = timedelta(seconds=15)
LOOK_WHILE_WRITTEN = timedelta(seconds=1)


def create_intent(attempt_id: int, *, now: datetime, timeout: int) -> None:
    """Make what a reserved attempt has at Stripe, or get it again: the key and the parameters are the row's."""
    rows = Attempt.objects.select_related("config", "location", "member", "company", "consent")
    attempt = rows.prefetch_related("allocations__invoice").get(pk=attempt_id)
    try:
        intent = remote.make(attempt, timeout=timeout)
    except StripeProblem as problem:
        _not_created(attempt_id, problem, now=now)
    else:
        _created(attempt_id, intent, now=now)


def _created(attempt_id: int, intent: IntentView, *, now: datetime) -> None:
    with locked(attempt_id) as row:
        kind = AttemptKind(row.attempt.kind)
        if row.attempt.state == S.RESERVED:
            deadline = deadline_of(kind, created_at=row.attempt.created_at, now=now)
            move(row, S.CREATED, cause="intent_created", by=JOB, now=now, remote_id=intent.id, next_check_at=now,
                 deadline_at=deadline)  # fmt: skip
            if kind in ON_READER and "card_present" not in intent.payment_method_types:
                to_canceling(row, by=JOB, now=now, reason=CancelReason.CARD_NOT_OFFERED)
            return
        late = row.attempt.remote_id is None
        if late:  # discarded meanwhile: keep the id, and end the intent that came too late at once
            move(row, S(row.attempt.state), cause="intent_came_late", by=JOB, now=now, remote_id=intent.id)
    if late:
        cancel_orphan(attempt_id)


def _not_created(attempt_id: int, problem: StripeProblem, *, now: datetime) -> None:
    with locked(attempt_id) as row:
        attempt = row.attempt
        if attempt.state != S.RESERVED:
            return
        said = {"last_code": problem.code or "unreachable", "last_message": problem.message[:300],
                "last_request_id": problem.request_id}  # fmt: skip
        if isinstance(problem, StripeRefused) and problem.permanent:
            move(row, S.FAILED, cause="create_refused", by=Actor.stripe(), now=now, **said)
            if problem.code == NOT_AT_STRIPE and attempt.customer_id:  # deleted there: the next try makes another
                forget_customer(attempt.config, attempt.customer_id)
            return
        look = next_check(S.RESERVED, checks=attempt.checks, since=attempt.state_since, now=now)
        move(row, S.RESERVED, cause="create_unanswered", by=JOB, now=now, next_check_at=look, checks=attempt.checks + 1,
             **said)  # fmt: skip


@dataclass(frozen=True)
class Dispatch:
    """One committed command: its number is read once, here, and the key is built from it."""

    attempt_id: int
    key: str
    seq: int
    reader_id: str
    intent_id: str


def dispatch(attempt_id: int, *, now: datetime, timeout: int, automatic: bool = False) -> None:
    """Commit the next command to the reader, send it, and write down the answer."""
    command = _commit(attempt_id, now=now, timeout=timeout, automatic=automatic)
    if command is None:
        return
    attempt = Attempt.objects.select_related("config", "consent").get(pk=attempt_id)
    try:
        reader = remote.present(attempt, command.reader_id, command.intent_id, key=command.key, timeout=timeout)
    except StripeProblem as problem:
        refused(command, problem, now=timezone.now())
    else:
        acknowledged(command, reader, now=timezone.now())


def _commit(attempt_id: int, *, now: datetime, timeout: int, automatic: bool) -> Dispatch | None:
    """Take the last look at the invoices and the lease on the reader, and commit *dispatching*."""
    try:
        with locked(attempt_id) as row:
            attempt = row.attempt
            wanted = attempt.wants_dispatch or automatic
            if attempt.state not in BEFORE_DISPATCH or not wanted:
                return None
            if automatic and attempt.automatic_dispatches:
                return None  # somebody else has just done it
            unwanted = _unwanted(row)
            if unwanted:
                to_canceling(row, by=JOB, now=now, reason=unwanted)
                return None
            if attempt.in_doubt_about_refund:
                return None  # an earlier command may still give it back: a refund has no intent that is paid only once
            assert attempt.reader is not None
            assert attempt.remote_id is not None
            if being_written(attempt.reader.pk, now=now):  # a cart that came after this would take its place
                Attempt.objects.filter(pk=attempt.pk).update(next_check_at=now + LOOK_WHILE_WRITTEN)
                return None
            seq = attempt.dispatch_seq + 1
            move(
                row,
                S.DISPATCHING,
                cause="dispatch",
                by=JOB,
                now=now,
                holds_reader=True,
                wants_dispatch=False,
                reader_stripe_id=attempt.reader.stripe_id,
                dispatch_seq=seq,
                dispatch_from=attempt.state,
                unanswered=attempt.unanswered + 1,
                automatic_dispatches=attempt.automatic_dispatches + automatic,
                call_timeout=timeout,
                sent_at=now,
                on_reader_at=None,
                card_at=None,
                deadline_at=now + timedelta(seconds=attempt.location.walk_off_seconds),
                next_check_at=now + timedelta(seconds=2),
                last_code="",
                last_decline_code="",
                last_message="",
                last_picture="",
            )
            return Dispatch(attempt_id, f"disp:{attempt.uuid}:{seq}", seq, attempt.reader_stripe_id, attempt.remote_id)
    except IntegrityError:
        _reader_is_leased(attempt_id, now=now)
        return None


def _unwanted(row: Locked) -> CancelReason | None:
    """Return why nothing may be asked for any more; None while it may."""
    if not row.still_owed:
        return CancelReason.PAID_MEANWHILE
    consent, refund = row.attempt.consent, row.attempt.refund
    if refund and refund.state != RefundState.RESERVED:
        return CancelReason.REFUND_ENDED
    return CancelReason.CONSENT_WITHDRAWN if consent and not consent.holds else None


def _reader_is_leased(attempt_id: int, *, now: datetime) -> None:
    """The reader belongs to another attempt: stay where we are and let staff choose."""
    with locked(attempt_id) as row:
        if row.attempt.state in BEFORE_DISPATCH and row.attempt.wants_dispatch:
            move(row, S(row.attempt.state), cause="reader_leased", by=JOB, now=now, wants_dispatch=False,
                 last_code=READER_IN_USE, next_check_at=now + LOOK_AFTER_REFUSAL)  # fmt: skip


def acknowledged(command: Dispatch, reader: ReaderObject, *, now: datetime) -> None:
    """Stripe answered 200: the reader has the command. The body may already tell the end, so look at once."""
    picture = reader.picture(command.intent_id)
    with locked(command.attempt_id) as row:
        attempt = row.attempt
        changes: dict[str, Any] = {"unanswered": attempt.unanswered - 1, "next_check_at": now}
        current = attempt.dispatch_seq == command.seq
        if current and (attempt.state == S.DISPATCHING or _seen_in_doubt(attempt, picture)):
            if picture is ReaderPicture.OURS_IN_PROGRESS:
                changes |= {"on_reader_at": now, "next_check_at": now + timedelta(seconds=2)}
            move(row, S.WAITING, cause="acknowledged", by=Actor.stripe(), now=now, **changes)
        else:
            _count_answer(row, now=now, **changes)


def _seen_in_doubt(attempt: Attempt, picture: ReaderPicture) -> bool:
    return attempt.state == S.UNKNOWN and picture is ReaderPicture.OURS_IN_PROGRESS


def refused(command: Dispatch, problem: StripeProblem, *, now: datetime) -> None:
    """Stripe did not say 200. Only a definite refusal leads back; everything else leaves the outcome unknown."""
    answered = isinstance(problem, StripeRefused)
    # After a reader time-out Stripe has answered, but the reader has not: the command may still light it.
    settled = answered and problem.code != READER_TIMEOUT
    with locked(command.attempt_id) as row:
        attempt = row.attempt
        changes: dict[str, Any] = {"unanswered": attempt.unanswered - settled, "next_check_at": now}
        if attempt.dispatch_seq != command.seq or attempt.state != S.DISPATCHING:
            _count_answer(row, now=now, **changes)
            return
        changes |= {"last_code": problem.code or f"http_{problem.status}" if answered else "no_answer",
                    "last_message": problem.message[:300], "last_request_id": problem.request_id}  # fmt: skip
        back = S(attempt.dispatch_from)
        definite = answered and is_definite_refusal(problem.status, problem.code, refund=attempt.refund_id is not None)
        if definite and back is not S.UNKNOWN and changes["unanswered"] == 0:
            changes |= _after_refusal(attempt, problem, now=now)
            move(row, back, cause="refused", by=Actor.stripe(), now=now, holds_reader=False, **changes)
        else:
            changes["next_check_at"] = now + timedelta(seconds=0 if answered else 1)
            move(
                row,
                S.UNKNOWN,
                cause="unclear_answer" if answered else "no_answer",
                by=Actor.stripe(),
                now=now,
                **changes,
            )


def _after_refusal(attempt: Attempt, problem: StripeProblem, *, now: datetime) -> dict[str, Any]:
    """Return what follows: by itself again after 409 and 429, else staff choose until the deadline."""
    deadline = now + DECLINED_FOR
    again = problem.status in TRY_AGAIN_STATUSES and attempt.automatic_dispatches < MAX_AUTOMATIC_DISPATCHES
    if not again:
        return {"deadline_at": deadline, "next_check_at": now + LOOK_AFTER_REFUSAL}
    wait = max(getattr(problem, "retry_after", 0), 2**attempt.automatic_dispatches)
    return {
        "deadline_at": deadline,
        "next_check_at": now + timedelta(seconds=wait),
        "wants_dispatch": True,
        "automatic_dispatches": attempt.automatic_dispatches + 1,
    }


def _count_answer(row: Locked, *, now: datetime, **changes: Any) -> None:
    """An answer to an older command, or one that came after the state moved on: it still makes snapshots stale."""
    if not row.attempt.is_live:
        changes.pop("next_check_at", None)
    elif row.attempt.state == S.CANCELING:  # whoever clears the reader has the step; do not start a second one
        changes["next_check_at"] = row.attempt.next_check_at
    move(row, S(row.attempt.state), cause="late_answer", by=Actor.stripe(), now=now, **changes)
