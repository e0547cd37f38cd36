"""One action slot: replace, busy, offline, time-outs, dead and frozen readers."""

import pytest
import stripe

from tests.sandbox.desk import Desk
from tests.sandbox.test_strictness import error_of, refusal


def test_waiting_payment_is_replaced_without_a_word(desk: Desk) -> None:
    first = desk.waiting(1000)
    second = desk.waiting(2000)

    desk.tap()

    assert desk.get_intent(first).status == "requires_payment_method"
    assert desk.get_intent(second).amount_received == 2000
    touches = [(one["what"], one["victim"], one["by"]) for one in desk.touches()]
    assert touches == [("replaced", first.id, second.id)]


def test_waiting_payment_is_replaced_by_a_display(desk: Desk) -> None:
    intent = desk.waiting(1000)
    cart = {"currency": "eur", "total": 0, "line_items": []}
    item = {"amount": 0, "description": "Nothing", "quantity": 1}
    shown = desk.v1.terminal.readers.set_reader_display(
        desk.reader, {"type": "cart", "cart": {**cart, "line_items": [item]}}
    )
    assert (shown.action.type, shown.action.status) == ("set_reader_display", "in_progress")
    assert desk.tap()["accepted"] is False
    assert desk.get_intent(intent).status == "requires_payment_method"


def test_reader_while_authorizing_is_busy(desk: Desk) -> None:
    desk.settings(authorize_seconds=3)
    intent = desk.waiting()
    other = desk.intent()
    desk.tap()

    busy = (400, "terminal_reader_busy", None)
    assert refusal(desk.process, other) == busy
    assert refusal(desk.v1.terminal.readers.cancel_action, desk.reader) == busy
    with pytest.raises(stripe.RateLimitError) as caught:
        desk.v1.payment_intents.cancel(intent.id)
    assert error_of(caught).code == "lock_timeout"

    desk.clock.advance(3)
    assert desk.get_intent(intent).status == "succeeded"
    assert desk.touches() == []


def test_intent_while_authorizing_shows_no_new_state(desk: Desk) -> None:
    desk.settings(authorize_seconds=3)
    intent = desk.waiting()
    desk.tap()
    assert desk.get_intent(intent).status == "requires_payment_method"
    assert desk.screen()["state"] == "processing"


def test_cancel_action_empties_the_slot_and_leaves_the_intent(desk: Desk) -> None:
    intent = desk.waiting()
    before = desk.event_types()

    reader = desk.v1.terminal.readers.cancel_action(desk.reader)

    assert reader.action is None
    assert desk.get_intent(intent).status == "requires_payment_method"
    assert desk.event_types() == before
    assert desk.screen()["state"] == "removed"
    desk.clock.advance(5)
    assert desk.screen()["state"] == "idle"


def test_reader_that_is_offline_refuses(desk: Desk) -> None:
    desk.reader_fault(offline=True)
    assert refusal(desk.process, desk.intent()) == (400, "terminal_reader_offline", None)
    assert desk.get_reader().status == "offline"
    desk.reader_fault(online=True)
    assert desk.get_reader().status == "online"
    desk.waiting()


def test_reader_without_a_heartbeat_is_offline_after_two_minutes(desk: Desk) -> None:
    desk.reader_fault(no_heartbeat=True)
    stopped = int(desk.clock.now * 1000)
    desk.clock.advance(119)
    assert desk.get_reader().status == "online"
    assert refusal(desk.process, desk.intent())[1] == "terminal_reader_timeout"
    desk.clock.advance(1)
    assert (desk.get_reader().status, desk.get_reader().last_seen_at) == ("offline", stopped)
    assert refusal(desk.process, desk.intent())[1] == "terminal_reader_offline"


def test_reader_in_its_settings_is_busy(desk: Desk) -> None:
    desk.reader_fault(busy=True)
    assert refusal(desk.process, desk.intent())[1] == "terminal_reader_busy"


