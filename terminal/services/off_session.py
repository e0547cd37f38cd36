"""Charges a saved card with nobody there: look a last time, commit, ask the bank by one call, commit the answer.

A call without an answer may have charged the card. Then only Stripe ends the doubt: by the same key with the same
parameters while the key lives, else by its list of the customer's intents. Nothing is discarded, nothing is sent anew.
"""

from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

import structlog
from django.utils import timezone

from billing.enums import CollectionReason
from flexspace.core.actors import Actor
from terminal.decide import IntentView, ReaderView
from terminal.enums import AttemptState, CancelReason, IntentStatus, ReaderPicture
from terminal.models import Attempt, AttemptTransition
from terminal.rules import (
    DECLINED_FOR,
    GONE_AFTER,
    KEY_LIVES,
    KEY_REFUSED_STATUSES,
    NOT_AT_STRIPE,
    UNANSWERED_GRACE,
    ask_again,
    back_off,
)
from terminal.services import remote
from terminal.services.cancel import cancel_orphan, to_canceling
from terminal.services.collect_facts import hindrance_now
from terminal.services.machine import Locked, locked, move
from terminal.services.settle import apply, check
from terminal.stripe_client import StripeProblem, StripeRefused
from terminal.stripe_client.off_session import BankAnswer

S = AttemptState
JOB = Actor.job("terminal.attempts")
STRIPE = Actor.stripe()
ABSENT = "absent_at_stripe"
ANSWERED = ("refused", "not_now", "unclear_answer")
OF_THE_CARD = ("payment_method", "customer")
log = structlog.get_logger(__name__)


class Turn(Enum):
    """What to do with a reserved charge now."""

    NOTHING = auto()
    ASK = auto()
    LOOK = auto()


def charge_step(attempt_id: int, *, now: datetime, timeout: int) -> None:
    """Take a reserved charge of a saved card one step on. Raises StripeProblem when Stripe's list cannot be read."""
    turn = _commit(attempt_id, now=now, timeout=timeout)
    if turn is Turn.ASK:
        turn = _ask(attempt_id, timeout=timeout)
    if turn is Turn.LOOK:
        look_for_intent(attempt_id)


def _commit(attempt_id: int, *, now: datetime, timeout: int) -> Turn:
    """Look a last time, in the transaction that commits the call."""
    with locked(attempt_id) as row:
        attempt = row.attempt
        if attempt.state != S.RESERVED:
            return Turn.NOTHING
        too_old = attempt.sent_at is not None and now >= attempt.sent_at + KEY_LIVES
        why = _hindrance(row, now=now)
        if attempt.unanswered and (too_old or why):
            return Turn.LOOK
        if too_old or why:
            move(row, S.FAILED, cause="not_asked", by=JOB, now=now, last_code=why or "key_too_old")
            return Turn.NOTHING
        move(row, S.RESERVED, cause="asked", by=JOB, now=now, dispatch_seq=attempt.dispatch_seq + 1,
             unanswered=attempt.unanswered + 1, sent_at=attempt.sent_at or now, call_timeout=timeout,
             next_check_at=now + timedelta(seconds=timeout + UNANSWERED_GRACE))  # fmt: skip
        return Turn.ASK


def _hindrance(row: Locked, *, now: datetime) -> str:
    """Return why the card must not be charged now: a person, the invoice, the day, the consent, the card, the plan."""
    if row.attempt.cancel_reason:
        return str(row.attempt.cancel_reason)
    if not row.still_owed:
        return CancelReason.PAID_MEANWHILE
    [invoice] = row.invoices
    why = hindrance_now(invoice, row.attempt.saved_card, row.attempt.config, now=now)
    return "" if why is CollectionReason.NONE else str(why)


def _ask(attempt_id: int, *, timeout: int) -> Turn:
    rows = Attempt.objects.select_related("config", "saved_card").prefetch_related("allocations__invoice")
    try:
        answer = remote.ask_bank(rows.get(pk=attempt_id), timeout=timeout)
    except StripeProblem as problem:
        return _no_intent(attempt_id, problem, now=timezone.now())
    _answered(attempt_id, answer, now=timezone.now())
    return Turn.NOTHING


def _answered(attempt_id: int, answer: BankAnswer, *, now: datetime) -> None:
    """Write down the intent and what the bank said of it, then let the machine judge."""
    intent = answer.intent
    with locked(attempt_id) as row:
        late = not row.attempt.is_live
        if row.attempt.remote_id is None:
            _found(row, intent.id, cause="bank_answered", now=now, said=intent, request_id=answer.request_id)
        seen = row.attempt
    apply(seen, remote.Seen(intent, ReaderView(ReaderPicture.NONE)), now=now)
    if late and intent.status is not IntentStatus.SUCCEEDED:
        cancel_orphan(attempt_id)


