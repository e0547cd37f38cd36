"""The next step of a refund to a card: commit, call under the row's own key, commit the answer.

A call without an answer may have sent the money back. Then only Stripe ends the doubt: by the same key with the same
parameters while the key lives, else by its list of the intent's refunds. A second refund is never made of one row.
"""

from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.utils import timezone

from billing.enums import CANCELED_HERE, REFUND_LIVE, RefundState
from billing.models import Refund
from billing.services.refund_moves import RefundMoved, locked_refund, move
from flexspace.core import restored
from flexspace.core.actors import Actor
from terminal.enums import CancelReason, FlagKind
from terminal.models import Attempt, StripeConfig
from terminal.rules import (
    DISCARD_AFTER,
    GONE_AFTER,
    HELD_LOOK,
    KEY_LIVES,
    MAX_UNANSWERED,
    NOT_AT_STRIPE,
    PAGE_TIMEOUT,
    UNANSWERED_GRACE,
    ask_again,
    back_off,
)
from terminal.services.refund_seen import (
    account_of_payment,
    apply_refund,
    apply_to,
    raise_flag,
    raise_unless_seen,
    sync_refunds_of,
)
from terminal.stripe_client import StripeGateway, StripeProblem, StripeRefused

S = RefundState
JOB = Actor.job("terminal.refunds")
STRIPE = Actor.stripe()
LEASE = timedelta(seconds=PAGE_TIMEOUT + UNANSWERED_GRACE)
log = structlog.get_logger(__name__)


def due_refunds(now: datetime, *, limit: int = 20) -> list[int]:
    """Return the ids of refunds whose next step is due, the longest waiting first."""
    due = Refund.objects.filter(next_check_at__lte=now, state__in=REFUND_LIVE).order_by("next_check_at")
    return list(due.values_list("pk", flat=True)[:limit])


def step_refund(refund_id: int, *, now: datetime) -> bool:
    """Take one step when it is due and nobody else has it; return whether one was taken.

    Moving ``next_check_at`` ahead is the claim: whoever changes the row has the step, a crash gives it back.
    """
    due = Refund.objects.filter(pk=refund_id, next_check_at__lte=now, state__in=REFUND_LIVE)
    if not due.update(next_check_at=now + LEASE):
        return False
    refund = Refund.objects.select_related("payment__location").get(pk=refund_id)
    config = account_of_payment(refund.payment)
    try:
        if config is None:
            _end(refund_id, "no_account", now=now)
        elif refund.state == S.PENDING:
            apply_to(refund_id, StripeGateway.of(config).refund_now(refund.reference or ""), cause="read", now=now)
        else:
            _send_or_look(refund, config, now=now)
    except RefundMoved:
        log.info("refund.moved_meanwhile", refund=refund_id)
    except StripeProblem as problem:  # a read without an answer: nothing is known, so look again later
        log.warning("refund.not_read", refund=refund_id, code=problem.code, status=problem.status)
        _later(refund_id, now=now)
    return True


def _send_or_look(refund: Refund, config: StripeConfig, *, now: datetime) -> None:
    if refund.on_reader:
        _wait_for_card(refund, config, now=now)
        return
    if restored.held():  # what this database has not sent, the one before may have
        _look(refund.pk, config, now=now)
        return
    if refund.state == S.RESERVED and now >= refund.asked_at + DISCARD_AFTER:
        _end(refund.pk, "not_sent", now=now)  # whoever wanted it has long gone on: a person asks again
        return
    too_old = refund.sent_at is not None and now >= refund.sent_at + KEY_LIVES
    if refund.only_look or too_old or refund.unanswered >= MAX_UNANSWERED:
        _look(refund.pk, config, now=now)
    else:
        _send(refund, config, now=now)


def _wait_for_card(refund: Refund, config: StripeConfig, *, now: datetime) -> None:
    """Let it end when no reader goes on with it: the last one's attempt is over, or nobody chose one in time.

    Nothing is sent from here: only a reader can give this money back.
    """
    last = refund.attempts.order_by("-pk").first()
    if last is None and now < refund.asked_at + DISCARD_AFTER:
        look: datetime = refund.asked_at + DISCARD_AFTER
    elif (last and last.is_live) or _found(refund, config, last, now=now) or restored.held():
        look = now + HELD_LOOK
    else:
        _end_on_reader(refund.pk, last, now=now)
        return
    Refund.objects.filter(pk=refund.pk, state=S.RESERVED).update(next_check_at=look)


def _found(refund: Refund, config: StripeConfig, last: Attempt | None, *, now: datetime) -> bool:
    """Return whether Stripe has it. A payment that Stripe does not know for GONE_AFTER has no refund either."""
    try:
        return _find(refund, config, now=now)
    except StripeRefused as problem:
        ended = (last.finished_at if last else None) or refund.asked_at
        if problem.code != NOT_AT_STRIPE or now < ended + GONE_AFTER:
            raise
        return False


