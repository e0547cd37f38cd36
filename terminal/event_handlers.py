"""What an event leads to: nearly always one read of the attempt it is about. The event's own words decide nothing."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings

from terminal.enums import EventState
from terminal.models import Attempt, WebhookEvent
from terminal.services.settle import check
from terminal.stripe_client import StripeProblem

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=60)
MAX_TRIES = 12
Result = tuple[EventState, str]


def due_events(now: datetime, *, limit: int = 50) -> list[int]:
    """Return the rows of events whose next try is due, oldest first."""
    due = WebhookEvent.objects.filter(next_try_at__lte=now).order_by("next_try_at")
    return list(due.values_list("pk", flat=True)[:limit])


def process_event(event_pk: int, *, now: datetime) -> None:
    """Process a stored event once; whoever moves ``next_try_at`` ahead has it.

    A failure is kept with its reason and tried again, later each time; after the last try it stays *failed* for an
    admin to see.
    """
    claim = WebhookEvent.objects.filter(pk=event_pk, next_try_at__lte=now)
    if not claim.update(next_try_at=now + LEASE):
        return
    event = WebhookEvent.objects.select_related("config").get(pk=event_pk)
    try:
        state, result = _handle(event, now=now)
    except Exception as error:  # noqa: BLE001  (kept with the event, retried, and shown to an admin)
        _failed(event, error, now=now)
    else:
        WebhookEvent.objects.filter(pk=event_pk).update(
            state=state, result=result[:120], processed_at=now, next_try_at=None, error="", tries=event.tries + 1
        )


def _failed(event: WebhookEvent, error: Exception, *, now: datetime) -> None:
    tries = event.tries + 1
    wait = None if tries >= MAX_TRIES else now + timedelta(seconds=min(3600, 5 * 2**tries))
    code = error.code if isinstance(error, StripeProblem) else ""
    text = f"{type(error).__name__} {code} {error}"[:300]
    WebhookEvent.objects.filter(pk=event.pk).update(state=EventState.FAILED, tries=tries, next_try_at=wait, error=text)
    log.warning("webhook.not_processed", event_id=event.event_id, type=event.type, tries=tries, error=text)


def _handle(event: WebhookEvent, *, now: datetime) -> Result:
    find = INTENT_OF.get(event.type)
    if find is None:
        return EventState.IGNORED, "Nothing here depends on this type."
    obj = json.loads(event.body)["data"]["object"]
    intent_id = find(obj)
    if not intent_id:
        return EventState.IGNORED, "It is about no payment."
    attempt = Attempt.objects.filter(remote_id=intent_id, config=event.config).first()
    if attempt is None:
        return _unknown_intent(obj)
    check(attempt.pk, now=now)
    attempt.refresh_from_db(fields=["state"])
    return EventState.PROCESSED, f"Read again: {attempt.state}."


def _unknown_intent(obj: dict[str, Any]) -> Result:
    """Money that carries our tag but that no row knows is kept for a manager; other money is not ours."""
    metadata = obj.get("metadata") or {}
    if isinstance(metadata, dict) and metadata.get("installation") == settings.INSTALLATION:
        return EventState.UNMATCHED, "It carries our tag, but no attempt here knows it."
    return EventState.IGNORED, "Not made here."


def _of_intent(obj: dict[str, Any]) -> str:
    return str(obj.get("id") or "")


def _of_charge(obj: dict[str, Any]) -> str:
    return str(obj.get("payment_intent") or "")


def _of_reader(obj: dict[str, Any]) -> str:
    action = obj.get("action") or {}
    details = action.get(str(action.get("type"))) or {}
    return str(details.get("payment_intent") or "")


INTENT_OF: dict[str, Callable[[dict[str, Any]], str]] = {
    "payment_intent.succeeded": _of_intent,
    "payment_intent.payment_failed": _of_intent,
    "payment_intent.canceled": _of_intent,
    "payment_intent.processing": _of_intent,
    "payment_intent.requires_action": _of_intent,
    "payment_intent.amount_capturable_updated": _of_intent,
    "charge.succeeded": _of_charge,
    "charge.failed": _of_charge,
    "terminal.reader.action_succeeded": _of_reader,
    "terminal.reader.action_failed": _of_reader,
}
