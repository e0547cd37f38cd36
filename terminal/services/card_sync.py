"""Keeps our cards as Stripe has them: what was removed there is removed here, what a bank renewed is written down.

An event, and the daily round in case events were lost, only cause a read; what is read decides.
"""

from datetime import datetime, timedelta

import structlog
from django.db.models import F, Q

from billing.models import SavedCard, SavedCardQuerySet
from billing.services.saved_cards import refresh_card, remove_card
from flexspace.core.actors import Actor
from terminal.models import StripeConfig, StripeCustomer
from terminal.rules import NOT_AT_STRIPE
from terminal.services.booking import kept_facts
from terminal.services.customers import forget_customer
from terminal.stripe_client import StripeGateway, StripeProblem
from terminal.stripe_client.objects import CardObject

STRIPE = Actor.stripe()
GONE = "Removed at Stripe"
ROUND = timedelta(hours=20)  # so often every card is looked at
log = structlog.get_logger(__name__)


def sync_card(config: StripeConfig, payment_method_id: str, *, now: datetime) -> str:
    """Read one card at Stripe and follow it; return what came of it, in words. Raises StripeProblem."""
    card = _cards(config).filter(payment_method_id=payment_method_id).first()
    if card is None:
        return "No card here is about it."
    if card.removed_at:
        return "The card was removed here before."
    return _follow(card, _read(StripeGateway.of(config), payment_method_id), now=now)


def sync_customer(config: StripeConfig, customer_id: str, *, now: datetime) -> str:
    """Read a Customer and its cards; for one that Stripe no longer has, another is made when a card is kept next.

    Raises StripeProblem.
    """
    if not StripeCustomer.objects.filter(config=config, customer_id=customer_id).exists():
        return "Nobody here is this customer."
    gateway = StripeGateway.of(config)
    for card in _cards(config).filter(customer_id=customer_id, removed_at=None):
        _follow(card, _read(gateway, card.payment_method_id), now=now)
    gone = _forget_if_gone(gateway, config, customer_id)
    return "Read again: it is gone, with its cards." if gone else "Read again: it is still there."


def customers_to_check(now: datetime, *, limit: int) -> list[tuple[StripeConfig, str]]:
    """Return accounts and Customers with a card that was not looked at for twenty hours, the longest first.

    Cards of an account that we hold no key for cannot be looked at: they wait, and take nobody's place.
    """
    configs = {(config.account_id, config.livemode): config for config in StripeConfig.objects.all()}
    stale, ours = Q(checked_at=None) | Q(checked_at__lt=now - ROUND), Q(pk=None)
    for account, livemode in configs:
        ours |= Q(account=account, livemode=livemode)
    rows = SavedCard.objects.filter(stale, ours, removed_at=None)
    rows = rows.order_by(F("checked_at").asc(nulls_first=True), "pk")
    found: dict[tuple[int, str], tuple[StripeConfig, str]] = {}
    for account, livemode, customer_id in rows.values_list("account", "livemode", "customer_id")[: 2 * limit]:
        config = configs[account, livemode]
        if len(found) < limit:
            found[config.pk, customer_id] = (config, customer_id)
    return list(found.values())


def check_customer(config: StripeConfig, customer_id: str, *, now: datetime) -> None:
    """Compare a Customer's cards with ours; one that is not in Stripe's list is read by itself before it is removed.

    A card that only Stripe has was kept by somebody else's consent or none: it is left alone. A failed read changes
    nothing and is tried again tomorrow.
    """
    gateway = StripeGateway.of(config)
    cards = list(_cards(config).filter(customer_id=customer_id, removed_at=None))
    SavedCard.objects.filter(pk__in=[card.pk for card in cards]).update(checked_at=now)
    try:
        listed = {seen.id: seen for seen in gateway.cards_of_customer(customer_id)}
        for card in cards:
            _follow(card, listed.get(card.payment_method_id) or _read(gateway, card.payment_method_id), now=now)
        if not listed:
            _forget_if_gone(gateway, config, customer_id)
    except StripeProblem as problem:
        log.warning("cards.not_read", customer=customer_id, code=problem.code, status=problem.status)


def _cards(config: StripeConfig) -> SavedCardQuerySet:
    rows = SavedCard.objects.select_related("consent__location", "member", "company")
    return rows.filter(account=config.account_id, livemode=config.livemode)


def _forget_if_gone(gateway: StripeGateway, config: StripeConfig, customer_id: str) -> bool:
    if gateway.has_customer(customer_id):
        return False
    forget_customer(config, customer_id)
    return True


def _read(gateway: StripeGateway, payment_method_id: str) -> CardObject | None:
    """Read a card; None when Stripe does not have it at all."""
    try:
        return gateway.card(payment_method_id)
    except StripeProblem as problem:
        if problem.status == 404 and problem.code == NOT_AT_STRIPE:
            return None
        raise


def _follow(card: SavedCard, seen: CardObject | None, *, now: datetime) -> str:
    if seen is None or not seen.customer_id:
        remove_card(by=STRIPE, card=card, reason=GONE, now=now, at_stripe=False)
        return "Read again: removed here too."
    changed = refresh_card(by=STRIPE, card=card, seen=kept_facts(seen))
    return "Read again: renewed." if changed else "Read again: as before."
