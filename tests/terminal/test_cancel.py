"""Getting out: in the right order, past dead readers and lost answers, and never over somebody else's prompt."""

import json

import pytest
from django.utils import timezone

from flexspace.core.errors import Conflict
from terminal.models import Attempt
from terminal.services.readers import reset_reader, sync_account
from tests.terminal.desk import ADMIN

pytestmark = pytest.mark.django_db(transaction=True)


def posts(desk, after=0):
    return [call["path"].rsplit("/", 1)[-1] for call in desk.calls()[after:] if call["method"] == "POST"]


def clear_path(desk):
    return f"POST /v1/terminal/readers/{desk.reader.stripe_id}/cancel_action"


def test_reader_is_cleared_before_the_intent_is_cancelled(desk):
    attempt = desk.waiting(desk.invoice(14500))
    before = len(desk.calls())
    desk.cancel(attempt)
    assert desk.settle(attempt, 2).state == "canceled"
    assert posts(desk, before) == ["cancel_action", "cancel"]
    assert (attempt.cancel_reason, attempt.holds_reader, desk.screen()["state"]) == ("staff", False, "removed")


@pytest.mark.parametrize("fault", ["offline", "hardware_fault", "no_heartbeat"])
def test_reader_that_cannot_be_reached_does_not_stop_the_cancel(desk, fault):
    attempt = desk.waiting(desk.invoice(14500))
    desk.reader_fault(**{fault: True})
    desk.cancel(attempt)
    assert desk.settle(attempt, 6).state == "canceled"
    assert [intent["status"] for intent in desk.books()] == ["canceled"]


def test_reader_deleted_at_stripe_does_not_stop_the_cancel(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.dashboard("delete_reader", desk.reader.stripe_id)
    assert desk.settle(attempt, 4).state == "waiting"
    desk.cancel(attempt)
    assert desk.settle(attempt, 6).state == "canceled"


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        ("delete_reader", "resource_missing"),
        ("delete_location", "terminal_reader_invalid_location_for_payment"),
    ],
)
def test_command_to_a_reader_that_is_gone_leads_back_and_names_the_cause(desk, deed, code):
    attempt = desk.start(desk.invoice(14500))
    desk.dashboard(deed, desk.reader.stripe_id if deed == "delete_reader" else desk.place["id"])
    desk.settle(attempt, 2)
    assert (attempt.state, attempt.last_code, attempt.holds_reader) == ("created", code, False)
    desk.cancel(attempt)
    assert desk.settle(attempt, 4).state == "canceled"


@pytest.mark.parametrize("lost", ["request_lost", "answer_lost"])
def test_clearing_without_an_answer_is_repeated_before_the_reader_is_given_up(desk, lost):
    attempt = desk.waiting(desk.invoice(14500))
    desk.fault(lost, clear_path(desk))
    desk.cancel(attempt)
    desk.advance(attempt)
    assert (attempt.state, attempt.holds_reader, desk.books()[0]["status"]) == (
        "canceling", True, "requires_payment_method")  # fmt: skip
    assert desk.settle(attempt, 4).state == "canceled"
    desk.clock.shift(5)
    assert desk.screen()["state"] == "idle"


