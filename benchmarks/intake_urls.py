"""The product's addresses, and the bare view it is compared with."""

import hashlib
import hmac
import json
from functools import cache

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from benchmarks.intake import SECRET
from flexspace.core.enqueue import enqueue
from flexspace.urls import urlpatterns as ours
from terminal.models import StripeConfig, WebhookEvent
from terminal.tasks import process_webhook_event


@cache
def account():
    """Return the account's id, read once: a bare view has one account in its settings."""
    return StripeConfig.objects.get().pk


@csrf_exempt
def bare(request):
    """Verify and insert: the least that a receiver of webhooks does."""
    parts = dict(part.split("=") for part in request.headers["Stripe-Signature"].split(","))
    signed = f"{parts['t']}.".encode() + request.body
    if not hmac.compare_digest(hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest(), parts["v1"]):
        return HttpResponse(status=400)
    event = json.loads(request.body)
    row = WebhookEvent(config_id=account(), event_id=event["id"], type=event["type"], body=request.body.decode())
    row.save(force_insert=True)
    if request.path == "/queued/":
        enqueue(process_webhook_event, row.pk)
    return HttpResponse(status=200)


urlpatterns = [path("bare/", bare), path("queued/", bare), *ours]
