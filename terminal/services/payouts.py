"""Reads an account's payouts and unfolds each into what it holds: page by page, each saved before the next is asked.

Stripe is read with no transaction open. A run that was killed goes on behind the last page it saved; doing a page again
changes nothing. What is known and final costs no call of its own.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from flexspace.core.locks import only_one
from terminal.enums import PayoutSection, PayoutStatus
from terminal.models import Comparison, Difference, Payout, PayoutLine, PayoutReading, StripeConfig, StripeMoney
from terminal.models.config import note_right
from terminal.models.payout import ASKED_FOR
from terminal.services.compare import compare
from terminal.services.payout_rows import keep_lines, keep_payouts, unfold_again
from terminal.signals import books_wanted
from terminal.stripe_client import StripeGateway, StripeProblem, StripeRefused

FIRST = timedelta(days=90)  # how far back the first run looks
OVERLAP = timedelta(days=14)  # that is listed again: a payout that was paid may still fail within some days
A_DAY = timedelta(days=1)
MOST = 50  # that one run reads one by one; the next run takes the rest
SOME_PAGES = 3  # of lines that an event or a person waits for; the schedule reads the rest
GoOn = Callable[[], bool]
log = structlog.get_logger(__name__)


def read_payouts(config: StripeConfig, *, now: datetime, go_on: GoOn = lambda: True) -> bool:
    """Read what is new since the last time, and what was not final then; return whether it ended.

    What Stripe does not answer is kept as the account's ``error``, and the next run goes on there.
    """
    state = _begin(config, now=now)
    try:
        while state.since:
            _page(state)
            if not go_on():
                return False
        for payout in _not_final(config, now)[:MOST]:
            _look_again(payout, now=now)
        for payout in _to_unfold(config, now)[:MOST]:
            if not _unfold(payout, now=now, go_on=go_on):
                return False
    except StripeProblem as problem:
        _stumble(state, problem)
        return False
    PayoutReading.objects.filter(pk=state.pk).update(read_at=now, error="")
    if _not_compared(config):
        _compare(config, now=now)
    return True


def sync_payout(config: StripeConfig, payout_id: str, *, now: datetime) -> str:
    """Read one payout, and what it holds as far as some pages reach; return how it stands. Raises StripeProblem."""
    payout = _read(config, payout_id)
    if payout.may_unfold and not payout.lines_complete:
        read_lines(payout, now=now, go_on=_some_pages())
        _ask_for_books(config)
    return payout.status


def read_again(payout: Payout, *, now: datetime) -> Payout:
    """Read a payout once more from its first line, as somebody asked for it. Raises StripeProblem."""
    row = _read(payout.config, payout.stripe_id)
    if row.may_unfold:
        unfold_again(row)
        read_lines(row, now=now, go_on=_some_pages())
        _ask_for_books(row.config)
    return row


def read_difference_again(difference: Difference, *, now: datetime) -> None:
    """Read the payout that a difference is about once more. Raises StripeProblem."""
    rows = Payout.objects.filter(config=difference.config, stripe_id=difference.stripe_id).select_related("config")
    if payout := rows.first():
        read_again(payout, now=now)


def _read(config: StripeConfig, payout_id: str) -> Payout:
    """Read one payout. The time is taken before the call: an answer that comes late says how it stood before."""
    at = timezone.now()
    [row] = keep_payouts(config, [StripeGateway.of(config).payout(payout_id)], now=at)
    return row


def read_lines(payout: Payout, *, now: datetime, go_on: GoOn = lambda: True) -> bool:
    """Read what a payout holds from where it was left; return whether all of it is here. Raises StripeProblem."""
    gateway = StripeGateway.of(payout.config)
    while not payout.lines_complete:
        try:
            seen, more = gateway.payout_lines_page(payout.stripe_id, after=payout.lines_after)
        except StripeRefused as problem:
            if problem.code == "resource_missing" and payout.lines_after:
                unfold_again(payout)  # Stripe does not know the place any more
            raise
        keep_lines(payout, seen, more=more, now=now)
        if not payout.lines_complete and not go_on():
            return False
    _proven(payout.config, "balance_read")
    return True


def _some_pages() -> GoOn:
    pages = iter(range(SOME_PAGES - 1))
    return lambda: next(pages, None) is not None


def _begin(config: StripeConfig, *, now: datetime) -> PayoutReading:
    """Return where to go on, or a new run: its beginning is a commit, so that its end is known to be missing."""
    state, _made = PayoutReading.objects.get_or_create(config=config)
    state.config = config
    if state.since is None:
        state.since, state.after = (state.newest_at - OVERLAP if state.newest_at else now - FIRST), ""
        state.save(update_fields=["since", "after"])
    return state


def _page(state: PayoutReading) -> None:
    """Keep a page of payouts, then write down that it was; the newest first, so nothing is between two runs."""
    assert state.since is not None
    at = timezone.now()
    seen, more = StripeGateway.of(state.config).payouts_page(since=state.since, after=state.after)
    _proven(state.config, "payout_read")
    keep_payouts(state.config, seen, now=at)
    known = [state.newest_at] if state.newest_at else []
    state.newest_at = max([one.created for one in seen] + known, default=None)
    state.after = seen[-1].id if seen and more else ""
    state.since = state.since if state.after else None
    state.save(update_fields=["newest_at", "after", "since"])


def _not_final(config: StripeConfig, now: datetime) -> "QuerySet[Payout]":
    """Return those that this run's list did not show although they may still change."""
    moving = Q(status__in=(PayoutStatus.PENDING, PayoutStatus.IN_TRANSIT))
    folded = Q(automatic=True, reconciled=False, status=PayoutStatus.PAID, created_at__gt=now - ASKED_FOR)
    rows = Payout.objects.filter(moving | folded, config=config, read_at__lt=now)
    return rows.select_related("config").order_by("read_at", "pk")


