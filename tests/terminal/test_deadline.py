"""What happens by itself: the walk-off, the wait for another card, retries, and booking without any event."""

import datetime as dt

import pytest
from django.utils import timezone

from flexspace.core.errors import Conflict
from terminal.models import Attempt
from terminal.rules import MAX_AUTOMATIC_DISPATCHES
from terminal.services.recheck import closed_to_recheck, recheck

pytestmark = pytest.mark.django_db(transaction=True)
PROCESS = "POST /v1/terminal/readers"


def ended_after(attempt):
    """Return the seconds from the first state to the start of the cancel, and to its end."""
    log = {line.to_state: line.at for line in attempt.transitions.all()}
    return [(log[state] - attempt.created_at).total_seconds() for state in ("canceling", "canceled")]


@pytest.mark.parametrize("seconds", [20, 90, 300])
def test_reader_that_nobody_taps_is_cleared_after_the_locations_time(desk, seconds):
    desk.location.walk_off_seconds = seconds
    desk.location.save()
    attempt = desk.waiting(desk.invoice(14500))
    assert desk.settle(attempt, seconds - 1).state == "waiting"
    assert desk.settle(attempt, 20).state == "canceled"
    wanted, done = ended_after(attempt)
    assert (seconds <= wanted <= seconds + 15, done - wanted <= 5) == (True, True)
    assert (attempt.cancel_reason, desk.screen()["state"]) == ("deadline", "idle")


