"""Reads what the checks judge. Ages are seconds; the number of queries does not grow with the rows."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery

from billing.dispute_enums import DISPUTE_ANSWERABLE
from billing.enums import DUE_STATES, REFUND_LIVE, CollectionReason, NoticeState
from billing.models import Collection, Dispute, Notice, Refund
from billing.queries.collections import HELD
from flexspace.core.models import JobLease, Location
from flexspace.core.restored import held
from flexspace.core.said import DAY
from flexspace.portal.health.machine import Job, Queue
from flexspace.portal.health.outside import Account, Disputes
from terminal.enums import LIVE, AttemptState, EventState
from terminal.explain.hearing import hearing
from terminal.models import Attempt, Comparison, Difference, StripeConfig, WebhookEvent
from terminal.rights import lacking
from terminal.services.endpoint import webhook_address
from terminal.services.recheck import waiting_for_recheck

JOB = "job:"  # begins the keys under which the starts of scheduled jobs are kept
MOST = 1000  # rows of a queue that are looked at
_OF_MAIL = ("tries", "created_at", "next_try_at")
SILENCE = timedelta(hours=24)  # so long without an event, while payments are made, is no chance
FOLLOWS = timedelta(minutes=10)  # within which an event follows a payment
AT_ONCE = timedelta(minutes=2)  # so much earlier than the booking of its payment an event may have come


def database_seconds() -> float:
    """Return how long a question took that costs nothing."""
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return time.perf_counter() - began


def restored_age(now: datetime) -> float | None:
    """Return how long a restored backup has been waiting for being confirmed; None when none does."""
    row = held()
    return _age(row.declared_at, now) if row else None


def jobs(now: datetime) -> list[Job]:
    """Return every scheduled job with the age of its last start; what never began counts from the first of all."""
    rows = JobLease.objects.filter(key__startswith=JOB)
    known = {row.key.removeprefix(JOB): row for row in rows}
    first = min((row.created_at for row in known.values()), default=None)
    found = []
    schedule: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
    for name, entry in schedule.items():
        row = known.get(entry["task"])
        last = row.last_started_at if row else first
        found.append(Job(name, float(entry["schedule"]), _age(last, now)))
    return found


def attempts(now: datetime) -> Queue:
    """Return the steps of payments and refunds that are due."""
    due = [
        rows.filter(next_check_at__lte=now).order_by().aggregate(count=Count("pk"), oldest=Min("next_check_at"))
        for rows in (Attempt.objects.filter(state__in=LIVE), Refund.objects.filter(state__in=REFUND_LIVE))
    ]
    oldest = min((one["oldest"] for one in due if one["oldest"]), default=None)
    return _queue(now, sum(one["count"] for one in due), oldest)


def events(now: datetime) -> Queue:
    """Return what Stripe posted and nobody has processed; given up is what failed twelve times, in the last week."""
    rows = WebhookEvent.objects.order_by()
    waits = rows.filter(next_try_at__isnull=False).aggregate(count=Count("pk"), oldest=Min("received_at"))
    lost = rows.filter(state=EventState.FAILED, next_try_at=None, received_at__gte=now - timedelta(days=7))
    return _queue(now, **waits, given_up=lost.count())


def mails(now: datetime) -> Queue:
    """Return the mails that are due, or were tried already and not taken; those since they were asked for."""
    waits = Notice.objects.filter(Q(next_try_at__lte=now) | Q(tries__gt=0), next_try_at__isnull=False)
    rows = waits.filter(state__in=[NoticeState.QUEUED, NoticeState.SENDING]).order_by("pk")
    since = [row.created_at if row.tries else row.next_try_at or now for row in rows.only(*_OF_MAIL)[:MOST]]
    return _queue(now, len(since), min(since, default=None))


def rechecks(now: datetime) -> Queue:
    """Return the payments that ended unpaid and wait for being read once more."""
    since = waiting_for_recheck(now, limit=MOST)
    return _queue(now, len(since), min(since, default=None))


def collecting(now: datetime) -> Queue:
    """Return the invoices whose day of collecting is over at their location, though nothing holds them up."""
    over = Q(pk=None)
    for location in Location.objects.all():
        over |= Q(location=location, next_try_on__lt=location.today(now))
    found = Collection.objects.order_by().filter(over, state__in=DUE_STATES)
    found = found.exclude(HELD).exclude(stop_reason=CollectionReason.MAIL_ON_ITS_WAY)
    row = found.aggregate(count=Count("pk"), oldest=Min("next_try_on"))
    return Queue(row["count"], (now.date() - row["oldest"]).days * DAY if row["oldest"] else 0)


def disputes(rows: "QuerySet[StripeConfig]", now: datetime) -> Disputes:
    """Return the disputes of these accounts that want an answer, and the one that is due first; one query."""
    found = Dispute.objects.filter(status__in=DISPUTE_ANSWERABLE, payment__attempt__config__in=rows)
    due = list(found.order_by(F("due_at").asc(nulls_last=True)).values_list("due_at", "payment__uuid")[:MOST])
    left = (due[0][0] - now).total_seconds() if due and due[0][0] else None
    return Disputes(len(due), left, due[0][1] if due else None)


def accounts(rows: "QuerySet[StripeConfig]", now: datetime) -> list[Account]:
    """Return what is known of Stripe accounts; one query. An event that we had to fetch proves no delivery."""
    event = WebhookEvent.objects.filter(config=OuterRef("pk"), fetched=False).order_by("-pk").values("received_at")[:1]
    paid = Attempt.objects.filter(config=OuterRef("pk"), state=AttemptState.SUCCEEDED).order_by("-pk")
    differ = Difference.objects.filter(config=OuterRef("pk"), closed_at=None).order_by().values("config")
    known = rows.select_related("comparison").annotate(
        event_at=Subquery(event),
        paid_at=Subquery(paid.values("finished_at")[:1]),
        differ=Subquery(differ.annotate(count=Count("pk")).values("count")),
    )
    return [_account(row, row.event_at, row.paid_at, row.differ or 0, now) for row in known.order_by(F("pk"))]


def _account(
    config: StripeConfig, event_at: datetime | None, paid_at: datetime | None, differ: int, now: datetime
) -> Account:
    address = webhook_address(config)
    heard = hearing(config, address=address, now=now)
    proven = config.webhook_proven_at
    unheard = bool(
        paid_at and proven and proven < paid_at <= now - FOLLOWS and (event_at is None or event_at < paid_at - AT_ONCE)
    )
    compared: Comparison | None = getattr(config, "comparison", None)
    quiet = event_at is None or event_at <= now - SILENCE
    return Account(
        pk=config.pk,
        name=config.name,
        heard=heard.tone,
        heard_said=f"{heard.badge}. {heard.sentence}",
        event_age=_age(event_at, now),
        moved_from=config.webhook_url if config.webhook_url and config.webhook_url != address else "",
        unheard_payment=_age(paid_at, now) if unheard else None,
        silent=bool(quiet and proven and proven <= now - SILENCE and paid_at and paid_at > now - SILENCE),
        compared_age=_age(compared.compared_at, now) if compared else None,
        compare_error=compared.error if compared else "",
        differences=differ,
        read_age=_age(config.synced_at, now),
        read_error=config.sync_error,
        ahead=config.clock_ahead,
        missing=lacking(config.key_rights),
        renewing=bool(config.webhook_endpoint_previous and not proven),
        asked_age=_age(config.webhook_asked_at, now),
    )


def backup_age(path: str, now: datetime) -> float | None:
    """Return the age of the file that says when the last backup was done; None when it cannot be read."""
    try:
        return now.timestamp() - Path(path).stat().st_mtime
    except OSError:
        return None


def _queue(now: datetime, count: int, oldest: datetime | None, given_up: int = 0) -> Queue:
    return Queue(count, _age(oldest, now) or 0, given_up)


def _age(moment: datetime | None, now: datetime) -> float | None:
    return (now - moment).total_seconds() if moment else None
