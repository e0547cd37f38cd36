"""Asks the next run for something that it would not do by itself."""

from datetime import datetime

from django.db import transaction

from access.models import SaltoUser
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict


@transaction.atomic
def subscribe_again(*, by: Actor, user: SaltoUser, now: datetime) -> SaltoUser:
    """Let the next run give a member a seat whom somebody unsubscribed in SALTO KS: staff there are not fought else.

    Raises Conflict for one who is subscribed, or is no member of ours.
    """
    row = SaltoUser.objects.select_for_update().get(pk=user.pk)
    if row.subscription_state != "suspended" or row.member_id is None:
        raise Conflict(f"{row} is not unsubscribed.", code="subscribed")
    row.waiting_since = row.waiting_since or now
    row.save(update_fields=["waiting_since"])
    audit.record("access.user.subscribe_asked", by=by, about=[row, *([row.member] if row.member else [])])
    return row