def _end_on_reader(refund_id: int, last: Attempt | None, *, now: datetime) -> None:
    """Let nothing go back, unless another reader has gone on meanwhile."""
    with locked_refund(refund_id) as row:
        newest = row.refund.attempts.order_by("-pk").values_list("pk", flat=True).first()
        if row.refund.state == S.RESERVED and newest == (last.pk if last else None):
            code = "not_presented" if last else "no_reader_chosen"
            if last and last.cancel_reason == CancelReason.STAFF:
                code = CANCELED_HERE
            move(row, S.FAILED, cause="not_made", by=JOB, now=now, failure_code=code)
            raise_unless_seen(row.refund, now=now)


def _send(refund: Refund, config: StripeConfig, *, now: datetime) -> None:
    with locked_refund(refund.pk) as row:
        if row.refund.version != refund.version:
            raise RefundMoved(refund.pk)
        fresh = row.refund
        move(row, S.SENT, cause="asked_stripe", by=JOB, now=now, calls=fresh.calls + 1, last_call_at=now,
             unanswered=fresh.unanswered + 1, sent_at=fresh.sent_at or now, next_check_at=now + LEASE)  # fmt: skip
    metadata = {"installation": settings.INSTALLATION, "refund": str(refund.uuid)}
    try:
        seen = StripeGateway.of(config).refund(
            key=f"rf:{refund.uuid}", intent=refund.payment.reference, amount=refund.amount, metadata=metadata,
            timeout=PAGE_TIMEOUT,
        )  # fmt: skip
    except StripeRefused as problem:
        _refused(refund, config, problem, now=timezone.now())
    except StripeProblem as problem:
        _no_answer(refund, config, problem, now=timezone.now())
    else:
        apply_to(refund.pk, seen, cause="answered", now=timezone.now())


def _refused(refund: Refund, config: StripeConfig, problem: StripeRefused, *, now: datetime) -> None:
    """Stripe said no to this call. What an earlier one without an answer did, only its list tells."""
    said = _said(problem)
    with locked_refund(refund.pk) as row:
        if row.refund.state != S.SENT:
            return
        earlier = row.refund.unanswered - 1
        if not problem.permanent:
            wait = back_off(row.refund.checks, problem.retry_after)
            move(row, S.SENT, cause="not_now", by=STRIPE, now=now, unanswered=earlier, checks=row.refund.checks + 1,
                 next_check_at=now + wait, **said)  # fmt: skip
            return
        move(row, S.SENT, cause="refused", by=STRIPE, now=now, unanswered=earlier, only_look=True, **said)
    if problem.status == 400:  # perhaps because of what somebody refunded in the Dashboard: that is booked first
        with suppress(StripeProblem):
            sync_refunds_of(config, refund.payment.reference, now=now)
    if earlier:
        _look(refund.pk, config, now=now)
    else:
        _end(refund.pk, said["failure_code"], now=now)


def _no_answer(refund: Refund, config: StripeConfig, problem: StripeProblem, *, now: datetime) -> None:
    """Nobody knows. After a 5xx the call is over at Stripe, so its list may know already."""
    with locked_refund(refund.pk) as row:
        if row.refund.state != S.SENT:
            return
        checks = row.refund.checks
        move(row, S.SENT, cause="no_answer", by=STRIPE, now=now, checks=checks + 1,
             next_check_at=now + ask_again(checks), **_said(problem))  # fmt: skip
    if problem.status >= 500:
        _find(refund, config, now=now)


def _look(refund_id: int, config: StripeConfig, *, now: datetime) -> None:
    """Look in Stripe's list; a refund that is absent ten minutes after the last call was never made."""
    refund = Refund.objects.select_related("payment__location").get(pk=refund_id)
    if _find(refund, config, now=now):
        return
    if now >= (refund.last_call_at or refund.asked_at) + GONE_AFTER:
        _end(refund_id, refund.failure_code or "absent_at_stripe", now=now)
    else:
        _later(refund_id, now=now)


def _find(refund: Refund, config: StripeConfig, *, now: datetime) -> bool:
    """Apply all refunds of the payment; return whether this one is among them. Raises StripeProblem."""
    seen = StripeGateway.of(config).refunds_of(refund.payment.reference)
    for one in seen:
        apply_refund(refund.payment, one, now=now)
    return any(one.tag == str(refund.uuid) for one in seen)


def _end(refund_id: int, code: str, *, now: datetime) -> None:
    """Let nothing go back: the reservation is free again, and a manager hears of it."""
    with locked_refund(refund_id) as row:
        if row.refund.state in (S.RESERVED, S.SENT):
            move(row, S.FAILED, cause="not_made", by=STRIPE, now=now, failure_code=code, unanswered=0)
            raise_flag(row.refund, FlagKind.REFUND_FAILED, now=now)


def _later(refund_id: int, *, now: datetime) -> None:
    checks = Refund.objects.values_list("checks", flat=True).get(pk=refund_id)
    live = Refund.objects.filter(pk=refund_id, state__in=REFUND_LIVE)
    live.update(checks=checks + 1, next_check_at=now + ask_again(checks))


def _said(problem: StripeProblem) -> dict[str, str]:
    code = problem.code or (f"http_{problem.status}" if problem.status else "no_answer")
    return {"failure_code": code[:80], "failure_message": problem.message[:300], "request_id": problem.request_id[:80]}
