"""Ends an attempt the only safe way: ask, clear the reader if the prompt is ours, cancel the intent, believe Stripe.

The intent's cancel is the fence: after it a late command can charge nobody. Clearing the reader alone is not enough.
"""

from datetime import datetime, timedelta

import structlog

from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from terminal import explain
from terminal.enums import AttemptState, CancelReason, ReaderPicture
from terminal.models import Attempt, Reader
from terminal.rules import READER_BUSY
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
        return
    if attempt.state == S.RESERVED:
        move(row, S.FAILED, cause="discarded", by=by, now=now, cancel_reason=reason)
        return
    move(row, S.CANCELING, cause=f"cancel_{reason}", by=by, now=now, cancel_reason=reason, next_check_at=now,
         wants_dispatch=False, next_reader=next_reader)  # fmt: skip


def cancel_step(attempt_id: int, *, now: datetime, timeout: int) -> bool:
    """Take the cancel one step on; return True when Stripe should now be read for the end.

    Each step may be repeated after a crash.
    """
    attempt = Attempt.objects.select_related("config").get(pk=attempt_id)
    if attempt.state != S.CANCELING or not attempt.remote_id:
        return False
    gateway = StripeGateway.of(attempt.config)
    if attempt.reader_stripe_id and not _clear_reader(gateway, attempt, now=now, timeout=timeout):
        return True  # a card is being authorised: the intent will tell
    try:
        gateway.cancel_intent(attempt.remote_id, key=f"cxl:{attempt.uuid}:{attempt.cancel_seq}", timeout=timeout)
    except StripeRefused as problem:
        _cancel_answered(attempt, code=problem.code, request_id=problem.request_id)
    except StripeProblem as problem:
        log.info("attempt.cancel_unanswered", attempt=attempt.pk, code=problem.code)
    else:
        _cancel_answered(attempt)
    return True


def _clear_reader(gateway: StripeGateway, attempt: Attempt, *, now: datetime, timeout: int) -> bool:
    """Take our prompt off the reader, if it is there. Return False while a card is being authorised."""
    assert attempt.remote_id is not None
    try:
        reader = gateway.reader(attempt.reader_stripe_id)
        if reader.picture(attempt.remote_id) is ReaderPicture.OURS_IN_PROGRESS:
            gateway.cancel_action(attempt.reader_stripe_id, timeout=timeout)
    except StripeRefused as problem:
        if problem.code == READER_BUSY:
            _look_soon(attempt, now=now, code=problem.code)
            return False
    except StripeProblem as problem:
        # Offline or unreachable: the intent's cancel makes whatever it shows harmless.
        log.info("attempt.reader_not_cleared", attempt=attempt.pk, code=problem.code)
    return True


def _look_soon(attempt: Attempt, *, now: datetime, code: str) -> None:
    Attempt.objects.filter(pk=attempt.pk, version=attempt.version).update(
        next_check_at=now + timedelta(seconds=2), last_code=code, card_at=attempt.card_at or now
    )


def _cancel_answered(attempt: Attempt, *, code: str = "", request_id: str = "") -> None:
    """Count an answered cancel, so that the next one has a key of its own and is not a replay."""
    Attempt.objects.filter(pk=attempt.pk).update(cancel_seq=attempt.cancel_seq + 1, last_request_id=request_id)
    if code:
        log.info("attempt.cancel_refused", attempt=attempt.pk, code=code)


def cancel_orphan(attempt_id: int, intent_id: str) -> None:
    """Cancel an intent whose attempt was discarded before Stripe's answer came; no reader ever saw it."""
    attempt = Attempt.objects.select_related("config").get(pk=attempt_id)
    try:
        StripeGateway.of(attempt.config).cancel_intent(intent_id, key=f"cxl:{attempt.uuid}:orphan", timeout=20)
    except StripeProblem as problem:
        log.warning("attempt.orphan_not_cancelled", attempt=attempt_id, intent=intent_id, code=problem.code)
