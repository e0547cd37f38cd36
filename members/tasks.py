"""Work in the background: load, call a service. Every task may run twice, at once, or late."""

from celery import shared_task
from django.utils import timezone

from flexspace.core.locks import only_one
from members.services import capacity


@shared_task
def release_expired_seats() -> None:
    """Let go of the seats that nobody paid for in time."""
    with only_one("members.release_expired_seats", seconds=120) as lease:
        if lease:
            capacity.release_expired(now=timezone.now())
