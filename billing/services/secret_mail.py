"""Mails every admin that a key, secret or sign-in was changed by somebody: who, when, where, and what to do if not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from billing.enums import NoticeKind
from billing.services.staff_mail import mail_staff
from flexspace.core.actors import Actor
from flexspace.core.models import Location
from flexspace.core.roles import Permission, Role

BY_PEOPLE = ("user", "token")


class Change(StrEnum):
    """What was done to a secret."""

    ADDED = "added"
    REPLACED = "replaced"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Secret:
    """What was changed: ``name`` as in "key of the Stripe account Hafenplatz", ``value`` the new secret, "" for none.

    ``cure`` says what to do if it was nobody of ours, ``url`` is the whole address of the page it is changed on.
    """

    name: str
    value: str
    cure: str
    url: str
    may: Permission
    which: str = ""  # more about where it belongs, in brackets


def tell_admins(*, by: Actor, secret: Secret, change: Change, location: Location | None, now: datetime) -> None:
    """Ask for one mail to every admin, in the transaction of the change; the secret is told by its last four only.

    What runs by itself is not told, nor anything before there is a location, as whose staff people are mailed.
    """
    place = location or Location.objects.order_by("pk").first()
    if by.kind not in BY_PEOPLE or place is None:
        return
    ends = f" It now ends in {secret.value[-4:]}." if len(secret.value) > 12 else ""
    which = f" ({secret.which})" if secret.which else ""
    at = now.astimezone(place.zone)
    when = f"{at.day} {at:%B %Y} at {at:%H:%M} ({place.time_zone})"
    mail_staff(
        by=by,
        kind=NoticeKind.KEY_CHANGED,
        cause=f"secret:{uuid4()}",
        location=place,
        now=now,
        facts={
            "subject": f"The {secret.name} was {change}",
            "said": f"{by.label} has {change} the {secret.name}{which}, {when}."
            f"{ends}\n\nIf that was right, nothing is to be done.\n\n"
            f"If you do not know of it, act now: {secret.cure} Then set a new password for {by.label} and look into "
            "the timeline for what else was changed.",
            "url": secret.url,
        },
        may=secret.may,
        role=Role.ADMIN,
    )