def test_clearing_that_never_gets_an_answer_ends_within_a_minute(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.fault("request_lost", clear_path(desk), times=None)
    desk.cancel(attempt)
    assert desk.settle(attempt, 60).state == "canceled"


def test_slow_clearing_is_not_overtaken_and_spares_the_next_prompt(desk):
    """While the command to clear is on the wire nobody else may end the attempt and let the next one start."""
    attempt = desk.waiting(desk.invoice(14500))
    desk.cancel(attempt)
    desk.fault("slow", clear_path(desk), seconds=1, when="before")
    states = []
    desk.wire.meanwhile(lambda: desk.sweep(40))
    desk.wire.meanwhile(lambda: states.append(Attempt.objects.get(pk=attempt.pk).state))
    desk.advance(attempt)
    assert (states, desk.settle(attempt, 4).state) == (["canceling"], "canceled")
    following = desk.waiting(desk.invoice(9900))
    desk.sweep(20)
    assert desk.screen()["intent"] == following.remote_id


def test_cancel_while_the_command_is_on_the_wire_leaves_the_reader_dark(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.reader_fault(slow={"seconds": 12, "answer": "lost"})
    desk.advance(attempt)
    desk.cancel(attempt)
    assert desk.settle(attempt, 4).state == "canceled"
    desk.sweep(20)
    assert (desk.screen()["state"], desk.touches()) == ("idle", [])


def test_cancel_of_a_reserved_attempt_ends_it_at_once(desk):
    invoice = desk.invoice(14500)
    attempt = desk.start(invoice)
    desk.cancel(attempt)
    assert (attempt.state, attempt.cancel_reason, desk.books()) == ("failed", "staff", [])
    assert desk.waiting(invoice).state == "waiting"


def test_cancel_pressed_twice_is_one_cancel_and_too_late_is_said(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.cancel(attempt)
    version = attempt.version
    assert desk.cancel(attempt).version == version
    desk.settle(attempt, 2)
    with pytest.raises(Conflict) as refusal:
        desk.cancel(attempt)
    assert (refusal.value.code, str(refusal.value)) == ("already_over", "This payment is already canceled.")


def test_paid_attempt_says_that_it_is_paid(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.tap()
    desk.settle(attempt)
    with pytest.raises(Conflict, match="already gone through"):
        desk.cancel(attempt)


def test_doubt_about_a_busy_reader_is_not_told_as_a_card_once_cancelling(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.reader_fault(busy=True)
    desk.advance(attempt)
    assert (attempt.state, attempt.last_code) == ("unknown", "terminal_reader_busy")
    desk.cancel(attempt)
    assert (attempt.state, attempt.last_code) == ("canceling", "")


def test_authorisation_without_capture_is_flagged_once_books_nothing_and_can_be_cancelled(desk):
    attempt = desk.waiting(desk.invoice(14500))
    held = {"id": attempt.remote_id, "object": "payment_intent", "status": "requires_capture", "amount": 14500,
            "amount_received": 0, "currency": "eur", "livemode": False}  # fmt: skip
    for _ in range(3):
        desk.wire.answer("GET /v1/payment_intents", 200, json.dumps(held))
        desk.sweep(2.5)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.payment_id) == ("unknown", None)
    assert list(attempt.flags.values_list("kind", flat=True)) == ["requires_capture"]
    desk.cancel(attempt)
    assert desk.settle(attempt, 4).state == "canceled"


def reset(desk, expected):
    return reset_reader(by=ADMIN, reader=desk.reader, expected_intent=expected, now=timezone.now())


def test_reset_ends_a_payment_of_ours_through_its_attempt(desk):
    attempt = desk.waiting(desk.invoice(14500))
    reset(desk, attempt.remote_id)
    assert desk.settle(attempt, 2).state == "canceled"
    assert (attempt.cancel_reason, desk.books()[0]["status"]) == ("reader_reset", "canceled")


def test_reset_compares_and_leaves_what_is_not_expected(desk):
    attempt = desk.waiting(desk.invoice(14500))
    for expected in ("", "pi_another"):
        with pytest.raises(Conflict) as refusal:
            reset(desk, expected)
        assert refusal.value.code == "reader_changed"
    assert (desk.screen()["intent"], desk.calls("cancel_action")) == (attempt.remote_id, [])


def test_reset_clears_what_another_program_left_if_it_is_named(desk):
    other = desk.api(
        "payment_intents", {"amount": 100, "currency": "eur", "allowed_payment_method_types[0]": "card_present"}
    )
    desk.api(f"terminal/readers/{desk.reader.stripe_id}/process_payment_intent", {"payment_intent": other["id"]})
    with pytest.raises(Conflict):
        reset(desk, "")
    reset(desk, other["id"])
    assert desk.screen()["state"] in ("idle", "removed")


def test_reset_waits_for_a_payment_that_is_about_to_be_shown(desk):
    desk.start(desk.invoice(14500))
    with pytest.raises(Conflict) as refusal:
        reset(desk, "")
    assert refusal.value.code == "reader_in_use"


def test_reader_that_stripe_no_longer_lists_cannot_be_chosen_and_comes_back(desk):
    desk.dashboard("delete_reader", desk.reader.stripe_id)
    sync_account(desk.config, now=timezone.now())
    desk.reader.refresh_from_db()
    with pytest.raises(Exception, match="no longer at Stripe") as refusal:
        desk.start(desk.invoice(14500))
    assert refusal.value.code == "reader_gone"
