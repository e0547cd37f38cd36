"""Which secret of a Stripe account was changed, for the mail to the admins."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from billing.services.secret_mail import Change, Secret, tell_admins
from flexspace.core.actors import Actor
from flexspace.core.roles import Permission
from terminal.models import StripeConfig

KEY_CURE = (
    "in Stripe’s Dashboard, under API keys, expire the new key and look who made it, make another, "
    "and paste that one in the Stripe Config."
)
WEBHOOK_CURE = (
    "in the Stripe Config press “Renew the secret”, and delete in Stripe’s Dashboard, under Webhooks, the endpoints "
    "that nobody of yours made."
)


def tell_key(*, by: Actor, config: StripeConfig, before: str, now: datetime) -> None:
    """Tell the admins that the account's key is new; ``before`` is the one it took the place of."""
    if config.secret_key != before:
        _tell(by, config, f"key of the Stripe account {config}", config.secret_key, before, KEY_CURE, now)


def tell_webhook_secret(*, by: Actor, config: StripeConfig, before: str, now: datetime) -> None:
    """Tell the admins that the account's webhook secret is new."""
    name = f"webhook secret of the Stripe account {config}"
    _tell(by, config, name, config.webhook_secret, before, WEBHOOK_CURE, now)


def _tell(by: Actor, config: StripeConfig, name: str, value: str, before: str, cure: str, now: datetime) -> None:
    through = config.locations.select_related("location").order_by("pk").first()
    which = f"{config.account_id}, {'live' if config.livemode else 'test'} mode"
    url = f"{settings.SITE_URL}{reverse('terminal:config')}"
    tell_admins(
        by=by,
        secret=Secret(name=name, value=value, cure=cure, url=url, may=Permission.STRIPE_CONFIG, which=which),
        change=Change.REPLACED if before else Change.ADDED,
        location=through.location if through else None,
        now=now,
    )
