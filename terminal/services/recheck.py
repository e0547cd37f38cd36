"""Reads attempts that ended unpaid once more: the last net under lost events and other tools."""

from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from terminal.enums import AttemptKind, AttemptState
from terminal.models import Attempt
from terminal.rules import NOT_AT_STRIPE
from terminal.services.cancel import cancel_orphan
from terminal.services.off_session import adopt_late
from terminal.services.settle import check
from terminal.stripe_client import StripeProblem

log = structlog.get_logger(__name__)
AGAIN = timedelta(hours=20)
MAY_EXIST = Q(remote_id__isnull=False) | Q(kind=AttemptKind.OFF_SESSION, sent_at__isnull=False)
UNPAID = [AttemptState.CANCELED, AttemptState.FAILED]


def closed_to_recheck(now: datetime, *, limit: int = 100) -> list[int]:
    """Return attempts that ended unpaid in the last seven days and were not read in the last twenty hours."""
    stale = Q(rechecked_at=None) | Q(rechecked_at__lt=now - AGAIN)
    closed = Attempt.objects.filter(stale, MAY_EXIST, state__in=UNPAID, finished_at__gte=now - timedelta(days=7))
    return list(closed.order_by("finished_at").values_list("pk", flat=True)[:limit])


def waiting_for_recheck(now: datetime, *, limit: int = 1000) -> list[datetime]:
    """Return since when each of what ``closed_to_recheck`` looks for has been due."""
    due = closed_to_recheck(now, limit=limit)
    rows = Attempt.objects.filter(pk__in=due).values_list("rechecked_at", "finished_at")
    return [read + AGAIN if read else ended for read, ended in rows if read or ended]


def recheck(attempt_id: int, *, now: datetime) -> bool:
    """Read one closed attempt and book what came late; return whether Stripe said something about it.

    A failed read is tried again tomorrow.
    """
    answered = True
    try:
        if Attempt.objects.filter(pk=attempt_id, remote_id=None).exists():
            adopt_late(attempt_id, now=now)
        check(attempt_id, now=now)
        if Attempt.objects.filter(pk=attempt_id, state=AttemptState.FAILED, remote_id__isnull=False).exists():
            cancel_orphan(attempt_id)  # its intent came after it was discarded
    except StripeProblem as problem:
        log.warning("attempt.not_rechecked", attempt=attempt_id, code=problem.code)
        answered = problem.code == NOT_AT_STRIPE
    Attempt.objects.filter(pk=attempt_id).update(rechecked_at=now)
    return answered
