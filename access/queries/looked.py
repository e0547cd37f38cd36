"""Which sites were looked at as a whole since a moment, and what that look held back."""

from datetime import datetime

from django.db.models import Count, Q

from access.enums import RunKind, RunState, StepState, StopCode
from access.models import SaltoKSConfig, SyncRun


def not_looked_at_since(moment: datetime) -> list[SaltoKSConfig]:
    """Return the connections with a site that no full run has read to its last page since ``moment``."""
    done = {run.connection_id for run in full_runs_since(moment)}
    return [config for config in SaltoKSConfig.objects.exclude(site_id="").order_by("pk") if config.pk not in done]


def full_runs_since(moment: datetime) -> list[SyncRun]:
    """Return each connection's newest complete look since ``moment``, with ``held_back``: how many steps wait."""
    rows = SyncRun.objects.filter(kind=RunKind.FULL, started_at__gte=moment, finished_at__isnull=False)
    rows = rows.filter(state__in=[RunState.DONE, RunState.PARTLY]).select_related("connection")
    waits = Count("steps", filter=Q(steps__state=StepState.HELD_BACK))
    newest: dict[int, SyncRun] = {}
    for run in rows.annotate(held_back=waits).order_by("pk"):
        if all(stop["code"] != StopCode.INCOMPLETE for stop in run.stops):
            newest[run.connection_id] = run
    return list(newest.values())
