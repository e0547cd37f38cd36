"""Looks at a location shortly before it opens, keeps what was found, and mails it only when something is not well."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from billing.enums import NoticeKind
from billing.services.staff_mail import mail_staff
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import Location, SelfCheck
from flexspace.core.roles import Permission
from flexspace.portal.health.check import Check, overall
from flexspace.portal.health.looking import look_at
from terminal.models import LocationAccount
from terminal.services.readers import sync_account
from terminal.stripe_client import StripeProblem

BEFORE = timedelta(minutes=15)
STILL = timedelta(hours=2)  # after opening: later than that it tells nobody anything new
log = structlog.get_logger(__name__)


def due(now: datetime) -> list[Location]:
    """Return the locations that open soon, or opened not long ago, and were not looked at today; two queries."""
    places = {place.pk: place for place in Location.objects.all() if _soon(place, now)}
    rows = SelfCheck.objects.filter(location__in=places, on_date__gte=now.date() - timedelta(days=1))
    for location, day in rows.values_list("location", "on_date"):
        if location in places and places[location].today(now) == day:
            del places[location]
    return list(places.values())


def _soon(place: Location, now: datetime) -> bool:
    opens = place.opens(place.today(now))
    return opens is not None and opens - BEFORE <= now <= opens + STILL


def self_check(*, by: Actor, location: Location, now: datetime, mails: bool) -> SelfCheck:
    """Read the readers of ``location`` at Stripe, look at all that its desk needs, and keep what is not well.

    With ``mails`` managers and admins of the location are mailed if there is anything. It stands for the whole day;
    a later one takes its place.
    """
    for account in LocationAccount.objects.filter(location=location).select_related("config"):
        try:
            sync_account(account.config, now=now)
        except (StripeProblem, DomainError) as problem:  # what could not be read is said by its own check
            log.warning("self_check.not_read", account=account.config.account_id, code=problem.code)
    checks = look_at(location, now)
    bad = [check for check in checks if check.level.rank]
    found = [
        {"key": one.key, "label": one.label, "level": one.level, "said": one.said, "cure": one.cure} for one in bad
    ]
    with transaction.atomic():
        row, _made = SelfCheck.objects.update_or_create(
            location=location,
            on_date=location.today(now),
            defaults={"at": now, "level": overall(checks), "looked_at": len(checks), "found": found},
        )
        audit.record(
            "portal.self_check",
            by=by,
            about=[location],
            location=location,
            after={"what": ", ".join(one.label for one in bad) or "all well"},
        )
        if bad and mails:
            _tell(location, bad, by=by, now=now)
    return row


def _tell(location: Location, bad: Sequence[Check], *, by: Actor, now: datetime) -> None:
    more = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
    subject = f"{location} before it opens: {bad[0].label} wants a look{more}"
    said = "\n\n".join(f"{one.label}: {one.said} {one.cure}".strip() for one in bad)
    mail_staff(
        by=by,
        kind=NoticeKind.HEALTH,
        cause=f"self_check:{location.pk}",
        location=location,
        now=now,
        facts={"subject": subject, "said": said, "url": settings.SITE_URL + reverse("portal:health")},
        may=Permission.HEALTH,
        at=[location.pk],
    )