def test_acknowledgement_lost_with_the_command_shows_nothing(desk: Desk) -> None:
    desk.reader_fault(ack_timeout="lost")
    found = refusal(desk.process, desk.intent())
    assert found == (400, "terminal_reader_timeout", None)
    assert desk.get_reader().action is None


def test_acknowledgement_lost_after_the_command_lights_the_prompt(desk: Desk) -> None:
    desk.reader_fault(ack_timeout="delivered")
    intent = desk.intent()
    assert refusal(desk.process, intent)[1] == "terminal_reader_timeout"
    assert desk.screen()["amount"] == 14500

    desk.process(intent)
    desk.tap()

    books = desk.of_account("GET", "books")
    assert [len(one["paid_charges"]) for one in books["intents"]] == [1]
    assert books["totals"]["eur"] == {"received": 14500, "refunded": 0, "paid": 1}


def test_acknowledgement_lost_of_a_command_that_lands_later(desk: Desk) -> None:
    desk.reader_fault(ack_timeout={"kind": "delivered", "seconds": 10})
    assert refusal(desk.process, desk.intent())[1] == "terminal_reader_timeout"
    assert desk.get_reader().action is None
    desk.clock.advance(10)
    assert desk.get_reader().action.status == "in_progress"


def test_slow_command_answers_when_it_has_landed(desk: Desk) -> None:
    desk.reader_fault(slow=5)
    before = desk.clock.now
    desk.process(desk.intent())
    assert desk.clock.now == before + 5
    assert desk.get_reader().action.status == "in_progress"


def test_slow_command_lands_on_the_next_customer(desk: Desk) -> None:
    desk.reader_fault(slow={"seconds": 30, "answer": "lost"})
    first = desk.intent(1000)
    with pytest.raises(stripe.APIConnectionError):
        desk.process(first)
    second = desk.waiting(2000)
    assert desk.screen()["intent"] == second.id

    desk.clock.advance(30)

    assert desk.screen()["intent"] == first.id
    touches = [(one["what"], one["victim"], one["by"]) for one in desk.touches()]
    assert touches == [("replaced", second.id, first.id)]


def test_slow_command_asked_again_under_its_key_is_in_use_then_replayed(desk: Desk) -> None:
    desk.reader_fault(slow={"seconds": 30, "answer": "lost"})
    intent = desk.intent()
    with pytest.raises(stripe.APIConnectionError):
        desk.process(intent, idempotency_key="k1")
    with pytest.raises(stripe.APIError) as caught:
        desk.process(intent, idempotency_key="k1")
    assert error_of(caught).code == "idempotency_key_in_use"
    desk.clock.advance(30)
    assert desk.process(intent, idempotency_key="k1").action.status == "in_progress"


def test_slow_command_for_a_cancelled_intent_does_not_land(desk: Desk) -> None:
    desk.reader_fault(slow={"seconds": 30, "answer": "lost"})
    intent = desk.intent()
    with pytest.raises(stripe.APIConnectionError):
        desk.process(intent)
    desk.v1.payment_intents.cancel(intent.id)
    desk.clock.advance(30)
    assert desk.get_reader().action is None


@pytest.mark.parametrize(
    ("flavour", "status", "received"),
    [("charged", "succeeded", 14500), ("not_charged", "requires_payment_method", 0)],
)
def test_connection_error_after_the_card(desk: Desk, flavour: str, status: str, received: int) -> None:
    desk.reader_fault(connection_error=flavour)
    intent = desk.waiting()
    desk.tap()

    action = desk.get_reader().action
    assert (action.status, action.failure_code) == ("failed", "connection_error")
    assert action.api_error is None
    found = desk.get_intent(intent)
    assert (found.status, found.amount_received) == (status, received)


def test_reader_dead_after_the_tap_leaves_its_action_in_progress(desk: Desk) -> None:
    desk.reader_fault(dies_after_tap=True)
    intent = desk.waiting()
    desk.tap()

    assert desk.get_intent(intent).status == "succeeded"
    assert desk.get_reader().action.status == "in_progress"
    assert "terminal.reader.action_succeeded" not in desk.event_types()
    desk.clock.advance(120)
    assert desk.get_reader().status == "offline"
    assert desk.v1.terminal.readers.cancel_action(desk.reader).action is None


