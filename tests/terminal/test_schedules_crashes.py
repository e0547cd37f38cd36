"""Directed schedules of processes that die, events that come late or twice, and queues that are down."""

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from billing.models import Payment
from terminal import tasks
from terminal.event_handlers import process_event
from terminal.models import WebhookEvent
from terminal.services.step import advance, due_attempts, step_if_due
from tests.terminal.wire import Killed

pytestmark = pytest.mark.django_db(transaction=True)
CREATE, PROCESS = "POST /v1/payment_intents", "POST /v1/terminal/readers"


def pay(desk, attempt):
    """Tap, and return what all the books say at rest."""
    desk.tap()
    desk.settle(attempt)
    return attempt.state, desk.received(), Payment.objects.count(), [len(i["paid_charges"]) for i in desk.books()]


PAID_ONCE = ("succeeded", 14500, 1, [1])


@pytest.mark.parametrize("moment", ["before", "after"])
def test_k_worker_killed_around_the_create_finds_its_intent_again(desk, moment):
    attempt = desk.start(desk.invoice(14500))
    desk.wire.kill(moment, CREATE)
    with pytest.raises(Killed):
        desk.advance(attempt)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.remote_id) == ("reserved", None)
    assert desk.settle(attempt, 25).state == "waiting"
    assert pay(desk, attempt) == PAID_ONCE


def test_k_worker_killed_between_commit_and_command_ends_in_doubt_and_is_sent_again(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.wire.kill("before", PROCESS)
    with pytest.raises(Killed):
        desk.advance(attempt)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.unanswered, desk.screen()["state"]) == ("dispatching", 1, "idle")
    assert desk.settle(attempt, 60).state == "dispatching"  # the command may still be on the wire
    assert desk.settle(attempt, 16).state == "unknown"
    desk.again(attempt)
    assert desk.settle(attempt, 2).state == "waiting"
    assert pay(desk, attempt) == PAID_ONCE


