"""Lets Stripe forget the cards that were removed here: the row says so, the call follows and is repeated until done."""

from datetime import datetime, timedelta

import structlog

from billing.models import SavedCard
from billing.services.saved_cards import forgotten_at_stripe
from flexspace.core.actors import Actor
from terminal.models import Attempt, StripeConfig
from terminal.rules import NOT_AT_STRIPE, WORKER_TIMEOUT, next_detach
from terminal.stripe_client import StripeGateway, StripeProblem

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=WORKER_TIMEOUT + 20)


def due_detaches(now: datetime, *, limit: int = 50) -> list[int]:
    """Return the removed cards that Stripe still has to forget, the longest waiting first."""
    due = SavedCard.objects.filter(detach_due_at__lte=now).order_by("detach_due_at")
    return list(due.values_list("pk", flat=True)[:limit])


def detach(card_id: int, *, now: datetime) -> None:
    """Take one removed card from its Customer at Stripe, if that is due and nobody else has it.

    Moving ``detach_due_at`` ahead is the claim; a crash gives the card back. What Stripe does not have any more is
    forgotten too. A card that is being charged right now waits for the end of that.
    """
    claim = SavedCard.objects.filter(pk=card_id, detach_due_at__lte=now)
    if not claim.update(detach_due_at=now + LEASE):
        return
    card = SavedCard.objects.get(pk=card_id)
    if Attempt.objects.live().filter(saved_card=card).exists():
        _later(card, now=now, code="being_charged")
        return
    config = StripeConfig.objects.filter(account_id=card.account, livemode=card.livemode).first()
    if config is None:
        _later(card, now=now, code="no_account")
        return
    try:
        _forget(StripeGateway.of(config), card.payment_method_id)
    except StripeProblem as problem:
        _later(card, now=now, code=problem.code or f"http_{problem.status}")
    else:
        forgotten_at_stripe(by=Actor.job("terminal.cards"), card=card)


def _forget(gateway: StripeGateway, payment_method_id: str) -> None:
    """Detach, or find that there is nothing left to detach. Raises StripeProblem while that is not certain."""
    try:
        gateway.detach_card(payment_method_id, timeout=WORKER_TIMEOUT)
    except StripeProblem as problem:
        if problem.status == 404 and problem.code == NOT_AT_STRIPE:
            return
        if problem.status != 400 or gateway.card(payment_method_id).customer_id:
            raise


def _later(card: SavedCard, *, now: datetime, code: str) -> None:
    assert card.removed_at is not None  # a database constraint
    SavedCard.objects.filter(pk=card.pk, detach_due_at__isnull=False).update(
        detach_due_at=next_detach(removed_at=card.removed_at, now=now)
    )
    log.warning("card.not_detached", card=card.pk, code=code)
