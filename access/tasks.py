"""Work in the background: ids in, load, call a service. Every task may run twice, at once, or late."""

import structlog
from celery import shared_task
from django.utils import timezone

from access.models import SaltoKSConfig, SyncRun
from access.rules import PEOPLE_AT_ONCE
from access.services.alerting import watch
from access.services.due import due_people, sync_due
from access.services.options import make_preview
from access.services.paused import to_let_in
from access.services.purge import purge
from access.services.syncing import sync, sync_people
from billing.models import Invoice
from flexspace.core.actors import Actor
from flexspace.core.enqueue import enqueue
from flexspace.core.errors import DomainError
from flexspace.core.locks import only_one

JOB = Actor.job("access")
log = structlog.get_logger(__name__)


@shared_task
def sync_members(*member_ids: int) -> None:
    """Let the doors of these members follow what they hold, at every connection."""
    for config in SaltoKSConfig.objects.all():
        if config.is_ready:
            try:
                if sync_people(config, members=member_ids, by=JOB) is None:
                    due_people(config, member_ids, now=timezone.now())
            except DomainError as problem:  # one connection's trouble is not the next one's
                log.warning("access.not_synced", connection=config.pk, code=problem.code)


@shared_task
def sync_paid_for(invoice_id: int) -> None:
    """Open the doors that were paused for an invoice which nobody owes any more."""
    invoice = Invoice.objects.filter(pk=invoice_id).first()
    members = to_let_in(invoice, timezone.now()) if invoice else []
    for start in range(0, len(members), PEOPLE_AT_ONCE):
        enqueue(sync_members, *members[start : start + PEOPLE_AT_ONCE])


@shared_task
def sync_due_people() -> None:
    """Each minute: whose next start or end has passed."""
    for config in SaltoKSConfig.objects.all():
        enqueue(sync_due_of, config.pk)


@shared_task
def sync_due_of(config_id: int) -> None:
    """Sync the people of one connection who are due, and look whether it has turned amber."""
    config = SaltoKSConfig.objects.filter(pk=config_id).first()
    if config and config.is_ready:
        sync_due(config, by=JOB, now=timezone.now())
    if config:
        watch(config_id, by=JOB, now=timezone.now())


@shared_task
def sync_everybody() -> None:
    """Each quarter of an hour: every connection, whole."""
    for config in SaltoKSConfig.objects.all():
        enqueue(sync_all_of, config.pk)


@shared_task
def purge_runs() -> None:
    """Delete old runs and trips to the sign-in page."""
    with only_one("access.purge", seconds=300) as lease:
        if lease:
            log.info("purge.access", **purge(timezone.now(), lease))


@shared_task
def sync_all_of(config_id: int) -> None:
    """Sync one connection, whole."""
    config = SaltoKSConfig.objects.filter(pk=config_id).first()
    if config:
        try:
            sync(config, by=JOB)
        except DomainError as problem:
            log.warning("access.not_synced", connection=config.pk, code=problem.code)


@shared_task
def preview_site(run_id: int) -> None:
    """Make a preview that somebody's page waits for."""
    run = SyncRun.objects.select_related("connection").filter(pk=run_id).first()
    if run:
        make_preview(run, by=JOB, now=timezone.now())
