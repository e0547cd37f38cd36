"""Work in the background that belongs to no app above."""

import structlog
from celery import shared_task
from django.utils import timezone

from flexspace.core.locks import only_one
from flexspace.core.purge import purge

log = structlog.get_logger(__name__)


@shared_task
def purge_old_rows() -> None:
    """Delete used form tokens, answers to API calls and sessions that nobody needs any longer."""
    with only_one("core.purge", seconds=300) as lease:
        if lease:
            log.info("purge.core", **purge(timezone.now(), lease))
