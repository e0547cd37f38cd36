"""Forgets runs in which nothing happened soon, the others after a year; what was done to whom stays in the audit."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from access.models import OAuthAttempt, SyncRun, SyncStep
from flexspace.core.locks import Lease
from flexspace.core.purge import batches

UNEVENTFUL = timedelta(days=3)
EVENTFUL = timedelta(days=366)


def purge(now: datetime, lease: Lease) -> dict[str, int]:
    """Delete what is old; return how many of each. The newest full run of a connection always stays."""
    newest = SyncRun.objects.filter(connection=OuterRef("connection"), kind=OuterRef("kind"), pk__gt=OuterRef("pk"))
    replaced = SyncRun.objects.filter(Exists(newest))
    quiet = replaced.filter(started_at__lt=now - UNEVENTFUL).exclude(
        Exists(SyncStep.objects.filter(run=OuterRef("pk")))
    )
    old = replaced.filter(started_at__lt=now - EVENTFUL)
    return {
        "quiet_runs": sum(batch.delete()[0] for batch in batches(quiet, lease)),
        "old_runs": sum(batch.delete()[0] for batch in batches(old, lease)),
        "sign_ins": OAuthAttempt.objects.filter(expires_at__lt=now).delete()[0],
    }
