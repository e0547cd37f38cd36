"""Cells of the fault matrix about events: not stored, not read, about nobody, of another version."""

import json
import time

import pytest
from django.utils import timezone

from billing.models import Dispute, Refund
from sandbox.webhooks import signature
from terminal.event_handlers import due_events, process_event
from terminal.models import WebhookEvent
from tests.matrix.table import cells_of
from tests.terminal.money_back import paid_by_card
from tests.terminal.points import Points

pytestmark = pytest.mark.django_db(transaction=True)
READ = "GET /v1/payment_intents"
TROUBLE = {
    "F3": [{"kind": "answer_lost"}],
    "F4": [{"kind": "status", "status": 401}, {"kind": "status", "status": 404}],
    "F5": [{"kind": "unavailable"}, {"kind": "error_before"}],
    "F6": [{"kind": "status", "status": 429}],
    "F7": [{"kind": "request_lost"}],
}


def tell(desk, kind, obj, **more):
    """Post an event in Stripe's name, process what is due, and return its row."""
    body = json.dumps({"id": f"evt_{time.monotonic_ns()}", "object": "event", "type": kind, "livemode": False,
                       "data": {"object": obj}, **more}).encode()  # fmt: skip
    secret = desk.config_now().webhook_secret
    signed = {"Stripe-Signature": signature(secret, body, int(time.time()))}
    assert desk.post(f"http://x/{desk.config.webhook_uuid}/", body, signed) == 200
    for pk in due_events(timezone.now()):
        process_event(pk, now=timezone.now())
    return WebhookEvent.objects.latest("pk")


def deaf(desk):
    """Let no event come but those a test tells."""
    desk.listen()
    desk.fault("webhook_lost", times=None)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_delivery_that_was_not_stored_is_not_acknowledged(desk, moment):
    desk.listen()
    attempt = desk.waiting()
    desk.tap()
    points = Points(desk.wire, fatal=1, moment=moment)
    with points.watched():
        desk.sandbox.deliver_due(desk.post)
    assert points.hit
    assert WebhookEvent.objects.count() == (moment == "after")
    for _ in range(4):  # Stripe sends again what nobody acknowledged
        desk.clock.shift(3600)
        desk.deliver()
    attempt.refresh_from_db()
    assert (attempt.state, WebhookEvent.objects.filter(type="payment_intent.succeeded").count()) == ("succeeded", 1)


@cells_of("event_trouble", often="W4-F6")
def test_event_whose_read_fails_stays_due(desk, step, fault):
    deaf(desk)
    for trouble in TROUBLE[fault]:
        attempt = desk.waiting()
        desk.tap()
        desk.fault(match=READ, times=3, **trouble)
        event = tell(desk, "payment_intent.succeeded", {"id": attempt.remote_id})
        attempt.refresh_from_db()
        assert (event.state, event.next_try_at is not None, attempt.state) == ("failed", True, "waiting")
        desk.control(f"accounts/{desk.key}/faults", method="DELETE")
        desk.clock.shift(15)
        process_event(event.pk, now=timezone.now())
        attempt.refresh_from_db()
        assert attempt.state == "succeeded"


@cells_of("event_unknown", often="Wreader-F16")
def test_event_about_what_nobody_knows_is_ignored(desk, step, fault):
    deaf(desk)
    attempt = desk.waiting()
    kind = {"Wfailed": "payment_intent.payment_failed", "Wcanceled": "payment_intent.canceled",
            "Wreader": "terminal.reader.action_failed"}[step]  # fmt: skip
    other = {"id": "pi_of_nobody"}
    if step == "Wreader":
        other = {"id": "tmr_of_nobody", "action": {"process_payment_intent": {"payment_intent": "pi_of_nobody"}}}
    event = tell(desk, kind, other)
    attempt.refresh_from_db()
    assert (event.state, attempt.state, attempt.version) == ("ignored", "waiting", 4)


@cells_of("event_version", often="Wrefund-F17")
def test_event_of_another_version_leads_to_a_read_like_any(desk, step, fault):
    """Id and type are taken from it; what it is about is read in our version."""
    deaf(desk)
    old = {"api_version": "2019-02-11", "charges": {"data": [{"amount": "1.00"}]}, "source": None}
    if step == "Wrefund":
        payment = paid_by_card(desk)
        desk.dashboard("refund", payment.reference, amount=500)
        tell(desk, "charge.refunded", {"payment_intent": payment.reference, **old}, api_version="2019-02-11")
        assert Refund.objects.get().amount == 500
        return
    if step == "Wdispute":
        payment = paid_by_card(desk)
        made = desk.dashboard("dispute", payment.reference)
        about = {"id": made["id"], "payment_intent": payment.reference, **old}
        tell(desk, "charge.dispute.created", about, api_version="2019-02-11")
        assert Dispute.objects.get().reference == made["id"]
        return
    attempt = desk.waiting()
    kind, obj, state = "payment_intent.succeeded", {"id": attempt.remote_id, **old}, "succeeded"
    if step == "Wsucceeded":
        desk.tap()
    elif step == "Wcanceled":
        desk.dashboard("cancel_intent", attempt.remote_id)
        kind, state = "payment_intent.canceled", "canceled"
    else:
        desk.customer_cancels()
        kind, state = "payment_intent.payment_failed", "declined"
    if step == "Wreader":
        action = {"type": "process_payment_intent", "status": "failed",
                  "process_payment_intent": {"payment_intent": attempt.remote_id}}  # fmt: skip
        kind, obj = "terminal.reader.action_failed", {"id": attempt.reader_stripe_id, "action": action, **old}
    event = tell(desk, kind, obj, api_version="2019-02-11")
    attempt.refresh_from_db()
    assert (event.state, attempt.state) == ("processed", state)
