"""Reads attempts that ended unpaid once more: the last net under lost events and other tools."""

from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from terminal.enums import AttemptState
from terminal.models import Attempt
from terminal.services.cancel import cancel_orphan
from terminal.services.settle import check
from terminal.stripe_client import StripeProblem

log = structlog.get_logger(__name__)
UNPAID = [AttemptState.CANCELED, AttemptState.FAILED]


def closed_to_recheck(now: datetime, *, limit: int = 100) -> list[int]:
    """Return attempts that ended unpaid in the last seven days and were not read in the last twenty hours."""
    stale = Q(rechecked_at=None) | Q(rechecked_at__lt=now - timedelta(hours=20))
    closed = Attempt.objects.filter(
        stale, state__in=UNPAID, finished_at__gte=now - timedelta(days=7), remote_id__isnull=False
    )
    return list(closed.order_by("finished_at").values_list("pk", flat=True)[:limit])


def recheck(attempt_id: int, *, now: datetime) -> None:
    """Read one closed attempt and book what came late; a failed read is tried again tomorrow."""
    try:
        check(attempt_id, now=now)
        if Attempt.objects.filter(pk=attempt_id, state=AttemptState.FAILED).exists():
            cancel_orphan(attempt_id)  # its intent came after it was discarded
    except StripeProblem as problem:
        log.warning("attempt.not_rechecked", attempt=attempt_id, code=problem.code)
    Attempt.objects.filter(pk=attempt_id).update(rechecked_at=now)