def test_tap_in_the_last_second_is_a_payment(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.settle(attempt, 89)
    desk.tap()
    assert desk.settle(attempt, 5).state == "succeeded"


def test_card_read_at_the_deadline_is_waited_for(desk):
    desk.control(f"accounts/{desk.key}/settings", {"authorize_seconds": 8})
    attempt = desk.waiting(desk.invoice(14500))
    desk.settle(attempt, 88)
    desk.tap()
    assert desk.settle(attempt, 6).state == "canceling"
    assert desk.settle(attempt, 10).state == "succeeded"
    assert desk.received() == 14500


def test_declined_payment_waits_ten_minutes_for_another_card(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.tap("4000000000000002")
    assert desk.settle(attempt, 2).state == "declined"
    assert desk.sweep_coarsely(attempt, 590).state == "declined"
    assert desk.sweep_coarsely(attempt, 30).state == "canceled"
    assert (attempt.cancel_reason, [intent["status"] for intent in desk.books()]) == ("deadline", ["canceled"])


def test_deadline_starts_anew_with_every_command(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.settle(attempt, 80)
    desk.customer_cancels()
    desk.settle(attempt, 2)
    desk.again(attempt)
    assert desk.settle(attempt, 80).state == "waiting"


@pytest.mark.parametrize("state", ["reserved", "unknown", "dispatching", "canceling"])
def test_nothing_lives_a_minute_beyond_its_deadline_while_stripe_answers(desk, state):
    attempt = desk.start(desk.invoice(14500))
    if state == "reserved":
        desk.fault("error_before", "POST /v1/payment_intents", times=1)  # Stripe keeps this 500 under the key
    else:
        desk.advance(attempt)
    if state == "canceling":
        desk.fault("error_before", "POST /v1/payment_intents/", times=1)
        desk.cancel(attempt)
    if state == "unknown":
        desk.dashboard("cancel_action", desk.reader.stripe_id)
        desk.settle(attempt, 2)
    if state == "dispatching":
        Attempt.objects.filter(pk=attempt.pk).update(state="dispatching", unanswered=1, call_timeout=60)
        desk.dashboard("cancel_action", desk.reader.stripe_id)
    desk.sweep_coarsely(attempt, 5)
    assert attempt.state in (state, "canceled")
    left = max(0, (attempt.deadline_at - timezone.now()).total_seconds()) if state != "canceling" else 0
    assert desk.sweep_coarsely(attempt, left + 60).state in ("canceled", "failed")


def test_cancel_does_not_wait_for_ever_for_a_busy_reader(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.reader_fault(busy=True)  # a card was left in it, say
    desk.cancel(attempt)
    assert desk.settle(attempt, 20).state == "canceling"
    assert desk.settle(attempt, 30).state == "canceled"
    assert [intent["status"] for intent in desk.books()] == ["canceled"]


@pytest.mark.parametrize("status", [409, 429])
def test_moment_that_does_not_suit_stripe_is_tried_again_with_the_next_number(desk, status):
    attempt = desk.start(desk.invoice(14500))
    desk.fault("status", PROCESS, status=status, times=3)
    assert desk.settle(attempt, 30).state == "waiting"
    calls = desk.calls("process_payment_intent")
    assert [call["status"] for call in calls] == [status, status, status, 200]
    assert [call["idempotency_key"][-2:] for call in calls] == [":1", ":2", ":3", ":4"]


def test_moment_that_never_suits_ends_with_a_person_after_five_repetitions(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.fault("status", PROCESS, status=429, times=None)
    desk.sweep_coarsely(attempt, 120)
    assert (attempt.state, attempt.wants_dispatch, attempt.holds_reader) == ("created", False, False)
    assert len(desk.calls("process_payment_intent")) == 1 + MAX_AUTOMATIC_DISPATCHES
    assert attempt.last_code == "rate_limit"


def test_reader_timeout_is_sent_again_once_by_itself(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.reader_fault(ack_timeout="lost", times=5)
    desk.settle(attempt, 40)
    assert (attempt.state, len(desk.calls("process_payment_intent"))) == ("unknown", 2)


def test_doubt_is_sent_again_by_staff_three_times_at_most(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.fault("request_lost", PROCESS, times=None)
    desk.settle(attempt, 3)
    for _ in range(3):
        desk.again(attempt)
        desk.again(attempt)  # pressed twice: once
        desk.settle(attempt, 4)
    with pytest.raises(Conflict) as refusal:
        desk.again(attempt)
    assert (refusal.value.code, attempt.sent_again, attempt.dispatch_seq) == ("sent_often_enough", 3, 4)


def test_doubt_with_the_amount_on_the_reader_offers_no_second_command(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.fault("answer_lost", PROCESS)
    desk.advance(attempt)
    with pytest.raises(Conflict) as refusal:
        desk.again(attempt)
    assert refusal.value.code == "may_be_shown"
    assert desk.settle(attempt, 2).state == "waiting"


def test_what_the_reader_showed_before_a_command_says_nothing_about_it(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.customer_cancels()
    desk.settle(attempt, 2)
    desk.fault("answer_lost", PROCESS)
    desk.again(attempt)
    desk.advance(attempt)
    with pytest.raises(Conflict) as refusal:
        desk.again(attempt)
    assert (attempt.state, refusal.value.code) == ("unknown", "may_be_shown")


def test_lamp_of_the_reader_is_not_lit_by_an_older_failure(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.customer_cancels()
    desk.settle(attempt, 2)
    desk.reader_fault(slow={"seconds": 40, "answer": "lost"})
    desk.again(attempt)
    desk.settle(attempt, 4)
    assert (attempt.state, attempt.last_picture, attempt.on_reader_at) == ("unknown", "ours_failed", None)


@pytest.mark.parametrize("death", [False, "silent"], ids=["reader well", "reader dead"])
def test_money_is_booked_within_three_seconds_by_the_page_alone(desk, death):
    attempt = desk.waiting(desk.invoice(14500))
    if death:
        desk.reader_fault(dies_after_tap=death)
    desk.settle(attempt, 40)
    desk.tap()
    tapped = timezone.now()
    for _ in range(3):
        desk.clock.shift(1)
        desk.advance(attempt, on_page=True)
    assert (attempt.state, attempt.booked_at - tapped <= dt.timedelta(seconds=3)) == ("succeeded", True)


@pytest.mark.parametrize("state", ["created", "waiting", "unknown", "declined", "canceling"])
def test_money_is_booked_within_two_minutes_without_page_or_event(desk, state):
    """The schedule alone, every five seconds."""
    attempt = desk.in_state(state, desk.invoice(14500))
    desk.dashboard("pay_intent", attempt.remote_id)
    paid = timezone.now()
    desk.sweep(120, every=5)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.booked_at - paid <= dt.timedelta(minutes=2)) == ("succeeded", True)


def test_intent_whose_answer_came_after_the_discard_is_kept_and_cancelled(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.fault("slow", "POST /v1/payment_intents", seconds=10)
    desk.wire.meanwhile(lambda: desk.cancel(Attempt.objects.get(pk=attempt.pk)))
    desk.advance(attempt)
    assert (attempt.state, attempt.remote_id) == ("failed", desk.books()[0]["id"])
    assert [intent["status"] for intent in desk.books()] == ["canceled"]
    assert attempt.finished_at < timezone.now()


def test_orphan_whose_cancel_failed_is_cancelled_the_next_day(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.fault("slow", "POST /v1/payment_intents", seconds=10)
    desk.fault("unavailable", "POST /v1/payment_intents/")
    desk.wire.meanwhile(lambda: desk.cancel(Attempt.objects.get(pk=attempt.pk)))
    desk.advance(attempt)
    assert [intent["status"] for intent in desk.books()] == ["requires_payment_method"]
    desk.clock.shift(86400)
    assert closed_to_recheck(timezone.now()) == [attempt.pk]
    recheck(attempt.pk, now=timezone.now())
    assert [intent["status"] for intent in desk.books()] == ["canceled"]
    assert closed_to_recheck(timezone.now()) == []


def test_orphan_that_was_paid_is_booked_late_and_flagged(desk):
    invoice = desk.invoice(14500)
    attempt = desk.start(invoice)
    desk.fault("slow", "POST /v1/payment_intents", seconds=10)
    desk.fault("unavailable", "POST /v1/payment_intents/")
    desk.wire.meanwhile(lambda: desk.cancel(Attempt.objects.get(pk=attempt.pk)))
    desk.advance(attempt)
    desk.dashboard("pay_intent", attempt.remote_id)
    desk.clock.shift(86400)
    recheck(attempt.pk, now=timezone.now())
    attempt.refresh_from_db()
    invoice.refresh_from_db()
    flags = list(attempt.flags.values_list("kind", flat=True))
    assert (attempt.state, invoice.open_amount, flags) == ("succeeded", 0, ["late_success"])


@pytest.mark.parametrize("state", ["created", "declined", "unknown"])
def test_intent_that_stripe_no_longer_knows_frees_the_invoice_by_itself(desk, state):
    invoice = desk.invoice(14500)
    attempt = desk.in_state(state, invoice)
    Attempt.objects.filter(pk=attempt.pk).update(remote_id="pi_cleared_with_the_test_data")
    desk.cancel(attempt)
    assert desk.sweep_coarsely(attempt, 500).state == "canceling"

    assert desk.sweep_coarsely(attempt, 200).state == "canceled"
    assert (attempt.last_code, attempt.holds_reader) == ("resource_missing", False)
    assert desk.start(invoice).state == "reserved"
