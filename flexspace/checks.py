"""System checks: what would make a start unsafe, said before it starts. They read settings only, never rows."""

import os
import re
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  (Django's own name)

from access.rules import is_salto_host
from billing.dunning import RetryPlan

TAG = "flexspace"
STRIPE_HOST = "api.stripe.com"
LIVE_KEY = re.compile(r"\b[sr]k_live_")


@register(TAG)
def live_keys(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse a live key beside made-up people or a stand-in for Stripe: real cards would be charged by accident."""
    holders = _holders_of_live_keys()
    if not holders:
        return []
    where = ", ".join(holders)
    errors: list[CheckMessage] = []
    if settings.DEMO:
        errors.append(
            Error(
                f"A live Stripe key ({where}) together with the demo's data.",
                hint="Run the demo with test keys, or set FLEXSPACE_DEMO=0 and use an empty database.",
                id="flexspace.E001",
            )
        )
    if urlsplit(settings.STRIPE_API_BASE).hostname != STRIPE_HOST or settings.SANDBOX_URL:
        errors.append(
            Error(
                f"A live Stripe key ({where}), but calls would go to {settings.STRIPE_API_BASE}.",
                hint="Unset STRIPE_API_BASE and SANDBOX_URL, or use a test key.",
                id="flexspace.E002",
            )
        )
    return errors


@register(TAG)
def addresses(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse addresses that would send keys in the clear or to nowhere."""
    errors: list[CheckMessage] = []
    stripe = urlsplit(settings.STRIPE_API_BASE)
    if stripe.scheme not in ("http", "https") or not stripe.hostname or stripe.username or stripe.query:
        errors.append(Error(f"STRIPE_API_BASE={settings.STRIPE_API_BASE!r} is no address.", id="flexspace.E003"))
    elif stripe.hostname == STRIPE_HOST and stripe.scheme != "https":
        errors.append(Error("STRIPE_API_BASE names Stripe without https.", id="flexspace.E004"))
    errors += _salto_addresses()
    if not urlsplit(settings.SITE_URL).hostname:
        errors.append(Error(f"SITE_URL={settings.SITE_URL!r} is no address.", id="flexspace.E005"))
    if "*" in settings.ALLOWED_HOSTS:
        errors.append(Error("ALLOWED_HOSTS must name the hosts; * lets anybody choose one.", id="flexspace.E006"))
    return errors


def _salto_addresses() -> list[CheckMessage]:
    """Refuse a stand-in for SALTO KS beside real use, and members' access sent in the clear."""
    errors: list[CheckMessage] = []
    for name in ("SALTO_API_BASE", "SALTO_IDENTITY_BASE"):
        text = getattr(settings, name)
        base = urlsplit(text)
        if base.scheme not in ("http", "https") or not base.hostname or base.username or base.query:
            errors.append(Error(f"{name}={text!r} is no address.", id="flexspace.E010"))
        elif is_salto_host(base.hostname) and base.scheme != "https":
            errors.append(Error(f"{name} names SALTO KS without https.", id="flexspace.E011"))
        elif not is_salto_host(base.hostname) and _holders_of_live_keys():
            errors.append(
                Error(
                    f"A live Stripe key, but doors would be those of {text}.",
                    hint=f"Unset {name}, or use a test key.",
                    id="flexspace.E012",
                )
            )
    return errors


@register(TAG)
def mail(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse to send the mail server's password over the network in the clear."""
    inside = settings.EMAIL_HOST in ("localhost", "127.0.0.1", "::1")
    if settings.EMAIL_HOST_PASSWORD and not inside and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        return [
            Error(
                "EMAIL_URL holds a password but no encryption.",
                hint="Write it with smtp+tls:// or smtps://.",
                id="flexspace.E009",
            )
        ]
    return []


@register(TAG)
def keys(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse keys that cannot encrypt or that everybody knows, before somebody types a secret into a form."""
    for number, key in enumerate(settings.ENCRYPTION_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            return [
                Error(
                    f"Number {number} of ENCRYPTION_KEYS is not a Fernet key.",
                    hint=".env.example shows the command that makes one.",
                    id="flexspace.E007",
                )
            ]
    if settings.SECRET_KEY.startswith("practice-only") and not settings.DEMO:
        return [
            Error(
                "SECRET_KEY is the one everybody can read in docker-compose.yml.",
                hint=".env.example shows the command that makes your own.",
                id="flexspace.E008",
            )
        ]
    return []


@register(TAG)
def retry_plan(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse a plan that would ask banks more often than their networks allow."""
    try:
        RetryPlan(tuple(settings.COLLECT_RETRY_DAYS))
    except ValueError as error:
        hint = "COLLECT_RETRY_DAYS=0,3,7,14 is the default."
        return [Error(f"COLLECT_RETRY_DAYS={settings.COLLECT_RETRY_DAYS}: {error}", hint=hint, id="flexspace.E009")]
    return []


@register(Tags.security, deploy=True)
def production(**_kwargs: Any) -> list[CheckMessage]:
    """Warn about a server for real use that runs as a demo or without https."""
    warnings: list[CheckMessage] = []
    if settings.DEMO:
        warnings.append(Warning("This is a demo installation (FLEXSPACE_DEMO).", id="flexspace.W001"))
    if not settings.SITE_URL.startswith("https://"):
        warnings.append(Warning("SITE_URL does not start with https://.", id="flexspace.W002"))
    if not settings.EMAIL_URL:
        warnings.append(Warning("EMAIL_URL is not set: mails are written to files only.", id="flexspace.W003"))
    elif settings.DEFAULT_FROM_EMAIL == "no-reply@localhost":
        warnings.append(Warning("EMAIL_FROM is not set: mails come from no real address.", id="flexspace.W004"))
    return warnings


def _holders_of_live_keys() -> list[str]:
    """Return the names of settings and environment variables that hold a live key; never the key."""
    in_settings = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    texts = {name: value for name, value in in_settings.items() if isinstance(value, str)} | dict(os.environ)
    return sorted(name for name, value in texts.items() if LIVE_KEY.search(value))
