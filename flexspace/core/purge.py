"""Deletes what nobody needs any longer, a batch at a time, so that no lock is held for long."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from flexspace.core.idempotency import KEPT_FOR
from flexspace.core.locks import Lease
from flexspace.core.models import OneUseToken, StoredAnswer

BATCH = 500
TOKENS_KEPT = timedelta(days=30)  # a form is good for as long as a session, which lasts twelve hours


def batches(rows: "QuerySet[Any]", lease: Lease) -> Iterator["QuerySet[Any]"]:
    """Yield ``rows`` in batches, by their keys; each must be gone from ``rows`` before the next one is asked for.

    It ends when the lease was lost, or when a batch did not go.
    """
    before: list[Any] = []
    while lease.renew():
        keys = list(rows.order_by().values_list("pk", flat=True)[:BATCH])
        if not keys or keys == before:
            return
        yield rows.filter(pk__in=keys)  # what changed meanwhile is spared
        before = keys


def purge(now: datetime, lease: Lease) -> dict[str, int]:
    """Delete used form tokens, answers to API calls and sessions that are too old; return how many of each."""
    old: dict[str, QuerySet[Any]] = {
        "form_tokens": OneUseToken.objects.filter(used_at__lt=now - TOKENS_KEPT),
        "api_answers": StoredAnswer.objects.filter(created_at__lt=now - KEPT_FOR),
        "sessions": Session.objects.filter(expire_date__lt=now),
    }
    return {name: sum(batch.delete()[0] for batch in batches(rows, lease)) for name, rows in old.items()}
