"""Compares an account's books with the ledger, both ways: page by page, each saved before the next is asked for.

Stripe is read with no transaction open. What is read is kept (``StripeMoney``), judged, and never trusted twice: a run
that was killed goes on behind the last page it saved, and doing a page again changes nothing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from terminal.models import Comparison, StripeConfig
from terminal.services.compare_rows import charge_row, keep, refund_row
from terminal.services.judging import judge_charges, judge_refunds
from terminal.services.our_side import check_our_payments, check_our_refunds, look_again
from terminal.services.refund_seen import apply_refunds
from terminal.stripe_client import StripeGateway, StripeProblem, StripeRefused
from terminal.stripe_client.book_calls import ChargeObject
from terminal.stripe_client.refund_calls import RefundObject

DAY, MONTH = timedelta(days=1), timedelta(days=30)
OVERLAP = timedelta(minutes=15)  # that is read again: what Stripe showed late, and what was on its way
SETTLED = timedelta(minutes=2)  # so long may a booking be quicker than a list
CHARGES, REFUNDS = "charges", "refunds"
Page = tuple[list[tuple[str, datetime]], bool]  # ids with their moments, and whether there are more
log = structlog.get_logger(__name__)


def compare_all(*, now: datetime, go_on: Callable[[], bool] = lambda: True) -> None:
    """Compare every account; one account's trouble is not the next one's."""
    for config in StripeConfig.objects.order_by("pk"):
        if not go_on():
            return
        compare(config, now=now, go_on=go_on)


def compare(
    config: StripeConfig, *, now: datetime, month: bool = False, go_on: Callable[[], bool] = lambda: True
) -> bool:
    """Compare what moved since the last time, once a day (or with ``month``) the last 30 days; return whether it ended.

    What Stripe does not answer is kept as the account's ``error``, and the next run goes on there.
    """
    state = _begin(config, month=month, now=now)
    try:
        while state.stage:
            _page(state, now=now)
            if not go_on():
                return False
        since = state.since or now - DAY
        check_our_payments(config, since=since, until=now - SETTLED, now=now)
        check_our_refunds(config, since=since if state.month else now - DAY, until=now - SETTLED, now=now)
        look_again(config, now=now)
    except StripeProblem as problem:
        _stumble(state, problem)
        return False
    _finish(state, now=now)
    return True


def _begin(config: StripeConfig, *, month: bool, now: datetime) -> Comparison:
    """Return where to go on, or a new run: its beginning is a commit, so that its end is known to be missing."""
    state, _made = Comparison.objects.get_or_create(config=config)
    state.config = config
    if state.stage:
        return state
    state.month = month or state.month_at is None or state.month_at <= now - DAY
    state.since = now - MONTH if state.month or state.charges_at is None else state.charges_at - OVERLAP
    state.stage, state.after, state.newest, state.seen = CHARGES, "", None, 0
    state.save()
    return state


def _charges(state: Comparison, *, now: datetime) -> Page:
    assert state.since is not None
    seen, more = StripeGateway.of(state.config).charges_page(since=state.since, after=state.after)
    take_charges(state.config, seen, now=now)
    return [(one.id, one.created) for one in seen], more


def _refunds(state: Comparison, *, now: datetime) -> Page:
    since = state.since if state.month and state.since else now - DAY  # a refund changes long after it was made
    seen, more = StripeGateway.of(state.config).refunds_page(since=since, after=state.after)
    take_refunds(state.config, seen, now=now)
    return [(one.id, one.created) for one in seen], more


STAGES: dict[str, Callable[..., Page]] = {CHARGES: _charges, REFUNDS: _refunds}  # the lists, in this order


def _page(state: Comparison, *, now: datetime) -> None:
    """Compare a page and write down that it was, in the order that a killed run can be taken up from."""
    seen, more = STAGES[state.stage](state, now=now)
    state.seen += len(seen)
    if state.stage == CHARGES:
        state.newest = max([*(at for _, at in seen), *([state.newest] if state.newest else [])], default=None)
    state.after = seen[-1][0] if seen and more else ""
    if not state.after:
        stages = [*STAGES, ""]
        state.stage = stages[stages.index(state.stage) + 1]
    state.error = ""
    state.save()


def _finish(state: Comparison, *, now: datetime) -> None:
    newest = max((at for at in (state.newest, state.charges_at) if at), default=now - OVERLAP)
    state.charges_at, state.compared_at, state.objects_seen, state.error = newest, now, state.seen, ""
    if state.month:
        state.month_at = now
    state.save()


def _stumble(state: Comparison, problem: StripeProblem) -> None:
    """Keep what went wrong; where Stripe does not know the place any more, the next run begins anew."""
    if isinstance(problem, StripeRefused) and problem.code == "resource_missing":
        state.stage, state.after = "", ""
    state.error = f"{problem.message} {problem.code}".strip()[:300]
    state.save()
    log.warning("books.not_compared", account=state.config.account_id, code=problem.code)


def take_charges(config: StripeConfig, seen: Sequence[ChargeObject], *, now: datetime) -> None:
    """Keep a page of charges and compare it; what failed or is only authorised is no money."""
    rows = [charge_row(config, one) for one in seen if one.amount > 0]
    judge_charges(config, keep(rows), now=now)


def take_refunds(config: StripeConfig, seen: Sequence[RefundObject], *, now: datetime) -> None:
    """Keep a page of refunds, apply what is news by the refunds' own rules, and compare it."""
    kept = keep([refund_row(config, one) for one in seen])
    apply_refunds(config, seen, now=now)
    judge_refunds(config, kept, now=now)