def _look_again(payout: Payout, *, now: datetime) -> None:
    """Read one that may have changed; that Stripe refuses it must not hold up the others, so it is their turn first."""
    try:
        _read(payout.config, payout.stripe_id)
    except StripeRefused as problem:
        _pass_over(payout, problem)
        Payout.objects.filter(pk=payout.pk, read_at__lt=now).update(read_at=now)


def _to_unfold(config: StripeConfig, now: datetime) -> list[Payout]:
    """Return those whose lines are not all here, and once a day those recent ones whose lines do not add up.

    The newest first, then those that Stripe refused, the longest ago first; an old one that it refused is let be.
    """
    rows = Payout.objects.filter(config=config, automatic=True, reconciled=True)
    unread = rows.filter(lines_complete=False).exclude(lines_at__isnull=False, created_at__lte=now - ASKED_FOR)
    unread = unread.order_by(F("lines_at").asc(nulls_first=True), "-created_at")
    off = rows.filter(~Q(lines_net=F("amount")), lines_complete=True, lines_at__lte=now - A_DAY,
                      created_at__gt=now - ASKED_FOR)  # fmt: skip
    for payout in off.order_by("-created_at")[:MOST]:
        unfold_again(payout)
    return list(unread.select_related("config")[:MOST])


def _unfold(payout: Payout, *, now: datetime, go_on: GoOn) -> bool:
    """Read one payout's lines; that Stripe refuses one payout must not hold up the others."""
    after = payout.lines_after
    try:
        return read_lines(payout, now=now, go_on=go_on)
    except StripeRefused as problem:
        _pass_over(payout, problem)
        if not (after and problem.code == "resource_missing"):  # else only the place was refused: it begins anew
            Payout.objects.filter(pk=payout.pk, lines_complete=False).update(lines_at=now)
        return True


def _pass_over(payout: Payout, problem: StripeRefused) -> None:
    """Write down that Stripe refuses one payout for good. Raises what is about the key, or about the moment."""
    if problem.lacks or not problem.permanent:
        raise problem
    log.warning("payout.refused", payout=payout.stripe_id, code=problem.code)


def _stumble(state: PayoutReading, problem: StripeProblem) -> None:
    """Keep what went wrong; where Stripe does not know the place any more, the next run begins anew."""
    changed: dict[str, Any] = {"error": f"{problem.message} {problem.code}".strip()[:300]}
    if isinstance(problem, StripeRefused) and problem.code == "resource_missing":
        changed |= {"since": None, "after": ""}
    PayoutReading.objects.filter(pk=state.pk).update(**changed)
    log.warning("payouts.not_read", account=state.config.account_id, code=problem.code, lacks=problem.lacks)


def _proven(config: StripeConfig, permission: str) -> None:
    """Take back that a key lacks a permission, once it was used: it may have been added at Stripe since."""
    if config.key_rights.get(permission, {}).get("state") == "missing":
        note_right(config.pk, permission, "proven")


def _not_compared(config: StripeConfig) -> bool:
    """Return whether a payout holds a payment that was not compared: nobody would know whose it is."""
    compared = Comparison.objects.filter(config=config).values_list("charges_at", flat=True).first()
    known = StripeMoney.objects.filter(config=config, stripe_id=OuterRef("source_id"))
    news = PayoutLine.objects.filter(~Exists(known), config=config, section=PayoutSection.PAYMENTS)
    if compared:
        news = news.filter(created_at__gt=compared)
    return news.exists()


def _ask_for_books(config: StripeConfig) -> None:
    """Have the books compared in the background if need be: a page or an event does not wait for all of them."""
    if _not_compared(config):
        books_wanted.send(sender=Payout, config_id=config.pk)


def _compare(config: StripeConfig, *, now: datetime) -> None:
    with only_one(f"terminal.compare:{config.pk}", seconds=600) as lease:
        if lease:
            compare(config, now=now, go_on=lease.renew)
