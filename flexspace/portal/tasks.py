"""Work in the background that concerns the whole installation, and when every job last began."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from celery.signals import task_prerun
from django.conf import settings
from django.utils import timezone

from flexspace.core.actors import Actor
from flexspace.core.locks import last_start, note_start, only_one
from flexspace.portal.health.facts import JOB
from flexspace.portal.health.morning import due, self_check
from flexspace.portal.health.watching import watch

KEY = "portal.health"
AWAY = timedelta(minutes=5)  # without a look: everything was asleep, and a minute later it is not
SCHEDULED = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


@shared_task
def watch_health() -> None:
    """Each minute: look at everything, and mail what got worse. The first look after a pause tells nothing."""
    before = last_start(KEY)
    with only_one(KEY, seconds=120) as lease:
        if lease and before and timezone.now() - before < AWAY:
            watch(by=Actor.job("health"), now=timezone.now())


@shared_task
def look_before_opening() -> None:
    """Look at every location that opens soon, once a day."""
    with only_one("portal.self_checks", seconds=600) as lease:
        for location in due(timezone.now()) if lease else ():
            self_check(by=Actor.job("self-check"), location=location, now=timezone.now(), mails=True)
            if lease is None or not lease.renew():
                return


@task_prerun.connect
def note_job(task: Any = None, **_more: object) -> None:
    """Write down that a scheduled job begins; Celery logs what goes wrong here and begins it all the same."""
    if task is not None and task.name in SCHEDULED:
        note_start(f"{JOB}{task.name}", now=timezone.now())
