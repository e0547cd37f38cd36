"""Takes what Stripe posts: verify on the raw bytes, one insert, 2xx. The work comes later."""

import time
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from flexspace.core.enqueue import enqueue
from flexspace.core.permissions import public
from terminal.models import StripeConfig, WebhookEvent
from terminal.stripe_client import NAME, BadSignature, read_event, verify_signature
from terminal.tasks import process_webhook_event

log = structlog.get_logger(__name__)
MAX_BODY = 1_048_576  # bytes


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
    config = StripeConfig.objects.filter(webhook_uuid=webhook_uuid).defer("secret_key").first()  # costs a decryption
    body = request.read(MAX_BODY + 1)
    secrets = config.webhook_secrets if config else []
    try:
        verify_signature(body, request.headers.get("Stripe-Signature", ""), secrets, now=time.time())
        event = read_event(body)
    except BadSignature as error:
        log.warning("webhook.refused", reason=str(error), endpoint=str(webhook_uuid))
        return HttpResponse(status=400)
    assert config is not None  # without a secret nothing verifies
    if bool(event.get("livemode")) != config.livemode or event.get("account"):
        log.error("webhook.other_account", event_id=event["id"], type=event["type"], account=config.account_id)
        return HttpResponse(status=200)
    _store(config, event, body)
    return HttpResponse(status=200)


def _object_id(event: dict) -> str:
    found = event["data"]["object"].get("id")
    return found if isinstance(found, str) and NAME.fullmatch(found) else ""


def _store(config: StripeConfig, event: dict, body: bytes) -> None:
    """Insert the event once, by its id; a repeated delivery changes nothing."""
    now = timezone.now()
    row = WebhookEvent(
        config=config,
        event_id=event["id"],
        type=event["type"],
        object_id=_object_id(event),
        body=body.decode(),
        received_at=now,
        next_try_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # it was delivered before
        return
    enqueue(process_webhook_event, row.pk)
