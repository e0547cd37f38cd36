"""Lets Stripe post to us, proves that it does, and renews the secret without losing a delivery.

Stripe cannot renew a secret, so a second endpoint is made for the same address. Both deliver and both secrets are
accepted until the new one is proven and has been in use for an hour; then the first is deleted.
"""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from terminal.endpoints import endpoints
from terminal.models import StripeConfig
from terminal.models.webhook_event import WORDS
from terminal.rules import PAGE_TIMEOUT
from terminal.services.accounts import save_webhook_secret
from terminal.services.asked import asked
from terminal.stripe_client import StripeGateway
from terminal.stripe_client.hook_calls import EndpointObject

log = structlog.get_logger(__name__)
OVERLAP = timedelta(hours=1)  # so long both endpoints post after the new one is proven


def webhook_address(config: StripeConfig) -> str:
    """Return where Stripe has to post for ``config``: the server's public address is a setting."""
    return settings.SITE_URL + reverse("terminal:webhook", args=[config.webhook_uuid])


def make_endpoint(*, by: Actor, config: StripeConfig, token: UUID) -> None:
    """Make the account's webhook endpoint, or a second one that takes the first one's place.

    One that was never proven gives its place at once, and the one before it stays. Raises DomainError with what Stripe
    minds.
    """
    gateway, url = StripeGateway.of(config), webhook_address(config)
    tag = str(config.webhook_uuid)
    key = f"{token}:endpoint:{config.account_id}"
    made = asked(lambda: gateway.create_endpoint(key=key, url=url, events=sorted(WORDS), tag=tag))
    with transaction.atomic():
        row = StripeConfig.objects.select_for_update().get(pk=config.pk)
        if row.webhook_endpoint_id != made.id:  # else it was sent twice
            _take_place(by, row, made, url)
    config.refresh_from_db()
    _delete_strays(gateway, config)


def _take_place(by: Actor, row: StripeConfig, made: EndpointObject, url: str) -> None:
    """Store the new endpoint; beside it stays the newest one that is known to work, or the only one there was."""
    stays = row.webhook_endpoint_id, row.webhook_secret
    if row.webhook_endpoint_previous and not row.webhook_proven_at:
        stays = row.webhook_endpoint_previous, row.webhook_secret_previous
    save_webhook_secret(by=by, config=row, secret=made.secret, endpoint_id=made.id)
    row.webhook_endpoint_previous, row.webhook_secret_previous = stays
    row.webhook_url = url
    row.save(update_fields=["webhook_endpoint_previous", "webhook_secret_previous", "webhook_url"])
    audit.record("terminal.account.endpoint_made", by=by, about=[row], after={"url": url, "endpoint": made.id})


def _delete_strays(gateway: StripeGateway, config: StripeConfig) -> None:
    """Delete the endpoints that we made for ``config`` and that nobody listens to any more.

    Such as one whose answer, and with it the secret, was lost: all that it posts would be refused.
    """
    try:
        there = asked(lambda: gateway.endpoints_tagged(str(config.webhook_uuid)))
        for stray in set(there) - {config.webhook_endpoint_id, config.webhook_endpoint_previous}:
            asked(partial(gateway.delete_endpoint, stray))
    except DomainError as error:  # the endpoint works; the next one that is made tries again
        log.warning("endpoint.strays_left", account=config.account_id, code=error.code)


def prove_endpoint(*, by: Actor, config: StripeConfig, now: datetime) -> None:
    """Let something harmless happen in the account, so that Stripe has something to post: a Customer comes and goes.

    Stripe has no test call. Raises DomainError when the key may not do that; an earlier proof then stays.
    """
    gateway = StripeGateway.of(config)
    before = {"webhook_asked_at": config.webhook_asked_at, "webhook_proven_at": config.webhook_proven_at}
    with transaction.atomic():
        StripeConfig.objects.filter(pk=config.pk).update(webhook_asked_at=now, webhook_proven_at=None)
        audit.record("terminal.account.endpoint_tested", by=by, about=[config])
    endpoints.forget()
    metadata = {"flexspace": "test of the webhook endpoint"}
    try:
        made = asked(lambda: gateway.create_customer(key=f"{uuid4()}:probe", metadata=metadata, timeout=PAGE_TIMEOUT))
    except DomainError as error:
        if error.code != "no_answer":  # nothing happened that could be posted
            StripeConfig.objects.filter(pk=config.pk, webhook_proven_at=None).update(**before)
        raise
    asked(lambda: gateway.delete_customer(made))


def end_previous_endpoints(*, now: datetime) -> int:
    """Delete the endpoints whose successors have been in use for an hour; return how many. The schedule calls it."""
    ended = 0
    over = StripeConfig.objects.filter(~Q(webhook_endpoint_previous=""), webhook_proven_at__lte=now - OVERLAP)
    for config in over:
        try:
            _end_previous(StripeGateway.of(config), config)
        except DomainError:
            continue  # the next round tries again; two endpoints do no harm
        ended += 1
    return ended


def _end_previous(gateway: StripeGateway, config: StripeConfig) -> None:
    try:
        asked(lambda: gateway.delete_endpoint(config.webhook_endpoint_previous))
    except DomainError as error:
        if error.code != "resource_missing":
            raise
    with transaction.atomic():
        ended = StripeConfig.objects.filter(
            pk=config.pk, webhook_endpoint_previous=config.webhook_endpoint_previous
        ).update(webhook_endpoint_previous="", webhook_secret_previous="")
        if ended:
            audit.record(
                "terminal.account.endpoint_ended",
                by=Actor.job("stripe"),
                about=[config],
                before={"endpoint": config.webhook_endpoint_previous},
            )
    config.refresh_from_db()