def test_k_worker_killed_between_command_and_save_is_seen_on_the_reader(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.wire.kill("after", PROCESS)
    with pytest.raises(Killed):
        desk.advance(attempt)
    assert desk.settle(attempt, 2).state == "waiting"
    assert pay(desk, attempt) == PAID_ONCE


def test_k_worker_killed_in_the_doubt_leaves_a_row_that_ends_by_itself(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.wire.kill("before", PROCESS)
    with pytest.raises(Killed):
        desk.advance(attempt)
    assert desk.settle(attempt, 120).state == "canceled"
    assert [intent["status"] for intent in desk.books()] == ["canceled"]


@pytest.mark.parametrize("call", ["GET /v1/terminal/readers", PROCESS, "POST /v1/payment_intents/pi_"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_k_worker_killed_within_a_cancel_ends_canceled_all_the_same(desk, call, moment):
    attempt = desk.waiting(desk.invoice(14500))
    desk.cancel(attempt)
    desk.wire.kill(moment, call)
    with pytest.raises(Killed):
        desk.advance(attempt)
    assert desk.settle(attempt, 90).state == "canceled"
    assert [intent["status"] for intent in desk.books()] == ["canceled"]


@pytest.mark.parametrize("call", ["GET /v1/terminal/readers", "GET /v1/payment_intents"])
def test_k_worker_killed_within_a_read_is_read_again(desk, call):
    attempt = desk.waiting(desk.invoice(14500))
    desk.tap()
    desk.wire.kill("after", call)
    with pytest.raises(Killed):
        desk.sweep(4)
    assert desk.settle(attempt, 25).state == "succeeded"
    assert (desk.received(), Payment.objects.count()) == (14500, 1)


def test_l_late_events_repeated_ten_times_change_nothing(desk):
    desk.listen()
    desk.fault("webhook_paused")
    attempt = desk.waiting(desk.invoice(14500))
    desk.tap("4000000000000002")
    desk.settle(attempt, 2)
    desk.again(attempt)
    desk.settle(attempt, 2)
    assert pay(desk, attempt) == ("succeeded", 14500, 1, [1])
    version = attempt.version

    desk.control(f"accounts/{desk.key}/faults", method="DELETE")
    desk.clock.shift(3 * 86400)
    first = desk.deliver()
    types = set(WebhookEvent.objects.values_list("type", flat=True))
    assert {"payment_intent.payment_failed", "charge.failed", "payment_intent.succeeded"} <= types
    for _ in range(10):
        for event in WebhookEvent.objects.values_list("event_id", flat=True):
            desk.control(f"accounts/{desk.key}/events/{event}/resend", {})
        desk.deliver()
    attempt.refresh_from_db()
    assert (attempt.state, attempt.version, Payment.objects.count()) == ("succeeded", version, 1)
    assert WebhookEvent.objects.count() == first


def test_r_same_event_again_while_the_first_is_being_worked_on_is_left_alone(desk):
    desk.listen()
    attempt = desk.waiting(desk.invoice(14500))
    desk.tap()
    desk.sandbox.deliver_due(desk.post)
    event = WebhookEvent.objects.get(type="payment_intent.succeeded")
    desk.fault("slow", "GET /v1/payment_intents", seconds=3)
    nested = []
    desk.wire.meanwhile(lambda: nested.append(process_event(event.pk, now=timezone.now())))
    desk.wire.meanwhile(lambda: nested.append(desk.post_again(event)))
    process_event(event.pk, now=timezone.now())
    attempt.refresh_from_db()
    event.refresh_from_db()
    assert (attempt.state, event.state, event.tries, nested) == ("succeeded", "processed", 1, [None, 200])
    assert Payment.objects.count() == 1


def test_r_task_twice_at_once_sends_one_command(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.fault("slow", "POST /v1/terminal/readers", seconds=3)
    taken = []
    desk.wire.meanwhile(lambda: taken.append(step_if_due(attempt.pk, now=timezone.now(), on_page=False)))
    desk.advance(attempt)
    assert (attempt.state, taken) == ("waiting", [False])
    assert len(desk.calls("process_payment_intent")) == 1


def test_r_create_twice_at_once_makes_one_intent(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.fault("slow", CREATE, seconds=30)
    desk.wire.meanwhile(lambda: desk.clock.shift(25))
    desk.wire.meanwhile(lambda: advance(attempt.pk, now=timezone.now()))
    desk.advance(attempt)
    desk.settle(attempt, 10)
    assert (attempt.state, len(desk.books()), attempt.dispatch_seq) == ("waiting", 1, 1)


def test_s_broker_down_is_no_error_and_the_page_carries_the_charge(desk, monkeypatch):
    def down(*_args, **_kwargs):
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.advance_attempt, "apply_async", down)
    monkeypatch.setattr(tasks.process_received_events, "apply_async", down)
    desk.listen()
    attempt = desk.start(desk.invoice(14500))
    tasks.step_due_attempts()
    for _ in range(5):
        desk.clock.shift(1)
        desk.advance(attempt, on_page=True)
    assert attempt.state == "waiting"
    desk.tap()
    assert desk.sandbox.deliver_due(desk.post) > 0
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"received"}
    desk.clock.shift(1)
    tasks.retry_webhook_events()
    attempt.refresh_from_db()
    assert attempt.state == "succeeded"
    assert "received" not in WebhookEvent.objects.values_list("state", flat=True)


def test_s_queue_that_forgot_everything_is_found_by_the_schedule_and_beat_twice_is_beat_once(desk):
    attempt = desk.start(desk.invoice(14500))
    assert due_attempts(timezone.now()) == [attempt.pk]
    both = due_attempts(timezone.now()) * 2
    for attempt_id in both:
        tasks.advance_attempt(attempt_id)
    attempt.refresh_from_db()
    assert (attempt.state, len(desk.calls("process_payment_intent")), len(desk.books())) == ("waiting", 1, 1)
