"""Mails admins what has turned amber or red: once each turn, one mail a look, and nothing when it is well again."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from billing.enums import NoticeKind
from billing.services.staff_mail import mail_staff
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.conditions import turn
from flexspace.core.levels import Level
from flexspace.core.models import Location
from flexspace.core.roles import Permission, Role
from flexspace.portal.health.check import OWN, Check
from flexspace.portal.health.looking import look_at_all


def watch(*, by: Actor, now: datetime) -> list[Check]:
    """Look at everything but doors, which ``access`` watches, and mail what got worse; return that, the worst first."""
    checks = {check.key: check for check in look_at_all(now) if check.key.startswith(OWN)}
    with transaction.atomic():
        worse = [checks[key] for key in turn(OWN, {key: check.level for key, check in checks.items()}, now=now)]
        if worse:
            _tell(worse, by=by, now=now)
    return worse


def _tell(worse: Sequence[Check], *, by: Actor, now: datetime) -> None:
    after = {"what": ", ".join(check.label for check in worse)}
    audit.record("portal.health.worse", by=by, about=[], after=after, reason=worse[0].said)
    location = Location.objects.order_by("pk").first()
    if location is None:
        return
    mail_staff(
        by=by,
        kind=NoticeKind.HEALTH,
        cause="health",
        location=location,
        now=now,
        facts={"subject": _subject(worse), "said": _paragraphs(worse), "url": _address()},
        may=Permission.HEALTH,
        role=Role.ADMIN,
    )


def _subject(worse: Sequence[Check]) -> str:
    want = "wants a look now" if worse[0].level is Level.RED else "wants a look"
    more = f", and {len(worse) - 1} more" if len(worse) > 1 else ""
    return f"{worse[0].label} {want}{more}"


def _paragraphs(worse: Sequence[Check]) -> str:
    return "\n\n".join(f"{check.label}: {check.said} {check.cure}".strip() for check in worse)


def _address() -> str:
    return settings.SITE_URL + reverse("portal:health")
