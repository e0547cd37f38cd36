"""Fetches events that no delivery brought from Stripe's list: after an outage, or one that was lost in between.

Only those that something here depends on are stored, once, as a delivery would have been; the worker does the rest.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from terminal.hints import DEPENDED_ON, about_of, object_of
from terminal.models import Comparison, StripeConfig, WebhookEvent
from terminal.stripe_client import StripeGateway, StripeProblem
from terminal.stripe_client.book_calls import EventObject

KEPT = timedelta(days=30)  # at Stripe
OVERLAP = timedelta(minutes=10)  # that is read again: clocks differ, and events come into the list in any order
ON_ITS_WAY = timedelta(minutes=2)  # so long a delivery may take before it counts as lost
log = structlog.get_logger(__name__)


def fetch_lost(
    config: StripeConfig, *, now: datetime, whole: bool = False, go_on: Callable[[], bool] = lambda: True
) -> int:
    """Store the account's events since the last look (with ``whole``: of 30 days) that are not stored; return how many.

    Each page is saved before the next is asked for, and how far the list was read only at the end: a run that was
    killed is done again, and finds what it stored. What Stripe does not answer is tried at the next round.
    """
    state, _made = Comparison.objects.get_or_create(config=config)
    first = max(config.created_at, now - KEPT)
    since = now - KEPT if whole else max(now - KEPT, (state.events_at or first) - OVERLAP)
    stored, after, more = 0, "", True
    try:
        while more and go_on():
            page, more = StripeGateway.of(config).events_page(since=since, after=after)
            old = [event for event in page if event.created <= now - ON_ITS_WAY]
            stored += _store(config, old, now=now)
            after, more = (page[-1].id, more) if page else ("", False)
    except StripeProblem as problem:
        log.warning("events.not_listed", account=config.account_id, code=problem.code)
        return stored
    if not more:
        Comparison.objects.filter(pk=state.pk).update(events_at=now - ON_ITS_WAY)
    return stored


def _store(config: StripeConfig, events: Sequence[EventObject], *, now: datetime) -> int:
    wanted = {event.id: event for event in events if event.type in DEPENDED_ON}
    known = WebhookEvent.objects.filter(config=config, event_id__in=wanted).values_list("event_id", flat=True)
    lost = [wanted[event_id] for event_id in wanted.keys() - set(known)]
    rows = [
        WebhookEvent(
            config=config, event_id=event.id, type=event.type, object_id=object_of(event.raw),
            about_id=about_of(event.raw), body=json.dumps(event.raw), received_at=now, next_try_at=now, fetched=True,
        )
        for event in sorted(lost, key=lambda event: (event.created, event.id))
    ]  # fmt: skip
    WebhookEvent.objects.bulk_create(rows, ignore_conflicts=True)  # a delivery may come at the same moment
    return len(rows)
