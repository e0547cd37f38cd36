"""What a stored event leads to, at the desk: it is a hint to read, and its own words decide nothing."""

import json
import time
from itertools import count

import pytest
from django.utils import timezone

from billing.models import Payment
from sandbox.webhooks import signature
from terminal.event_handlers import MAX_TRIES, due_events, process_event
from terminal.models import WebhookEvent

number = count(1)
pytestmark = pytest.mark.django_db(transaction=True)


def tell(desk, kind, obj):
    """Post an event in Stripe's name and process what is due."""
    body = json.dumps({"id": f"evt_{next(number)}", "object": "event", "type": kind, "livemode": False,
                       "data": {"object": obj}}).encode()  # fmt: skip
    secret = desk.config_now().webhook_secret
    status = desk.post(
        f"http://x/{desk.config.webhook_uuid}/", body, {"Stripe-Signature": signature(secret, body, int(time.time()))}
    )
    for pk in due_events(timezone.now()):
        process_event(pk, now=timezone.now())
    return status, WebhookEvent.objects.latest("pk")


@pytest.mark.parametrize(
    ("kind", "status"),
    [("payment_intent.succeeded", "succeeded"), ("payment_intent.canceled", "canceled"),
     ("payment_intent.payment_failed", "requires_payment_method")],
)  # fmt: skip
def test_event_that_says_what_stripe_does_not_changes_nothing(desk, kind, status):
    desk.listen()
    attempt = desk.waiting(desk.invoice(14500))
    told = {"id": attempt.remote_id, "object": "payment_intent", "status": status, "amount_received": 14500}
    answer, event = tell(desk, kind, told)
    attempt.refresh_from_db()
    assert (answer, event.state, attempt.state, Payment.objects.count()) == (200, "processed", "waiting", 0)


def test_result_of_an_event_is_written_as_everywhere_else(desk):
    desk.listen()
    attempt = desk.waiting(desk.invoice(14500))
    desk.cancel(attempt)
    desk.settle(attempt, 4)
    _status, event = tell(desk, "payment_intent.canceled", {"id": attempt.remote_id, "object": "payment_intent"})
    assert event.result == "Read again: cancelled."


def test_failed_charge_alone_is_no_decline(desk):
    desk.listen()
    attempt = desk.waiting(desk.invoice(14500))
    tell(desk, "charge.failed", {"id": "ch_1", "payment_intent": attempt.remote_id})
    attempt.refresh_from_db()
    assert attempt.state == "waiting"


def test_event_of_money_with_our_tag_that_no_row_knows_is_unmatched(desk, settings):
    desk.listen()
    ours = {"id": "pi_unknown", "metadata": {"installation": settings.INSTALLATION}}
    others = {"id": "pi_others", "metadata": {"installation": "another"}}
    states = [tell(desk, "payment_intent.succeeded", obj)[1].state for obj in (ours, others, {"id": "pi_none"})]
    assert states == ["unmatched", "ignored", "ignored"]


def test_event_for_an_intent_of_another_account_reads_nothing(desk, yen_desk):
    yen_desk.listen()
    attempt = desk.waiting(desk.invoice(14500))
    reads = len(desk.calls("payment_intents/"))
    _, event = tell(yen_desk, "payment_intent.succeeded", {"id": attempt.remote_id})
    assert (event.state, len(desk.calls("payment_intents/"))) == ("ignored", reads)


def test_event_that_cannot_be_processed_is_tried_later_and_later_and_stays_visible(desk):
    desk.listen()
    attempt = desk.waiting(desk.invoice(14500))
    desk.fault("unavailable", "GET /v1/payment_intents", times=None)
    _, event = tell(desk, "payment_intent.succeeded", {"id": attempt.remote_id})
    waits = []
    while event.next_try_at:
        waits.append((event.next_try_at - timezone.now()).total_seconds())
        process_event(event.pk, now=timezone.now())  # too early: nothing happens
        desk.clock.move_to(event.next_try_at)
        process_event(event.pk, now=timezone.now())
        event.refresh_from_db()
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]
    assert (event.state, event.tries, "StripeUnreachable" in event.error) == ("failed", MAX_TRIES, True)


def test_event_that_failed_once_is_processed_when_stripe_is_back(desk):
    desk.listen()
    attempt = desk.waiting(desk.invoice(14500))
    desk.tap()
    desk.fault("unavailable", "GET /v1/payment_intents", times=3)
    _, event = tell(desk, "payment_intent.succeeded", {"id": attempt.remote_id})
    assert event.state == "failed"
    desk.clock.shift(15)
    process_event(event.pk, now=timezone.now())
    event.refresh_from_db()
    attempt.refresh_from_db()
    assert (event.state, event.error, event.tries, attempt.state) == ("processed", "", 2, "succeeded")


def test_worker_that_dies_over_an_event_gives_it_back_after_a_minute(desk):
    desk.listen()
    attempt = desk.waiting(desk.invoice(14500))
    desk.tap()
    desk.sandbox.deliver_due(desk.post)
    desk.wire.kill("before", "GET /v1/terminal/readers")
    event = WebhookEvent.objects.get(type="payment_intent.succeeded")
    with pytest.raises(BaseException, match="GET"):
        process_event(event.pk, now=timezone.now())
    assert event.pk not in due_events(timezone.now())
    desk.clock.shift(61)
    assert event.pk in due_events(timezone.now())
    process_event(event.pk, now=timezone.now())
    attempt.refresh_from_db()
    assert attempt.state == "succeeded"


@pytest.mark.parametrize("fault", ["webhook_lost", "webhook_doubled", "webhook_late", "webhook_wrong_signature"])
def test_state_at_rest_is_the_same_whatever_becomes_of_the_events(desk, fault):
    desk.listen()
    desk.fault(fault, times=None, seconds=30)
    invoice = desk.invoice(14500)
    attempt = desk.waiting(invoice)
    desk.tap("4000000000000002")
    desk.deliver()
    desk.settle(attempt, 3)
    desk.again(attempt)
    desk.settle(attempt, 2)
    desk.tap()
    for _ in range(4):
        desk.deliver()
        desk.settle(attempt, 15)
    invoice.refresh_from_db()
    assert (attempt.state, attempt.declines, invoice.open_amount, Payment.objects.count()) == ("succeeded", 1, 0, 1)
