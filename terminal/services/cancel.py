"""Ends an attempt the only safe way: ask, clear the reader if the prompt is ours, cancel the intent, believe Stripe.

The intent's cancel is the fence: after it a late command can charge nobody. Clearing the reader alone is not enough.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import F
from django.utils import timezone

from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from terminal import explain
from terminal.enums import AttemptKind, AttemptState, CancelReason, ReaderPicture
from terminal.models import Attempt, Reader
from terminal.rules import CLEAR_PATIENCE, PAGE_TIMEOUT, READER_BUSY, READER_IN_USE, UNANSWERED_GRACE
from terminal.services import remote
from terminal.services.machine import Locked, locked, move
from terminal.stripe_client import StripeGateway, StripeProblem, StripeRefused

S = AttemptState
log = structlog.get_logger(__name__)


def request_cancel(
    attempt_id: int, *, by: Actor, now: datetime, reason: CancelReason, next_reader: Reader | None = None
) -> None:
    """Want an attempt to end. Stripe has the last word: it may turn out to be paid.

    Raises Conflict when it is over already. ``next_reader`` continues with a new attempt there, once this one is
    canceled at Stripe.
    """
    with locked(attempt_id) as row:
        if not row.attempt.is_live:
            raise Conflict(explain.already_over_sentence(row.attempt), code="already_over")
        to_canceling(row, by=by, now=now, reason=reason, next_reader=next_reader)


def to_canceling(
    row: Locked, *, by: Actor, now: datetime, reason: CancelReason, next_reader: Reader | None = None
) -> None:
    """Move to *canceling*, or straight to *failed* when no intent is known: then nothing can be on a reader."""
    attempt = row.attempt
    if attempt.state == S.CANCELING:
        if attempt.next_reader_id and reason is CancelReason.STAFF:  # out altogether, not on to the other reader
            move(row, S.CANCELING, cause="cancel_staff", by=by, now=now, cancel_reason=reason, next_reader=None,
                 next_check_at=attempt.next_check_at)  # fmt: skip
        return
    if attempt.state == S.RESERVED and attempt.unanswered:  # a card may have been charged: ask Stripe, do not discard
        move(row, S.RESERVED, cause=f"cancel_{reason}", by=by, now=now, cancel_reason=reason, next_check_at=now,
             next_reader=next_reader, audit_as="terminal.attempt.canceling")  # fmt: skip
        return
    if attempt.state == S.RESERVED:
        move(row, S.FAILED, cause="discarded", by=by, now=now, cancel_reason=reason)
        return
    kept = attempt.last_code if attempt.kind == AttemptKind.OFF_SESSION else ""  # the bank's word
    move(row, S.CANCELING, cause=f"cancel_{reason}", by=by, now=now, cancel_reason=reason, next_check_at=now,
         wants_dispatch=False, next_reader=next_reader, last_code=kept, **_last_answer(attempt))  # fmt: skip


def _last_answer(attempt: Attempt) -> dict[str, str]:
    """Return what keeps why the last card did not do it, as the cancel's own codes take the place of ``last_code``."""
    if attempt.state != S.DECLINED or attempt.last_message or attempt.last_code == READER_IN_USE:
        return {}  # of these no card was declined last
    return {"last_decline_code": attempt.last_decline_code or attempt.last_code}


def cancel_step(attempt_id: int, *, now: datetime, timeout: int) -> bool:
    """Take the cancel one step on; return True when Stripe should now be read for the end.

    Each step may be repeated after a crash.
    """
    attempt = Attempt.objects.select_related("config").get(pk=attempt_id)
    if attempt.state != S.CANCELING or not attempt.remote_id:
        return False
    if attempt.reader_stripe_id and not _clear_reader(attempt, now=now, timeout=timeout):
        return True  # a card is being authorised: the intent will tell
    _cancel_intent(attempt, timeout=timeout)
    return True


def _cancel_intent(attempt: Attempt, *, timeout: int) -> None:
    """Cancel the intent. Every answer is counted, also a 5xx: Stripe would only repeat it under the same key."""
    try:
        remote.cancel(attempt, key=f"cxl:{attempt.uuid}:{attempt.cancel_seq}", timeout=timeout)
    except StripeProblem as problem:
        log.info("attempt.not_cancelled", attempt=attempt.pk, code=problem.code, status=problem.status)
        if problem.status:
            _cancel_answered(attempt, code=problem.code or f"http_{problem.status}", request_id=problem.request_id)
    else:
        _cancel_answered(attempt)


def _clear_reader(attempt: Attempt, *, now: datetime, timeout: int) -> bool:
    """Take our prompt off the reader, if it is there. Return False while that should be tried again.

    That is while a card is being authorised, and while the command may still be on its way: it must have arrived
    before the reader is given up, or it would clear the next customer's prompt. After CLEAR_PATIENCE the intent is
    cancelled all the same, which is safe at any moment; only Stripe can refuse it.
    """
    assert attempt.remote_id is not None
    gateway = StripeGateway.of(attempt.config)
    patient = now - attempt.state_since < CLEAR_PATIENCE
    try:
        reader = gateway.reader(attempt.reader_stripe_id)
        if reader.picture(attempt.remote_id) is not ReaderPicture.OURS_IN_PROGRESS:
            return True
        if not _keep_step(attempt, seconds=timeout + UNANSWERED_GRACE):
            return False
        gateway.cancel_action(attempt.reader_stripe_id, timeout=timeout)
    except StripeRefused as problem:
        if problem.code == READER_BUSY or not problem.permanent:
            _look_soon(attempt, now=now, code=problem.code)
            return not patient
    except StripeProblem as problem:
        log.info("attempt.reader_not_cleared", attempt=attempt.pk, code=problem.code)
        return not patient
    return True


def _keep_step(attempt: Attempt, *, seconds: int) -> bool:
    """Keep the step for as long as the command may take; False when somebody has moved the attempt meanwhile."""
    mine = Attempt.objects.filter(pk=attempt.pk, version=attempt.version, state=S.CANCELING)
    return bool(mine.update(next_check_at=timezone.now() + timedelta(seconds=seconds)))


def _look_soon(attempt: Attempt, *, now: datetime, code: str) -> None:
    Attempt.objects.filter(pk=attempt.pk, version=attempt.version).update(
        next_check_at=now + timedelta(seconds=2), last_code=code, revision=F("revision") + 1
    )


def _cancel_answered(attempt: Attempt, *, code: str = "", request_id: str = "") -> None:
    """Count an answered cancel, so that the next one has a key of its own and is not a replay."""
    changes: dict[str, Any] = {"cancel_seq": F("cancel_seq") + 1}
    if attempt.kind != AttemptKind.OFF_SESSION:  # there the bank's word stays on the row
        changes["last_request_id"] = request_id
        if code != attempt.last_code:
            changes |= {"last_code": code, "revision": F("revision") + 1}
    Attempt.objects.filter(pk=attempt.pk).update(**changes)


def cancel_orphan(attempt_id: int) -> None:
    """Cancel the intent of an attempt that was discarded before Stripe's answer came; no reader ever saw it."""
    attempt = Attempt.objects.select_related("config").get(pk=attempt_id)
    _cancel_intent(attempt, timeout=PAGE_TIMEOUT)
