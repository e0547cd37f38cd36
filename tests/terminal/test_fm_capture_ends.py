"""The fault matrix of keeping a card, its ends: the consent withdrawn, the member archived, and cancels (X1–X4)."""

from contextlib import suppress

import pytest
from django.utils import timezone

from billing.models import Payment, SavedCard
from billing.services.consents import withdraw_consent
from members.services.members import archive_member
from terminal import tasks
from tests.factories.cards import make_consent
from tests.terminal.desk import ADMIN
from tests.terminal.keeping import KINDS, NETWORK, READER, begin, go_on, kept_once, nothing_kept, path_of
from tests.terminal.wire import Killed

pytestmark = pytest.mark.django_db(transaction=True)


ENDS = {
    "consent withdrawn": lambda anna, consent: withdraw_consent(by=ADMIN, consent=consent, now=timezone.now()),
    "member archived": lambda anna, consent: archive_member(by=ADMIN, member=anna, now=timezone.now()),
}


@pytest.mark.parametrize("why", ENDS)
@pytest.mark.parametrize("state", ["reserved", "created", "waiting", "declined", "unknown"])
def test_fm_c_end_of_the_consent_ends_what_keeps_a_card(desk, anna, state, why):
    consent = make_consent(anna)
    attempt = begin(desk, "capture", anna, consent)
    if state == "created":
        desk.reader_fault(offline=True)
    if state == "unknown":
        desk.fault("answer_lost", path_of("c4_process", "capture"))
    if state != "reserved":
        desk.advance(attempt)
    if state == "declined":
        desk.customer_cancels()
        desk.settle(attempt, 2)
    assert attempt.state == state
    ENDS[why](anna, consent)
    desk.heal_reader()
    desk.clock.shift(15)
    go_on(desk, attempt, taps=False)
    nothing_kept(desk, attempt, "failed" if state == "reserved" else "canceled")
    assert attempt.cancel_reason == "consent_withdrawn"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("why", ENDS)
def test_fm_c6_tap_before_the_consent_ended_keeps_nothing_and_leaves_nothing_at_stripe(desk, anna, kind, why):
    consent = make_consent(anna)
    attempt = begin(desk, kind, anna, consent)
    desk.advance(attempt)
    desk.tap()
    ENDS[why](anna, consent)
    go_on(desk, attempt, taps=False)
    card = SavedCard.objects.get()
    assert (attempt.state, attempt.keep_result, card.removed_at is not None) == ("succeeded", "dropped", True)
    tasks.detach_removed_cards()
    assert desk.method(card)["customer"] is None
    assert Payment.objects.count() == (kind == "pay_and_keep")


CANCELS = {"x2_reader": "POST /v1/terminal/readers", "x2_look": "GET /v1/terminal/readers", "x3_intent": "c3"}


def cancel_path(step, kind):
    if step == "x3_intent":
        return "POST /v1/setup_intents/seti_" if kind == "capture" else "POST /v1/payment_intents/pi_"
    return CANCELS[step]


@pytest.mark.parametrize("moment", ["f1_before", "f2_after"])
@pytest.mark.parametrize("step", CANCELS)
def test_fm_x_process_killed_within_a_cancel_ends_canceled_all_the_same(desk, anna, step, moment):
    attempt = begin(desk, "capture", anna)
    desk.advance(attempt)
    desk.cancel(attempt)
    desk.wire.kill(moment[3:], cancel_path(step, "capture"))
    with suppress(Killed):
        desk.advance(attempt)
    go_on(desk, attempt, taps=False)
    nothing_kept(desk, attempt)


@pytest.mark.parametrize("fault", NETWORK)
@pytest.mark.parametrize("step", CANCELS)
def test_fm_x_call_that_fails_within_a_cancel_ends_canceled_all_the_same(desk, anna, step, fault):
    attempt = begin(desk, "capture", anna)
    desk.advance(attempt)
    desk.cancel(attempt)
    desk.fault(match=cancel_path(step, "capture"), **NETWORK[fault])
    go_on(desk, attempt, taps=False)
    nothing_kept(desk, attempt)


@pytest.mark.parametrize("fault", ["f8a_offline", "f8b_busy", "f8c_frozen"])
def test_fm_x2_reader_that_cannot_be_cleared_does_not_stop_the_cancel(desk, anna, fault):
    attempt = begin(desk, "capture", anna)
    desk.advance(attempt)
    desk.reader_fault(**READER[fault])
    desk.cancel(attempt)
    go_on(desk, attempt, taps=False)
    nothing_kept(desk, attempt)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["f3_answer_lost", "f7_reset"])
def test_fm_x3_cancel_against_a_card_that_is_being_checked_ends_as_stripe_says(desk, anna, kind, fault):
    desk.control(f"accounts/{desk.key}/settings", {"authorize_seconds": 4})
    attempt = begin(desk, kind, anna)
    desk.advance(attempt)
    desk.tap()
    desk.cancel(attempt)
    desk.fault(match=cancel_path("x3_intent", kind), **NETWORK[fault])
    go_on(desk, attempt, taps=False)
    kept_once(desk, kind, anna, attempt)
    assert desk.shown(attempt).picture == ("kept" if kind == "capture" else "paid_late")
