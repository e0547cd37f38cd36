"""The next step of an attempt that is due. Worker, schedule and the open page all call this; one of them gets it."""

from datetime import datetime, timedelta

import structlog
from django.db.models import Q
from django.utils import timezone

from flexspace.core import restored
from flexspace.core.actors import Actor
from terminal.enums import LIVE, AttemptKind, AttemptState, CancelReason, ReaderPicture
from terminal.models import Attempt
from terminal.rules import (
    GONE_AFTER,
    HELD_LOOK,
    NOT_AT_STRIPE,
    PAGE_TIMEOUT,
    READER_TIMEOUT,
    UNANSWERED_GRACE,
    WORKER_TIMEOUT,
    next_check,
)
from terminal.services.cancel import cancel_step, to_canceling
from terminal.services.dispatch import create_intent, dispatch
from terminal.services.machine import Moved, locked, move
from terminal.services.off_session import charge_step, look_for_intent
from terminal.services.settle import check
from terminal.stripe_client import StripeProblem, StripeRefused

S = AttemptState
JOB = Actor.job("terminal.attempts")
LEASE = timedelta(seconds=20)
WORKER_FIRST = timedelta(seconds=1.5)
BEFORE_READER = [S.RESERVED, S.CREATED]
log = structlog.get_logger(__name__)


def step_if_due(attempt_id: int, *, now: datetime, on_page: bool) -> bool:
    """Take one step when it is due and nobody else has it; return whether one was taken.

    Moving ``next_check_at`` ahead is the claim: whoever changes the row has the step, a crash gives it back.
    """
    timeout = PAGE_TIMEOUT if on_page else WORKER_TIMEOUT
    due = Attempt.objects.filter(pk=attempt_id, next_check_at__lte=now, state__in=LIVE)
    if on_page:  # commands can take long: the worker goes first
        due = due.filter(~Q(state__in=BEFORE_READER) | Q(next_check_at__lte=now - WORKER_FIRST))
    if not due.update(next_check_at=now + LEASE):
        return False
    try:
        _step(Attempt.objects.get(pk=attempt_id), now=now, timeout=timeout)
    except Moved:
        log.info("attempt.moved_meanwhile", attempt=attempt_id)
    except StripeProblem as problem:
        _look_later(attempt_id, problem, now=now)
    return True


def advance(attempt_id: int, *, now: datetime, on_page: bool = False, steps: int = 4) -> None:
    """Take steps as long as one is due at ``now``: make the intent, hand it over, look."""
    for _ in range(steps):
        if not step_if_due(attempt_id, now=now, on_page=on_page):
            return
        now = max(now, timezone.now())  # a step may have taken long


def due_attempts(now: datetime, *, limit: int = 20) -> list[int]:
    """Return the ids of live attempts whose next step is due, the longest waiting first."""
    due = Attempt.objects.filter(next_check_at__lte=now, state__in=LIVE).order_by("next_check_at")
    return list(due.values_list("pk", flat=True)[:limit])


def _step(attempt: Attempt, *, now: datetime, timeout: int) -> None:
    if restored.held():
        only_look(attempt, now=now)
        return
    state = S(attempt.state)
    if state is S.CANCELING:
        if cancel_step(attempt.pk, now=now, timeout=timeout):
            _look_for_the_end(attempt, now=now)
    elif state is S.RESERVED and attempt.kind == AttemptKind.OFF_SESSION:
        charge_step(attempt.pk, now=now, timeout=timeout)
    elif _unwanted(attempt):
        _end(attempt, now=now, reason=CancelReason.CONSENT_WITHDRAWN)
    elif now >= attempt.deadline_at:  # nobody tapped in time
        _end(attempt, now=now, reason=CancelReason.DEADLINE)
    elif state is S.RESERVED:
        create_intent(attempt.pk, now=now, timeout=timeout)
    elif attempt.wants_dispatch and state in (S.CREATED, S.DECLINED, S.UNKNOWN):
        dispatch(attempt.pk, now=now, timeout=timeout)
    elif state is S.DISPATCHING and _caller_is_gone(attempt, now):
        _no_answer(attempt, now=now)
    elif state is S.UNKNOWN:
        _look_in_doubt(attempt, now=now, timeout=timeout)
    else:
        check(attempt.pk, now=now)


