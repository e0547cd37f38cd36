"""Closes what a manager has looked at."""

from datetime import datetime

from django.db import transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from terminal.models import AttemptFlag


@transaction.atomic
def close_flag(*, by: Actor, flag: AttemptFlag, reason: str, now: datetime) -> None:
    """Close ``flag`` with what was done about it; a second closing changes nothing."""
    open_flag = AttemptFlag.objects.filter(pk=flag.pk, closed_at=None)
    if open_flag.update(closed_at=now, closed_by_id=by.user_id, close_reason=reason):
        audit.record(
            "terminal.flag.closed",
            by=by,
            about=[flag.attempt],
            location=flag.attempt.location,
            after={"kind": flag.kind},
            reason=reason,
        )
