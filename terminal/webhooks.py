"""Takes what Stripe posts: verify on the raw bytes, one insert, 2xx. The work comes later."""

import time
from contextlib import nullcontext
from uuid import UUID

import structlog
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from flexspace.core.budget import Budget
from flexspace.core.enqueue import enqueue
from flexspace.core.permissions import public
from terminal.endpoints import Endpoint, endpoints
from terminal.hints import about_of, object_of
from terminal.models import StripeConfig, WebhookEvent
from terminal.stripe_client import BadSignature, read_event, verify_signature
from terminal.tasks import process_received_events
from terminal.wake import Bell

log = structlog.get_logger(__name__)
MAX_BODY = 1_048_576  # bytes
bell = Bell()
refusals = Budget(each=200, overall=1000)  # of one address, and of all; only what was refused is counted


@csrf_exempt
@public
def stripe_webhook(request: HttpRequest, webhook_uuid: UUID) -> HttpResponse:
    """Store a delivery of the account whose endpoint this is. Never 500 on a bad body, never a reason in the answer."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    length = request.headers.get("Content-Length") or "0"
    if not (length.isascii() and length.isdigit()):
        return HttpResponse(status=400)
    if len(length) > len(str(MAX_BODY)) or int(length) > MAX_BODY:
        return HttpResponse(status=413)
    body = request.read(MAX_BODY + 1)
    try:
        endpoint, newest = _sender(webhook_uuid, body, request.headers.get("Stripe-Signature", ""))
        event = read_event(body)
    except BadSignature as error:
        return _refuse(request.META.get("REMOTE_ADDR", ""), webhook_uuid, str(error))
    if bool(event.get("livemode")) != endpoint.livemode or event.get("account"):
        log.error("webhook.other_account", event_id=event["id"], type=event["type"], account=endpoint.account_id)
        return HttpResponse(status=200)
    _store(endpoint, event, body)
    if newest and not endpoint.proven:
        _prove(endpoint)
    return HttpResponse(status=200)


def _sender(webhook_uuid: UUID, body: bytes, header: str) -> tuple[Endpoint, bool]:
    """Return the endpoint one of whose secrets signed ``body``, and whether the newest did; raises BadSignature."""
    refused = BadSignature("unknown endpoint")
    for endpoint in endpoints.candidates(webhook_uuid):
        try:
            place = verify_signature(body, header, list(endpoint.secrets), now=time.time())
        except BadSignature as error:
            refused = error
        else:
            return endpoint, place == 0
    raise refused


def _refuse(address: str, webhook_uuid: UUID, reason: str) -> HttpResponse:
    """Answer and log; who is refused without end gets 429 and no line here. What verifies is never limited."""
    left = refusals.spend(address)
    if left is None:
        return HttpResponse(status=429)
    log.warning("webhook.refused", reason=reason, endpoint=str(webhook_uuid), address=address, lines_left=left)
    return HttpResponse(status=400)


def _store(endpoint: Endpoint, event: dict, body: bytes) -> None:
    """Insert the event once, by its id; a repeated delivery changes nothing."""
    now = timezone.now()
    row = WebhookEvent(
        config_id=endpoint.config_id,
        event_id=event["id"],
        type=event["type"],
        object_id=object_of(event),
        about_id=about_of(event),
        body=body.decode(),
        received_at=now,
        next_try_at=now,
    )
    # One statement is a transaction by itself; only inside another one its failure must be kept apart.
    apart = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with apart:
            row.save(force_insert=True)
    except IntegrityError:  # it was delivered before; or the account went a moment ago, and nobody waits for it
        return
    transaction.on_commit(_wake_worker, robust=True)


def _prove(endpoint: Endpoint) -> None:
    """Note, once for each secret, that a delivery signed with the newest one has come."""
    StripeConfig.objects.filter(pk=endpoint.config_id, webhook_proven_at=None).update(webhook_proven_at=timezone.now())
    endpoints.forget()


def _wake_worker() -> None:
    """Let a worker look for events, unless it was told so a moment ago: ``terminal.wake`` says why that is enough."""
    if bell.rings():
        enqueue(process_received_events)
