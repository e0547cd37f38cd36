"""Directed schedules around one reader: lost answers, late commands, stale snapshots, declines."""

import pytest
from django.utils import timezone

from flexspace.core.errors import Conflict
from terminal.services import remote
from terminal.services.dispatch import Dispatch, _commit, acknowledged, refused
from terminal.services.settle import apply
from terminal.stripe_client import StripeGateway, StripeUnreachable

pytestmark = pytest.mark.django_db(transaction=True)
PROCESS = "POST /v1/terminal/readers"


def keys(desk):
    return [call["idempotency_key"] for call in desk.calls("process_payment_intent")]


def foreign_touches(desk):
    """Return the prompts that an attempt took away from another intent that could still be paid."""
    status = {intent["id"]: intent["status"] for intent in desk.books()}
    return [
        touch
        for touch in desk.touches()
        if touch["what"] == "replaced" and touch["victim"] != touch["by"] and status.get(touch["victim"]) != "canceled"
    ]


def test_a_answer_lost_then_staff_cancel_while_the_customer_taps_ends_paid(desk):
    invoice = desk.invoice(14500)
    attempt = desk.start(invoice)
    desk.fault("answer_lost", PROCESS)
    desk.advance(attempt)
    assert (attempt.state, attempt.unanswered, attempt.holds_reader) == ("unknown", 1, True)
    assert desk.screen()["state"] == "amount"

    desk.cancel(attempt)
    desk.tap()
    desk.settle(attempt)

    invoice.refresh_from_db()
    assert (attempt.state, invoice.open_amount, attempt.payment.amount) == ("succeeded", 0, 14500)
    assert [intent["status"] for intent in desk.books()] == ["succeeded"]


