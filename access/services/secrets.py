"""Which secret of a SALTO KS connection was changed, for the mail to the admins."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from access.models import SaltoKSConfig
from billing.services.secret_mail import Change, Secret, tell_admins
from flexspace.core.actors import Actor
from flexspace.core.roles import Permission

CURE = (
    "disconnect it under SaltoKS, take the access of that user away in SALTO KS, have SALTO renew the client secret, "
    "and sign in again."
)


def tell_client_secret(*, by: Actor, config: SaltoKSConfig, before: str, now: datetime) -> None:
    """Tell the admins that the connection's client secret is new, if it is."""
    if config.client_secret != before:
        change = Change.REPLACED if before else Change.ADDED
        _tell(by, config, f"client secret of the SALTO KS connection {config}", config.client_secret, change, now)


def tell_sign_in(*, by: Actor, config: SaltoKSConfig, change: Change, now: datetime) -> None:
    """Tell the admins that somebody signed in at SALTO KS for us, or took that away."""
    _tell(by, config, f"sign-in of the SALTO KS connection {config}", "", change, now)


def _tell(by: Actor, config: SaltoKSConfig, name: str, value: str, change: Change, now: datetime) -> None:
    place = config.places.select_related("location").order_by("pk").first()
    url = f"{settings.SITE_URL}{reverse('access:connection', args=[config.uuid])}"
    tell_admins(
        by=by,
        secret=Secret(name=name, value=value, cure=CURE, url=url, may=Permission.ACCESS_CONFIG),
        change=change,
        location=place.location if place else None,
        now=now,
    )
