"""Adds a Stripe account and changes its secrets."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from terminal import explain
from terminal.models import StripeConfig
from terminal.services.account_secrets import tell_key, tell_webhook_secret
from terminal.stripe_client import StripeGateway, StripeProblem
from terminal.stripe_client.calls import LIVE_KEY


def save_account(*, by: Actor, key: str, name: str = "", config: StripeConfig | None = None) -> StripeConfig:
    """Store an account by its secret or restricted ``key``, after asking Stripe whose it is.

    Raises DomainError with what to do when the key is wrong, of another account or of another mode.
    """
    key = key.strip()
    if not key.startswith(("sk_", "rk_")):
        raise DomainError("A key starts with sk_ or rk_. A publishable key (pk_) cannot charge.", code="not_a_key")
    try:
        account = StripeGateway(key).account()
    except StripeProblem as problem:
        raise DomainError(explain.problem_sentence(problem), code=problem.code or "unreachable") from problem
    livemode = bool(LIVE_KEY.match(key))
    if config and (config.account_id, config.livemode) != (account.id, livemode):
        raise DomainError("This key belongs to another account or mode. Add it as a new account.", code="other_account")
    with transaction.atomic():
        facts: dict[str, Any] = {"secret_key": key, "country": account.country, "currency": account.currency}
        facts |= {"key_changed_at": timezone.now(), "key_rights": {}}
        # Both modes of an account have one id: the mode is part of what is looked for, or one key replaced the other.
        before = StripeConfig.objects.filter(account_id=account.id, livemode=livemode).first()
        row, created = StripeConfig.objects.update_or_create(
            account_id=account.id,
            livemode=livemode,
            defaults=facts,
            create_defaults={**facts, "name": before.name if before else _free_name(name, account.name, livemode)},
        )
        action = "terminal.account.added" if created else "terminal.account.key_changed"
        audit.record(action, by=by, about=[row], after={"account": account.id, "key": row.masked_key})
        tell_key(by=by, config=row, before=before.secret_key if before else "", now=row.key_changed_at)
    return row


def _free_name(typed: str, stripes: str, livemode: bool) -> str:
    """Return the typed name, or Stripe's; raises DomainError when the typed one is another account's."""
    if not typed:
        stripes = stripes[:60]
        taken = StripeConfig.objects.filter(name=stripes).exists()
        return f"{stripes} ({'live' if livemode else 'test'} mode)" if taken else stripes
    if StripeConfig.objects.filter(name=typed).exists():
        raise DomainError(f"Another account is called {typed}. Choose another name.", code="name_taken")
    return typed


@transaction.atomic
def save_webhook_secret(*, by: Actor, config: StripeConfig, secret: str, endpoint_id: str = "") -> None:
    """Store the signing secret of the account's webhook endpoint; the one before stays accepted.

    Raises DomainError when it is no signing secret.
    """
    secret = secret.strip()
    if not secret.startswith("whsec_") or len(secret) < 12:
        raise DomainError("A signing secret starts with whsec_. Copy it from the endpoint's page.", code="not_a_secret")
    if secret == config.webhook_secret:
        return  # sent twice: the one before must stay the one before
    config.webhook_secret_previous = config.webhook_secret
    config.webhook_secret = secret
    config.webhook_endpoint_id = endpoint_id or config.webhook_endpoint_id
    config.webhook_proven_at = None
    config.save(update_fields=["webhook_secret_previous", "webhook_secret", "webhook_endpoint_id", "webhook_proven_at"])
    audit.record("terminal.account.webhook_secret_changed", by=by, about=[config])
    tell_webhook_secret(by=by, config=config, before=config.webhook_secret_previous, now=timezone.now())
