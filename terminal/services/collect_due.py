"""Charges the saved cards of what is due, one invoice after the other, by the schedule or because staff say "now".

Many runs may go on at once: an invoice is only ever charged under its lock, by one live attempt.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.dunning import Next, due, hindrance, without_a_charge
from billing.enums import CollectionReason, CollectionState
from billing.explain.collecting import hindrance_sentence
from billing.explain.notices import why_not_mailed
from billing.models import Collection, Invoice, SavedCard
from billing.queries import lock_invoices
from billing.queries.notices import unsent_mail
from billing.services import collecting
from flexspace.core import restored
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money
from terminal import explain
from terminal.enums import AttemptKind, AttemptState
from terminal.models import Attempt, StripeConfig
from terminal.queries import live_attempt_on
from terminal.rules import KEY_LIVES, PACE, run_stops
from terminal.services.collect import BeingTaken
from terminal.services.collect_facts import account_of, card_for, case_of
from terminal.services.collect_queue import WAIT_FOR_A_CARD, due_collections, failing_lately, in_doubt
from terminal.services.link_tokens import LinkKind, link_url
from terminal.services.reserve import Payer, insert_attempt
from terminal.services.step import advance

R = CollectionReason
JOB = Actor.job("terminal.collect")
BUDGET = timedelta(seconds=120)  # of one run; what is left is the next one's
log = structlog.get_logger(__name__)


@dataclass
class Run:
    """What one run did. ``stopped`` maps an account's id to why its charges stopped: nothing more was sent there."""

    charged: int = 0
    looked_at: int = 0
    stopped: dict[int, str] = field(default_factory=dict)
    tried: Counter[int] = field(default_factory=Counter)
    failed: Counter[tuple[int, str]] = field(default_factory=Counter)


def collect_due(
    *,
    go_on: Callable[[], bool] = lambda: True,
    pause: Callable[[float], object] = time.sleep,
    budget: timedelta = BUDGET,
) -> Run:
    """Charge what is due now, the longest waiting first, until all is done, time is up or ``go_on`` says no."""
    run, end = Run(), timezone.now() + budget
    if restored.held():
        return run
    for collection_id, config_id in due_collections(timezone.now()):
        if not go_on() or timezone.now() >= end:
            break
        if _account_stopped(run, config_id):
            continue
        run.looked_at += 1
        try:
            _collect(run, collection_id, pause)
        except Exception as error:
            # One invoice's trouble is not the next one's; what fails for all of them stops the run.
            log.exception("collect.item_failed", collection=collection_id)
            run.tried[config_id] += 1
            run.failed[config_id, type(error).__name__] += 1
    return run


def _collect(run: Run, collection_id: int, pause: Callable[[float], object]) -> None:
    attempt = collect_one(collection_id, now=timezone.now())
    if attempt:
        run.charged += 1
        advance(attempt.pk, now=timezone.now())
        _judge(run, attempt)
        pause(PACE)


def _account_stopped(run: Run, config_id: int) -> bool:
    """Return whether nothing more may be sent through an account now, and say so once."""
    if config_id in run.stopped:
        return True
    if config_id not in run.tried:
        tried, failed = failing_lately(config_id, now=timezone.now())
        run.tried[config_id] = tried
        run.failed.update({(config_id, code): count for code, count in failed.items()})
    alike = max((count for (account, _code), count in run.failed.items() if account == config_id), default=0)
    why = run_stops(doubts=in_doubt(config_id), tried=run.tried[config_id], alike=alike)
    if why:
        run.stopped[config_id] = why
        log.error("collect.stopped", account=config_id, why=why, tried=run.tried[config_id], alike=alike)
    return bool(why)


def _judge(run: Run, attempt: Attempt) -> None:
    """Count how a charge went. A bank's no is the card's affair; what Stripe did not do is the whole account's."""
    attempt.refresh_from_db(fields=["state", "last_code", "unanswered"])
    run.tried[attempt.config_id] += 1
    if attempt.state == AttemptState.FAILED:
        run.failed[attempt.config_id, attempt.last_code] += 1
    # Without a word of Stripe's it is another worker's, who has not asked yet.
    if attempt.state == AttemptState.RESERVED and not attempt.unanswered and attempt.last_code:
        run.stopped[attempt.config_id] = "not_now"  # Stripe asks for fewer calls: the next run goes on