def only_look(attempt: Attempt, *, now: datetime) -> None:
    """Read Stripe and book what came, as long as a restored database may send nothing.

    What this database has not sent, the one before may have: a charge of a saved card is looked for in Stripe's list.
    """
    if attempt.remote_id:
        check(attempt.pk, now=now)
    elif attempt.kind == AttemptKind.OFF_SESSION:
        look_for_intent(attempt.pk)
    else:  # its time runs out meanwhile; nobody stands at the reader any more
        Attempt.objects.filter(pk=attempt.pk, version=attempt.version).update(next_check_at=now + HELD_LOOK)


def _look_for_the_end(attempt: Attempt, *, now: datetime) -> None:
    """Read what became of a cancel; an intent that Stripe has not known for GONE_AFTER can charge nobody any more.

    Without this end its invoices would stay held for ever, as after the test data of an account was cleared.
    """
    try:
        check(attempt.pk, now=now)
    except StripeRefused as problem:
        gone = problem.status == 404 and problem.code == NOT_AT_STRIPE
        if not gone or now - attempt.state_since < GONE_AFTER:
            raise
        with locked(attempt.pk) as row:
            if row.attempt.state == S.CANCELING:
                move(row, S.CANCELED, cause="not_at_stripe", by=Actor.stripe(), now=now, last_code=problem.code,
                     last_request_id=problem.request_id, next_reader=None)  # fmt: skip


def _unwanted(attempt: Attempt) -> bool:
    """Return whether a card is being kept that may not be any more. A charge goes on: its card is dropped later."""
    if attempt.kind != AttemptKind.CARD_CAPTURE or attempt.consent is None:
        return False
    return not attempt.consent.holds or bool(attempt.member and attempt.member.archived_at)


def _end(attempt: Attempt, *, now: datetime, reason: CancelReason) -> None:
    """Want it to end: the cancel reads Stripe first, should somebody just have tapped."""
    with locked(attempt.pk) as row:
        if row.attempt.is_live and row.attempt.version == attempt.version:
            to_canceling(row, by=JOB, now=now, reason=reason)


def _caller_is_gone(attempt: Attempt, now: datetime) -> bool:
    return attempt.state_since + timedelta(seconds=attempt.call_timeout + UNANSWERED_GRACE) < now


def _no_answer(attempt: Attempt, *, now: datetime) -> None:
    """Whoever sent the command died before its answer: the outcome is unknown."""
    with locked(attempt.pk) as row:
        if row.attempt.version == attempt.version:
            move(row, S.UNKNOWN, cause="caller_gone", by=JOB, now=now, last_code="no_answer", next_check_at=now)


def _look_in_doubt(attempt: Attempt, *, now: datetime, timeout: int) -> None:
    """Read Stripe; after a reader time-out that left nothing on the reader, send the same intent once more."""
    reader = check(attempt.pk, now=now)
    silent = reader.picture in (ReaderPicture.NONE, ReaderPicture.OURS_FAILED) and not attempt.refund_id
    if attempt.last_code == READER_TIMEOUT and attempt.automatic_dispatches == 0 and silent:
        dispatch(attempt.pk, now=max(now, timezone.now()), timeout=timeout, automatic=True)


def _look_later(attempt_id: int, problem: StripeProblem, *, now: datetime) -> None:
    """Stripe did not answer a read: nothing is known, so look again later."""
    attempt = Attempt.objects.get(pk=attempt_id)
    look = next_check(S(attempt.state), checks=attempt.checks, since=attempt.state_since, now=now)
    Attempt.objects.filter(pk=attempt_id, version=attempt.version, state__in=LIVE).update(
        checks=attempt.checks + 1, next_check_at=look
    )
    log.warning("attempt.not_read", attempt=attempt_id, code=problem.code, status=problem.status)
