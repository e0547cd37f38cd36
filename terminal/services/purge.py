"""Forgets what Stripe posted once it is old; that it came, and what became of it, stays."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from flexspace.core.locks import Lease
from flexspace.core.purge import batches
from terminal.models import WebhookEvent


def purge_bodies(now: datetime, lease: Lease) -> int:
    """Empty the bodies of events that nothing waits for since ``WEBHOOK_BODY_DAYS``; return how many."""
    before = now - timedelta(days=settings.WEBHOOK_BODY_DAYS)
    done = Q(processed_at=None) | Q(processed_at__lt=before)  # one that failed for good was never processed
    rows = WebhookEvent.objects.filter(done, received_at__lt=before, next_try_at=None).exclude(body="")
    return sum(batch.update(body="") for batch in batches(rows, lease))
