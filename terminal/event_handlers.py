"""What an event leads to: one read of the attempt, or the card, it is about. The event's own words decide nothing."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from terminal.enums import AttemptKind, EventState
from terminal.hints import DISPUTES, INTENT_OF, PAYOUTS, REFUNDS
from terminal.models import Attempt, CardLink, WebhookEvent
from terminal.services.card_link_page import check_card_link
from terminal.services.card_sync import sync_card, sync_customer
from terminal.services.dispute_seen import sync_dispute
from terminal.services.payouts import sync_payout
from terminal.services.refund_seen import sync_refunds_of
from terminal.services.settle import check
from terminal.stripe_client import StripeProblem, StripeRefused

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
    obj = json.loads(event.body)["data"]["object"]
    if event.type in REFUNDS:
        return _refunds(event, str(obj.get("payment_intent") or ""), now=now)
    if event.type in DISPUTES:
        return _dispute(event, obj, now=now)
    if event.type in PAYOUTS:
        return _payout(event, str(obj.get("id") or ""), now=now)
    follow = CARDS_OF.get(event.type)
    if follow:
        return EventState.PROCESSED, follow(event.config, str(obj.get("id") or ""), now=now)
    find = INTENT_OF.get(event.type)
    if find is None:
        return EventState.IGNORED, "Nothing here depends on this type."
    remote_id = find(obj)
    if not remote_id:
        return EventState.IGNORED, "It is about no payment."
    link = _card_link_of(event, obj)
    if link:
        return EventState.PROCESSED, f"Read again: card link {check_card_link(link.pk, now=now)}."
    given_back = (obj.get("action") or {}).get("type") == "refund_payment"  # then the intent is the old charge's
    attempt_id = (given_back and _given_back_now(event, remote_id)) or _attempt_of(event, remote_id, obj)
    if not attempt_id:
        return _unknown_intent(obj)
    check(attempt_id, now=now)
    state = Attempt.objects.values_list("state", flat=True).get(pk=attempt_id)
    return EventState.PROCESSED, f"Read again: {_in_words(state)}."


def _in_words(state: str) -> str:
    return state.replace("_", " ").replace("canceled", "cancelled")


def _refunds(event: WebhookEvent, intent_id: str, *, now: datetime) -> Result:
    """Read all refunds of the payment: an event says neither which came first nor what is the sum of them."""
    _book_first(event, intent_id, now=now)
    running = _given_back_now(event, intent_id)
    if running:  # its reader's screen goes on with it
        check(running, now=now)
    if intent_id and sync_refunds_of(event.config, intent_id, now=now):
        return EventState.PROCESSED, "Read again: the payment's refunds."
    return EventState.IGNORED, "It is about no payment of ours."


def _book_first(event: WebhookEvent, intent_id: str, *, now: datetime) -> None:
    """Read an attempt whose money is not booked yet: it was paid and given back before we heard of either."""
    unpaid = Attempt.objects.filter(config=event.config, remote_id=intent_id, payment=None)
    found = unpaid.values_list("pk", flat=True).first() if intent_id else None
    if found:
        check(found, now=now)


def _given_back_now(event: WebhookEvent, intent_id: str) -> int | None:
    """Return the id of the attempt that is giving the money of an intent back on a reader."""
    rows = Attempt.objects.live().filter(config=event.config, refund__payment__reference=intent_id)
    return rows.values_list("pk", flat=True).first() if intent_id else None


def _dispute(event: WebhookEvent, obj: dict[str, Any], *, now: datetime) -> Result:
    """Read the dispute again: its events come in no order, and one may be days old."""
    intent_id = str(obj.get("payment_intent") or "")
    _book_first(event, intent_id, now=now)
    if sync_dispute(event.config, str(obj.get("id") or ""), now=now):
        return EventState.PROCESSED, "Read again: the dispute."
    return EventState.IGNORED, "It is about no payment of ours."


def _payout(event: WebhookEvent, payout_id: str, *, now: datetime) -> Result:
    """Read the payout again; a key may do without the permission, and then nothing waits for it."""
    try:
        return EventState.PROCESSED, f"Read again: {_in_words(sync_payout(event.config, payout_id, now=now))}."
    except StripeRefused as problem:
        if not problem.lacks:
            raise
        return EventState.IGNORED, f"The key may not read payouts: {problem.lacks} is missing."


def _card_link_of(event: WebhookEvent, obj: dict[str, Any]) -> CardLink | None:
    """Return the card link whose page, or whose set-up intent, an event is about."""
    metadata = obj.get("metadata") or {}
    if not isinstance(metadata, dict) or metadata.get("installation") != settings.INSTALLATION:
        return None
    with suppress(ValueError):
        return CardLink.objects.filter(uuid=UUID(str(metadata.get("card_link"))), config=event.config).first()
    return None


def _attempt_of(event: WebhookEvent, remote_id: str, obj: dict[str, Any]) -> int | None:
    """Return the id of the attempt that an object of Stripe's belongs to.

    The intent of a payment page, and its charges, are known by the tag they carry: what we made is the page.
    """
    mine = Attempt.objects.filter(config=event.config).values_list("pk", flat=True)
    found = mine.filter(remote_id=remote_id).first()
    metadata = obj.get("metadata") or {}
    if found or not isinstance(metadata, dict) or metadata.get("installation") != settings.INSTALLATION:
        return found
    with suppress(ValueError):
        return mine.filter(uuid=UUID(str(metadata.get("attempt"))), kind=AttemptKind.PAY_LINK).first()
    return None


def _unknown_intent(obj: dict[str, Any]) -> Result:
    """Money that carries our tag but that no row knows is kept for a manager; other money is not ours.

    A row that waits for the very answer which this event was quicker than finds its intent by itself.
    """
    metadata = obj.get("metadata") or {}
    if isinstance(metadata, dict) and metadata.get("installation") == settings.INSTALLATION:
        if _waits_for_its_answer(str(metadata.get("attempt", ""))):
            return EventState.PROCESSED, "The attempt is still being told of it by the call that made it."
        return EventState.UNMATCHED, "It carries our tag, but no attempt here knows it."
    return EventState.IGNORED, "Not made here."


def _waits_for_its_answer(uuid: str) -> bool:
    try:
        return Attempt.objects.live().filter(uuid=UUID(uuid), remote_id=None).exists()
    except ValueError:
        return False


CARDS_OF: dict[str, Callable[..., str]] = {
    "payment_method.detached": sync_card,
    "payment_method.updated": sync_card,
    "payment_method.automatically_updated": sync_card,
    "customer.deleted": sync_customer,
}