def test_reader_dead_and_silent_makes_no_event_at_all(desk: Desk) -> None:
    desk.reader_fault(dies_after_tap="silent")
    intent = desk.waiting()
    before = desk.event_types()
    desk.tap()
    assert desk.get_intent(intent).status == "succeeded"
    assert desk.event_types() == before


def test_frozen_reader_takes_commands_and_shows_nothing(desk: Desk) -> None:
    desk.reader_fault(frozen=True)
    intent = desk.waiting()
    assert desk.get_reader().action.status == "in_progress"
    assert desk.screen()["state"] == "idle"
    assert desk.tap()["accepted"] is False
    desk.reader_fault(frozen=False)
    assert desk.screen()["amount"] == 14500
    desk.tap()
    assert desk.get_intent(intent).status == "succeeded"


def test_frozen_reader_after_the_card_waits_with_the_answer(desk: Desk) -> None:
    desk.settings(authorize_seconds=2)
    intent = desk.waiting()
    desk.tap()
    desk.reader_fault(frozen=True)
    desk.clock.advance(60)
    assert desk.get_intent(intent).status == "requires_payment_method"
    assert desk.screen()["state"] == "processing"
    desk.reader_fault(frozen=False)
    assert desk.get_intent(intent).status == "succeeded"


def test_customer_cancels_only_where_allowed(desk: Desk) -> None:
    intent = desk.waiting()
    assert desk.control("POST", f"readers/{desk.reader}/cancel")["accepted"] is False
    desk.process(intent, {"enable_customer_cancellation": True})
    assert desk.screen()["cancel_allowed"] is True
    before = desk.event_types()

    desk.control("POST", f"readers/{desk.reader}/cancel")

    action = desk.get_reader().action
    assert (action.status, action.failure_code) == ("failed", "customer_canceled")
    assert action.api_error is None
    assert desk.get_intent(intent).status == "requires_payment_method"
    assert desk.event_types() == [*before, "terminal.reader.action_failed"]


def test_intent_paid_elsewhere_is_not_charged_again_by_the_prompt(desk: Desk) -> None:
    intent = desk.waiting()
    desk.of_account("POST", "dashboard", {"do": "pay_intent", "id": intent.id})
    desk.tap()
    assert desk.get_reader().action.status == "failed"
    assert len(desk.of_account("GET", "books")["intents"][0]["charges"]) == 1


def test_intent_on_two_readers_is_charged_once(desk: Desk) -> None:
    intent = desk.waiting()
    first, other = (
        desk.reader,
        desk.v1.terminal.readers.create({"registration_code": "simulated-wpe", "location": desk.location}),
    )
    desk.reader = other.id
    desk.process(intent)
    desk.tap()
    desk.reader = first
    desk.tap()
    assert desk.get_reader().action.failure_code == "intent_invalid_state"
    assert len(desk.of_account("GET", "books")["intents"][0]["charges"]) == 1


def test_process_of_a_paid_intent_is_refused(desk: Desk) -> None:
    intent = desk.waiting()
    desk.tap()
    assert refusal(desk.process, intent) == (400, "intent_invalid_state", "payment_intent")


def test_changed_amount_is_shown_only_after_a_new_command(desk: Desk) -> None:
    intent = desk.waiting(1000)
    desk.v1.payment_intents.update(intent.id, {"amount": 2000})
    assert desk.screen()["amount_text"] == "€10.00"
    desk.process(intent)
    assert desk.screen()["amount_text"] == "€20.00"


def test_cancel_action_by_somebody_else_is_written_down(desk: Desk) -> None:
    intent = desk.waiting()
    desk.of_account("POST", "dashboard", {"do": "cancel_action", "id": desk.reader})
    touches = [(one["what"], one["victim"], one["path"]) for one in desk.touches()]
    assert touches == [("cancelled", intent.id, "dashboard")]
