"""The fault matrix of keeping a card (C1–C6), alone and together with a payment.

Whatever a call or a reader does, the end is one of two: one card is kept by a consent that holds, or none is.
"""

from contextlib import suppress

import pytest

from billing.models import SavedCard
from terminal import tasks
from tests.terminal.keeping import (
    CELLS,
    KINDS,
    NETWORK,
    READER,
    begin,
    go_on,
    kept_once,
    next_try,
    nothing_kept,
    path_of,
)
from tests.terminal.wire import Killed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("moment", ["f1_before", "f2_after"])
@pytest.mark.parametrize(("step", "kind"), CELLS)
def test_fm_process_killed_around_a_call_is_taken_up_again(desk, anna, kind, step, moment):
    attempt = begin(desk, kind, anna)
    desk.wire.kill(moment[3:], path_of(step, kind))
    with suppress(Killed):
        desk.advance(attempt)
    go_on(desk, attempt)
    kept_once(desk, kind, anna, attempt)


STORED = ("f5_error_before", "f5_error_after")  # Stripe repeats a 5xx under the same key for a day
MOMENTARY = [(*cell, fault) for cell in CELLS for fault in NETWORK if cell[0] != "c3_intent" or fault not in STORED]


@pytest.mark.parametrize(("step", "kind", "fault"), MOMENTARY)
def test_fm_call_that_fails_for_a_moment_ends_with_one_card(desk, anna, kind, step, fault):
    attempt = begin(desk, kind, anna)
    desk.fault(match=path_of(step, kind), **NETWORK[fault])
    desk.advance(attempt)
    go_on(desk, attempt)
    kept_once(desk, kind, anna, attempt)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", STORED)
def test_fm_c3_f5_failure_that_stripe_repeats_never_reaches_a_reader_and_the_next_try_works(desk, anna, kind, fault):
    attempt = begin(desk, kind, anna)
    desk.fault(match=path_of("c3_intent", kind), **NETWORK[fault])
    go_on(desk, attempt, rounds=8)
    assert (attempt.state, desk.screen()["state"]) == ("reserved", "idle")
    desk.cancel(attempt)
    assert (attempt.state, attempt.remote_id) == ("failed", None)
    second = next_try(desk, kind, anna, attempt)
    go_on(desk, second)
    card = SavedCard.objects.get()
    assert (second.state, second.keep_result, card.customer_id) == ("succeeded", "kept", attempt.customer_id)
    assert desk.received() == (0 if kind == "capture" else 14500)


@pytest.mark.parametrize("fault", ["answer_lost", "request_lost"])
def test_fm_c2_customer_without_an_answer_is_asked_for_under_the_same_key(desk, anna, fault):
    attempt = begin(desk, "capture", anna)
    desk.fault(fault, path_of("c2_customer", "capture"))
    go_on(desk, attempt)
    keys = {call["idempotency_key"] for call in desk.calls() if call["path"] == "/v1/customers"}
    assert keys == {f"cus:{anna.uuid}:1"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [400, 401, 403, 404])
@pytest.mark.parametrize("step", ["c2_customer", "c3_intent"])
def test_fm_f4_refusal_before_the_reader_ends_the_try_and_the_next_one_works(desk, anna, kind, step, status):
    attempt = begin(desk, kind, anna)
    desk.fault("status", path_of(step, kind), status=status)
    desk.advance(attempt)
    assert (attempt.state, attempt.remote_id, SavedCard.objects.count()) == ("failed", None, 0)
    assert desk.screen()["state"] == "idle"
    second = next_try(desk, kind, anna, attempt)
    go_on(desk, second)
    kept_once(desk, kind, anna, second)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [401, 403, 404])
def test_fm_c4_f4_refused_command_leads_back_and_again_keeps_the_card(desk, anna, kind, status):
    attempt = begin(desk, kind, anna)
    desk.fault("status", path_of("c4_process", kind), status=status)
    desk.advance(attempt)
    assert (attempt.state, attempt.holds_reader) == ("created", False)
    go_on(desk, attempt)
    kept_once(desk, kind, anna, attempt)


@pytest.mark.parametrize("kind", KINDS)
def test_fm_c2_f4_deleted_customer_is_made_anew_at_the_next_try(desk, anna, kind):
    first = desk.keep(anna)
    desk.dashboard("delete_customer", first.customer_id)
    attempt = begin(desk, kind, anna)
    desk.advance(attempt)
    assert (attempt.state, attempt.last_code) == ("failed", "resource_missing")
    assert "Stripe no longer knew this customer" in desk.shown(attempt).sentence
    second = desk.capture(anna)
    desk.tap()
    desk.settle(second)
    assert (second.keep_result, second.customer_id != first.customer_id) == ("kept", True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("card", ["4000000000000002", "4000000000009987"])
def test_fm_c5_f4_refused_card_is_no_end_and_another_one_is_kept_by_the_same_intent(desk, anna, kind, card):
    attempt = begin(desk, kind, anna)
    desk.advance(attempt)
    desk.tap(card)
    desk.settle(attempt, 4)
    assert (attempt.state, SavedCard.objects.count()) == ("declined", 0)
    intent = attempt.remote_id
    desk.again(attempt)
    go_on(desk, attempt)
    assert attempt.remote_id == intent
    kept_once(desk, kind, anna, attempt)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", READER)
def test_fm_c4_reader_that_misbehaves_keeps_one_card_once_it_is_well(desk, anna, kind, fault):
    attempt = begin(desk, kind, anna)
    desk.reader_fault(**READER[fault])
    desk.advance(attempt)
    assert SavedCard.objects.count() == 0
    desk.settle(attempt, 6)
    desk.heal_reader()
    go_on(desk, attempt)
    if attempt.state == "canceled":  # the deadline came first: also a clean end
        nothing_kept(desk, attempt)
        return
    kept_once(desk, kind, anna, attempt)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "fault", [{"dies_after_tap": True}, {"dies_after_tap": "silent"}, {"connection_error": "charged"}]
)
def test_fm_c5_reader_lost_after_the_tap_leaves_the_word_to_the_intent(desk, anna, kind, fault):
    attempt = begin(desk, kind, anna)
    desk.advance(attempt)
    desk.reader_fault(**fault)
    desk.tap()
    go_on(desk, attempt, taps=False)
    kept_once(desk, kind, anna, attempt)


@pytest.mark.parametrize("kind", KINDS)
def test_fm_c6_card_that_cannot_be_read_delays_no_money(desk, anna, kind):
    attempt = begin(desk, kind, anna)
    desk.advance(attempt)
    desk.fault("unavailable", path_of("c6_card", kind), times=None)
    desk.tap()
    desk.settle(attempt, 10)
    if kind == "capture":
        assert (attempt.state, SavedCard.objects.count()) == ("waiting", 0)
        desk.control(f"accounts/{desk.key}/faults", method="DELETE")
        go_on(desk, attempt)
    assert (attempt.state, attempt.keep_result, SavedCard.objects.count()) == ("succeeded", "kept", 1)
    desk.control(f"accounts/{desk.key}/faults", method="DELETE")
    tasks.check_kept_cards()
    card = SavedCard.objects.get()
    assert (card.last4, card.expires, card.fingerprint != "") == ("4242", "12/34", True)
    kept_once(desk, kind, anna, attempt)
