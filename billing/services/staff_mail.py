"""Mails staff that something turned for the worse; ``flexspace.core.conditions`` says when that is."""

from collections.abc import Collection
from datetime import datetime

from billing.enums import NoticeKind
from billing.services.notices import queue_notice
from flexspace.core.actors import Actor
from flexspace.core.models import Location, User
from flexspace.core.roles import Permission, Role


def mail_staff(
    *,
    by: Actor,
    kind: NoticeKind,
    cause: str,
    location: Location,
    now: datetime,
    facts: dict[str, str],
    may: Permission,
    at: Collection[int] = (),
    role: Role | None = None,
) -> int:
    """Ask for one mail to everybody who ``may``, of ``role`` if one is given, and works at a location ``at`` (ids).

    Without ``at`` they may work anywhere. ``facts`` are the kind's (``NEEDS``), ``cause`` is the same for all of them.
    Returns to how many.
    """
    asked = 0
    for user in User.objects.filter(is_active=True).exclude(email="").prefetch_related("locations"):
        if user.may(may) and (role is None or user.role == role) and (not at or set(at) & set(user.location_ids)):
            own = f"{cause}:{now:%Y-%m-%dT%H:%M:%S}:{user.pk}"
            queue_notice(by=by, kind=kind, cause=own, to=user.email, location=location, now=now, facts=facts)
            asked += 1
    return asked