def collect_one(collection_id: int, *, now: datetime) -> Attempt | None:
    """Reserve the charge of one due invoice, or write down why there is none. Nothing is sent yet.

    None when it is not due any more, must not be charged, or somebody is taking the money right now: then it stays
    due, and the next run comes back to it.
    """
    invoice_id = Collection.objects.values_list("invoice_id", flat=True).get(pk=collection_id)
    try:
        with transaction.atomic():
            collection, card, config = look_at(invoice_id)
            case = case_of(collection, card, config, now=now)
            unannounced = collection.state in WAIT_FOR_A_CARD and not collection.invoice.auto_collect
            if unannounced or not due(case) or live_attempt_on(invoice_id):
                return None
            why = hindrance(case)
            if why is not R.NONE:
                _leave(collection, without_a_charge(case, why), now=now)
                return None
            assert card is not None
            assert config is not None
            return _reserve(collection, card, config, by=JOB, now=now)
    except IntegrityError as error:
        if live_attempt_on(invoice_id) is None:
            raise
        log.info("collect.just_taken", invoice=invoice_id, error=type(error).__name__)
        return None


def _leave(collection: Collection, follows: Next, *, now: datetime) -> None:
    """Write down why a due invoice is not charged; what stands there already is not written again."""
    stands = (collection.state, collection.next_try_on, collection.reason)
    if stands == (follows.state, follows.on, follows.reason):
        return
    invoice, words = collection.invoice, ""
    if follows.reason is R.MAIL_NOT_SENT:
        words = why_not_mailed(unsent_mail(invoice), to=invoice.payer.email)
    url = link_url(LinkKind.PAY, invoice.uuid, at=now)
    collecting.follow(
        by=JOB, collection=collection, follows=follows, now=now, cause=follows.reason, words=words, pay_url=url
    )


def charge_now(*, by: Actor, invoice: Invoice, now: datetime) -> Attempt:
    """Reserve the charge of an invoice's saved card before its day came again. Nothing is sent yet.

    Raises BeingTaken while somebody takes the money, DomainError when the rules forbid it: a consent, a date, four
    tries and a bank's "do not try again" hold for people too. Only the invoice's mail a person may do without.
    """
    try:
        with transaction.atomic():
            restored.refuse_while_held()
            collection, card, config = look_at(invoice.pk)
            if collection.state == CollectionState.COLLECTED:
                raise Conflict(f"{invoice} is paid.", code="collection_over")
            live = live_attempt_on(invoice.pk)
            if live:
                raise BeingTaken(explain.being_taken_sentence(live), attempt=live)
            case = case_of(collection, card, config, now=now)
            why = hindrance(replace(case, waived=True))
            if why is not R.NONE:
                raise DomainError(hindrance_sentence(why, collection.invoice), code=f"collect_{why}")
            assert card is not None
            assert config is not None
            if hindrance(case) is not R.NONE:
                collecting.waive_mail(by=by, collection=collection)
            return _reserve(collection, card, config, by=by, now=now)
    except IntegrityError as error:
        live = live_attempt_on(invoice.pk)
        if live is None:
            raise
        raise BeingTaken(explain.being_taken_sentence(live), attempt=live) from error


def look_at(invoice_id: int) -> tuple[Collection, SavedCard | None, StripeConfig | None]:
    """Lock the invoice, then read how it is collected and from what."""
    [invoice] = lock_invoices([invoice_id])
    collection = collecting.collection_of(invoice)
    if collection is None:
        raise DomainError(f"{invoice} is not collected from a saved card.", code="not_collected")
    config = account_of(invoice)
    return collection, card_for(invoice, config), config


def _reserve(collection: Collection, card: SavedCard, config: StripeConfig, *, by: Actor, now: datetime) -> Attempt:
    """Commit that all that is open is charged to ``card``: amount, card and customer never change from here on."""
    invoice = collection.invoice
    collecting.begin_try(collection)
    return insert_attempt(
        by=by,
        kind=AttemptKind.OFF_SESSION,
        config=config,
        payer=Payer.of(invoice),
        parts=[(invoice, Money(invoice.open_amount, invoice.currency))],
        now=now,
        saved_card=card,
        customer_id=card.customer_id,
        deadline_at=now + KEY_LIVES,
    )
