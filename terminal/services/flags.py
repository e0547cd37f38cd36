"""Closes what a manager has looked at."""

from datetime import datetime

from django.db import transaction

from billing.models import Refund
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from terminal.models import AttemptFlag


@transaction.atomic
def close_flag(*, by: Actor, flag: AttemptFlag, reason: str, now: datetime) -> None:
    """Close ``flag`` with what was done about it; a second closing changes nothing.

    Raises Conflict while nobody has said whether money that went back is still to be paid: nobody is asked for it until
    then, and without the flag nobody would know.
    """
    refund = Refund.objects.filter(pk=flag.refund_id).first() if flag.refund_id else None
    if refund and refund.is_undecided:
        raise Conflict("Say first whether that money is still to be paid: open the payment.", code="undecided")
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