def test_b_reader_timeout_then_again_and_both_land_is_one_charge(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.reader_fault(ack_timeout={"kind": "delivered", "seconds": 6})
    desk.advance(attempt)
    assert (attempt.state, attempt.dispatch_seq) == ("waiting", 2)  # again by itself, nothing was on the reader

    desk.sweep(8)
    desk.tap()
    desk.settle(attempt)
    assert (attempt.state, desk.received()) == ("succeeded", 14500)
    assert [len(intent["paid_charges"]) for intent in desk.books()] == [1]
    assert keys(desk) == [f"disp:{attempt.uuid}:1", f"disp:{attempt.uuid}:2"]


def test_c_slow_command_lands_after_decline_and_replaces_nobody(desk):
    """L2: dispatch 1 is slow, dispatch 2 is cancelled by the customer, the next customer's prompt must be safe."""
    first, second = desk.invoice(14500), desk.invoice(9900)
    attempt = desk.start(first)
    desk.reader_fault(slow={"seconds": 40, "answer": "lost"})
    desk.advance(attempt)
    assert (attempt.state, attempt.unanswered) == ("unknown", 1)
    desk.settle(attempt, 2)
    desk.again(attempt)
    desk.advance(attempt)
    assert (attempt.state, attempt.unanswered) == ("waiting", 1)
    desk.customer_cancels()
    desk.settle(attempt, 2)
    assert (attempt.state, attempt.holds_reader) == ("declined", True)

    with pytest.raises(Conflict) as refusal:
        desk.start(second)
    assert refusal.value.code == "reader_in_use"
    desk.clock.shift(45)
    assert desk.screen()["intent"] == attempt.remote_id  # dispatch 1 has landed on a reader that is still ours

    desk.cancel(attempt)
    assert desk.settle(attempt).state == "canceled"
    following = desk.waiting(second)
    desk.sweep(30)
    assert desk.screen()["intent"] == following.remote_id
    assert foreign_touches(desk) == []


def test_c_timed_out_command_lands_after_decline_and_replaces_nobody(desk):
    """A reader time-out is an answer of Stripe's, not of the reader: the command may still light it later."""
    attempt = desk.start(desk.invoice(14500))
    desk.reader_fault(ack_timeout={"kind": "delivered", "seconds": 40})
    desk.advance(attempt)
    assert attempt.state == "waiting"
    desk.customer_cancels()
    desk.settle(attempt, 2)
    assert (attempt.state, attempt.holds_reader) == ("declined", True)
    with pytest.raises(Conflict):
        desk.start(desk.invoice(9900))
    desk.sweep(45)
    assert foreign_touches(desk) == []


def test_d_stale_failed_snapshot_is_dropped_when_an_older_command_answered_in_between(desk):
    """V2: without a version for every answer the snapshot would give the lit reader away."""
    attempt = desk.start(desk.invoice(14500))
    desk.advance(attempt)  # waiting, seq 1
    attempt.unanswered, attempt.dispatch_seq = 1, 2  # an older command is still on the wire
    attempt.save(update_fields=["unanswered", "dispatch_seq"])
    attempt = type(attempt).objects.select_related("config").get(pk=attempt.pk)
    old = _command(attempt, seq=1)
    desk.customer_cancels()

    gateway = StripeGateway.of(attempt.config)
    then = remote.read(attempt)
    answer = gateway.process_on_reader(attempt.reader_stripe_id, attempt.remote_id, key="old", timeout=20)
    acknowledged(old, answer, now=timezone.now())
    apply(attempt, then, now=timezone.now())

    attempt.refresh_from_db()
    assert (attempt.state, attempt.holds_reader, attempt.unanswered) == ("waiting", True, 0)
    assert desk.screen()["intent"] == attempt.remote_id


def _command(attempt, seq):
    return Dispatch(attempt.pk, f"disp:{attempt.uuid}:{seq}", seq, attempt.reader_stripe_id, attempt.remote_id)


def test_v3_each_commit_has_its_own_number_and_key(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.advance(attempt)
    desk.customer_cancels()
    desk.settle(attempt, 2)
    desk.again(attempt)
    one = _commit(attempt.pk, now=timezone.now(), timeout=20, automatic=False)
    refused(one, StripeUnreachable("gone"), now=timezone.now())
    desk.settle(attempt, 2)
    desk.again(attempt)
    two = _commit(attempt.pk, now=timezone.now(), timeout=20, automatic=False)
    assert [one.key, two.key] == [f"disp:{attempt.uuid}:2", f"disp:{attempt.uuid}:3"]
    assert _commit(attempt.pk, now=timezone.now(), timeout=20, automatic=False) is None  # on the wire already
    attempt.refresh_from_db()
    assert (attempt.dispatch_seq, attempt.unanswered) == (3, 2)


@pytest.mark.parametrize("end", ["declined card", "customer cancels"])
def test_e_reader_lights_up_again_after_a_decline(desk, end):
    """A key of the intent alone would be answered from Stripe's memory and leave the reader dark."""
    attempt = desk.waiting(desk.invoice(14500))
    if end == "declined card":
        desk.tap("4000000000000002")
    else:
        desk.customer_cancels()
    assert desk.settle(attempt, 2).state == "declined"
    assert desk.screen()["state"] != "amount"

    desk.again(attempt)
    desk.advance(attempt)
    assert (attempt.state, desk.screen()["state"], desk.screen()["intent"]) == ("waiting", "amount", attempt.remote_id)
    assert [call["replayed"] for call in desk.calls("process_payment_intent")] == [False, False]
    desk.tap()
    assert desk.settle(attempt).state == "succeeded"
    assert len(desk.books()) == 1


@pytest.mark.parametrize("bank", ["approves", "declines"])
def test_i_cancel_while_the_bank_decides_ends_as_the_bank_says(desk, bank):
    desk.control(f"accounts/{desk.key}/settings", {"authorize_seconds": 5})
    invoice = desk.invoice(14500)
    attempt = desk.waiting(invoice)
    desk.tap("4242424242424242" if bank == "approves" else "4000000000000002")
    desk.cancel(attempt)
    desk.advance(attempt)
    assert (attempt.state, attempt.last_code) == ("canceling", "terminal_reader_busy")
    desk.settle(attempt, 12)
    invoice.refresh_from_db()
    wanted = ("succeeded", 0, 14500) if bank == "approves" else ("canceled", 14500, 0)
    assert (attempt.state, invoice.open_amount, desk.received()) == wanted


@pytest.mark.parametrize("death", [True, "silent"])
def test_j_reader_dead_after_the_tap_is_booked_within_ten_seconds_without_any_event(desk, death):
    invoice = desk.invoice(14500)
    attempt = desk.waiting(invoice)
    desk.reader_fault(dies_after_tap=death)
    desk.tap()
    tapped = timezone.now()
    desk.settle(attempt, 10)
    assert (attempt.state, (attempt.booked_at - tapped).total_seconds() <= 10) == ("succeeded", True)


@pytest.mark.parametrize("visible", [False, True], ids=["hidden", "on the intent"])
def test_m_pin_step_up_is_never_shown_as_declined(desk, visible):
    desk.control(f"accounts/{desk.key}/settings", {"soft_decline_on_intent": visible})
    desk.listen()
    attempt = desk.waiting(desk.invoice(14503))  # this amount asks for a PIN after a soft decline
    desk.tap()
    assert desk.screen()["state"] == "pin"
    for _ in range(5):
        desk.deliver()
        assert desk.settle(attempt, 2).state == "waiting"
    desk.control(f"readers/{desk.reader.stripe_id}/pin", {"pin": "1234"})
    desk.deliver()
    desk.settle(attempt)
    states = set(attempt.transitions.values_list("to_state", flat=True))
    assert (attempt.state, "declined" in states) == ("succeeded", False)