def _found(
    row: Locked, intent_id: str, *, cause: str, now: datetime, said: IntentView | None = None, request_id: str = ""
) -> None:
    """Keep the intent's id; from here on the intent can be read, so there is no doubt any more."""
    attempt = row.attempt
    changes: dict[str, Any] = {"remote_id": intent_id, "unanswered": 0}
    if said and said.error_code:
        changes |= {"last_code": said.error_code, "last_decline_code": said.decline_code,
                    "last_advice": said.advice_code, "last_request_id": request_id}  # fmt: skip
    else:
        changes |= {"last_code": "", "last_message": ""}
    if attempt.state != S.RESERVED:
        move(row, S(attempt.state), cause="intent_came_late", by=JOB, now=now, **changes)
        return
    move(row, S.CREATED, cause=cause, by=STRIPE, now=now, deadline_at=now + DECLINED_FOR, next_check_at=now, **changes)
    if attempt.cancel_reason:
        to_canceling(row, by=JOB, now=now, reason=CancelReason(attempt.cancel_reason))


def _no_intent(attempt_id: int, problem: StripeProblem, *, now: datetime) -> Turn:
    """Write down a call that brought no intent: refused, not now, or nobody knows.

    Look for the intent when this call is over at Stripe's side and yet nothing is known. After "not now" an earlier
    call may still run.
    """
    refused = isinstance(problem, StripeRefused)
    said = {"last_code": _code(problem), "last_message": problem.message[:300], "last_request_id": problem.request_id}
    with locked(attempt_id) as row:
        attempt = row.attempt
        if attempt.state != S.RESERVED:
            return Turn.NOTHING
        unanswered = attempt.unanswered - refused
        if isinstance(problem, StripeRefused) and problem.permanent and not unanswered:
            move(row, S.FAILED, cause="refused", by=STRIPE, now=now, unanswered=0, **said)
            return Turn.NOTHING
        if isinstance(problem, StripeRefused):
            cause = "refused" if problem.permanent else "not_now"
            wait = back_off(attempt.checks, problem.retry_after)
        else:
            cause = "unclear_answer" if problem.status else "no_answer"
            wait = ask_again(attempt.checks)
        move(row, S.RESERVED, cause=cause, by=STRIPE, now=now, unanswered=unanswered, checks=attempt.checks + 1,
             next_check_at=now + wait, **said)  # fmt: skip
        return Turn.LOOK if unanswered and cause in ("refused", "unclear_answer") else Turn.NOTHING


def _code(problem: StripeProblem) -> str:
    """Return the code to keep: a refused key is the account's trouble, a card that Stripe does not take the card's."""
    if problem.status in KEY_REFUSED_STATUSES:
        return f"http_{problem.status}"
    if isinstance(problem, StripeRefused) and problem.param in OF_THE_CARD:
        return NOT_AT_STRIPE
    if problem.code:
        return problem.code
    return f"http_{problem.status}" if problem.status else "no_answer"


def look_for_intent(attempt_id: int) -> None:
    """Ask Stripe's list for the intent: adopt it, or take note that it is not there."""
    attempt = Attempt.objects.select_related("config").get(pk=attempt_id)
    intent_id = remote.find(attempt)
    now = timezone.now()
    with locked(attempt_id) as row:
        if row.attempt.state != S.RESERVED:
            return
        if not intent_id:
            _absent(row, now=now)
            return
        _found(row, intent_id, cause="found_at_stripe", now=now)
    check(attempt_id, now=now)


def _absent(row: Locked, *, now: datetime) -> None:
    """An intent that was absent for ten minutes, with no call on its way, was never made."""
    attempt = row.attempt
    since = _absent_since(attempt)
    if since and now - since >= GONE_AFTER:
        move(row, S.FAILED, cause=ABSENT, by=STRIPE, now=now, last_code=ABSENT, unanswered=0)
        return
    move(row, S.RESERVED, cause=ABSENT, by=STRIPE, now=now, checks=attempt.checks + 1,
         next_check_at=now + ask_again(attempt.checks))  # fmt: skip


def _absent_since(attempt: Attempt) -> datetime | None:
    """Return since when Stripe's list has been without the intent while every later call was answered."""
    since, answered = None, False
    log_rows = AttemptTransition.objects.filter(attempt=attempt).order_by("-version").values_list("cause", "at")
    for cause, at in log_rows[:200]:
        if cause == ABSENT:
            since = at
        elif cause in ANSWERED:
            answered = True
        elif cause == "asked" and answered:
            answered = False
        elif not cause.startswith("cancel_"):
            break
    return since


def adopt_late(attempt_id: int, *, now: datetime) -> None:
    """Look once more for the intent of a charge that was taken for never made. Raises StripeProblem."""
    attempt = Attempt.objects.select_related("config").get(pk=attempt_id)
    intent_id = remote.find(attempt)
    if not intent_id:
        return
    log.warning("attempt.intent_came_late", attempt=attempt_id, intent=intent_id)
    with locked(attempt_id) as row:
        if row.attempt.remote_id is None:
            _found(row, intent_id, cause="found_at_stripe", now=now)
