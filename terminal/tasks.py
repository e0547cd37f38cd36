"""Work in the background: ids in, load, call a service. Every task may run twice, at once, or late."""

import structlog
from celery import shared_task
from django.utils import timezone

from flexspace.core.enqueue import enqueue
from flexspace.core.errors import DomainError
from flexspace.core.locks import only_one
from terminal.event_handlers import due_events, process_event
from terminal.models import StripeConfig
from terminal.services.readers import sync_account
from terminal.services.recheck import closed_to_recheck, recheck
from terminal.services.step import advance, due_attempts
from terminal.stripe_client import StripeProblem

log = structlog.get_logger(__name__)


@shared_task
def advance_attempt(attempt_id: int) -> None:
    """Take an attempt's steps as long as one is due."""
    advance(attempt_id, now=timezone.now())


@shared_task
def step_due_attempts() -> None:
    """Every five seconds: hand every due attempt to a worker thread of its own."""
    for attempt_id in due_attempts(timezone.now()):
        enqueue(advance_attempt, attempt_id)


@shared_task
def process_webhook_event(event_pk: int) -> None:
    """Do what a stored event hints at."""
    process_event(event_pk, now=timezone.now())


@shared_task
def retry_webhook_events() -> None:
    """Process events that were not processed when they came."""
    for event_pk in due_events(timezone.now()):
        process_event(event_pk, now=timezone.now())


@shared_task
def sync_readers() -> None:
    """Read the readers of every account: state, software, what was added in the Dashboard."""
    with only_one("terminal.sync_readers", seconds=120) as lease:
        for config in StripeConfig.objects.all() if lease else ():
            try:
                sync_account(config, now=timezone.now())
            except (StripeProblem, DomainError) as problem:  # one account's trouble is not the next one's
                log.warning("readers.not_read", account=config.account_id, code=problem.code)


@shared_task
def recheck_closed_attempts() -> None:
    """Read attempts of the last week that ended unpaid once more a day: late money is found and booked."""
    with only_one("terminal.recheck", seconds=600) as lease:
        for attempt_id in closed_to_recheck(timezone.now()) if lease else ():
            recheck(attempt_id, now=timezone.now())
