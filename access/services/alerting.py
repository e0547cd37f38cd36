"""Mails those who look after a connection when it turns amber or red: once each time, not again while it stays so."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from access.enums import Alert
from access.explain.alerts import SUBJECTS, alert_key, alert_words, levels_of
from access.models import SaltoKSConfig
from billing.enums import NoticeKind
from billing.services.staff_mail import mail_staff
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.conditions import turn
from flexspace.core.models import Location
from flexspace.core.roles import Permission


@transaction.atomic
def watch(config_id: int, *, by: Actor, now: datetime) -> list[Alert]:
    """Write down how a connection stands, and mail what has just got worse; return that."""
    config = SaltoKSConfig.objects.prefetch_related("places__location").get(pk=config_id)
    levels = {alert_key(config, alert): level for alert, level in levels_of(config, now).items()}
    worse = turn(alert_key(config), levels, now=now)
    place = next(iter(config.places.all()), None)
    new = [Alert(key.rpartition(":")[2]) for key in worse]
    for alert in new:
        audit.record("access.connection.amber", by=by, about=[config], after={"alert": alert.value})
        if place:
            _mail(config, alert, place.location, by=by, now=now)
    return new


def _mail(config: SaltoKSConfig, alert: Alert, location: Location, *, by: Actor, now: datetime) -> None:
    """Ask for a mail to everybody who may set doors right there."""
    mail_staff(
        by=by,
        kind=NoticeKind.DOORS,
        cause=f"{config.uuid}:{alert.value}",
        location=location,
        now=now,
        facts={
            "subject": SUBJECTS[alert],
            "said": alert_words(config, alert, location.zone),
            "url": f"{settings.SITE_URL}{reverse('access:overview')}?site={config.uuid}",
        },
        may=Permission.ACCESS_WRITE,
        at=[place.location_id for place in config.places.all()],
    )
