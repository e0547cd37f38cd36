"""Flow R of the fault matrix, cell by cell: reserve, create the refund, record the answer, see it become final.

R1 reserve under lock · R2 create refund · R3 record · R4 final.
F1 killed before the call · F2 killed after it · F3 time-out, had succeeded · F4 4xx · F5 5xx · F6 429 · F7 reset.
"""

from contextlib import suppress

import pytest
from django.utils import timezone

from billing.models import CreditNote, Invoice, Refund
from billing.queries.refunds import refundable
from flexspace.core.errors import Conflict
from terminal.models import AttemptFlag
from terminal.services.refund_step import step_refund
from tests.terminal.crashes import Commits
from tests.terminal.money_back import (
    ASK,
    FAILS_LATER,
    HOUR,
    MINUTE,
    asked,
    gone,
    paid_by_card,
    refuses,
    step,
    to_card,
    work,
    worked,
)
from tests.terminal.wire import Killed

pytestmark = pytest.mark.django_db(transaction=True)
ONCE = ("succeeded", 14500, 1)


def books(desk, refund):
    """Return what all the books say: the row's state, what Stripe gave back, under how many keys it was asked."""
    refund.refresh_from_db()
    return refund.state, gone(desk), len(set(asked(desk)))


def dies(desk, refund, moment):
    desk.wire.kill(moment, ASK)
    with pytest.raises(Killed):
        step_refund(refund.pk, now=timezone.now())
    refund.refresh_from_db()


def test_fm__R1__F1_nothing_reserved_that_is_not_whole(desk):
    payment = paid_by_card(desk)
    for fatal in (1, 2):
        with Commits().watched(fatal=fatal), suppress(Killed):
            to_card(payment, 100)
    assert {(row.transitions.count(), row.allocations.count()) for row in Refund.objects.all()} == {(1, 1)}


def test_fm__R1__F2_reserved_and_the_message_lost_is_found_by_the_schedule(desk):
    refund = to_card(paid_by_card(desk))
    worked(desk, refund)
    assert books(desk, refund) == ONCE


def test_fm__R1__F1_reserved_and_nothing_ran_for_15_minutes_is_free_again(desk):
    refund = to_card(paid_by_card(desk))
    desk.clock.shift(15 * MINUTE)
    worked(desk, refund)
    assert (refund.state, refund.failure_code, gone(desk)) == ("failed", "not_sent", 0)
    assert (refundable(refund.payment).total, AttemptFlag.objects.get().kind) == (14500, "refund_failed")


def test_fm__R1__F4_more_than_can_go_back_is_refused_before_any_call(desk):
    payment = paid_by_card(desk)
    to_card(payment, 10000)
    with pytest.raises(Conflict, match=r"Enter €45\.00 or less"):
        to_card(payment, 4501)
    assert asked(desk) == []


def test_fm__R2__F1_killed_before_the_call_is_resumed(desk):
    refund = to_card(paid_by_card(desk))
    dies(desk, refund, "before")
    assert (refund.state, gone(desk)) == ("sent", 0)
    worked(desk, refund, 40)
    assert books(desk, refund) == ONCE


@pytest.mark.parametrize("later", [40, 3 * HOUR])
def test_fm__R2__F2_killed_after_the_call_refunds_once(desk, later):
    refund = to_card(paid_by_card(desk))
    dies(desk, refund, "after")
    assert (refund.state, refund.reference, gone(desk)) == ("sent", None, 14500)
    desk.clock.shift(later)
    worked(desk, refund)
    assert books(desk, refund) == ONCE


def test_fm__R2__F2_key_too_old_is_looked_up_and_never_sent_again(desk):
    refund = to_card(paid_by_card(desk))
    dies(desk, refund, "after")
    desk.clock.shift(30 * HOUR)
    before = len(asked(desk))
    worked(desk, refund)
    assert (books(desk, refund), len(asked(desk))) == (ONCE, before)


def test_fm__R2__F1_key_too_old_and_absent_is_free_again(desk):
    refund = to_card(paid_by_card(desk))
    dies(desk, refund, "before")
    desk.clock.shift(30 * HOUR)
    worked(desk, refund)
    assert (refund.state, refund.failure_code, gone(desk), asked(desk)) == ("failed", "absent_at_stripe", 0, [])
    assert refundable(refund.payment).total == 14500


@pytest.mark.parametrize("fault", ["answer_lost", "error_after"])
def test_fm__R2__F3_F5_lost_answers_of_what_was_done_refund_once(desk, fault):
    refund = to_card(paid_by_card(desk))
    desk.fault(fault, ASK, times=3)
    step(refund)
    assert gone(desk) == 14500
    worked(desk, refund, 3 * MINUTE)
    assert (books(desk, refund), CreditNote.objects.count()) == (ONCE, 1)


@pytest.mark.parametrize("fault", ["request_lost", "unavailable"])
def test_fm__R2__F5_F7_lost_requests_are_sent_again_under_the_same_key(desk, fault):
    refund = to_card(paid_by_card(desk))
    desk.fault(fault, ASK, times=2)
    assert (step(refund).state, gone(desk)) == ("sent", 0)
    with pytest.raises(Conflict):
        to_card(refund.payment, 1)  # it is reserved while nobody knows
    worked(desk, refund, 3 * MINUTE)
    assert books(desk, refund) == ONCE


def test_fm__R2__F5_stored_5xx_ends_when_stripe_never_shows_it(desk):
    refund = to_card(paid_by_card(desk))
    desk.fault("error_before", ASK, times=None)
    worked(desk, refund, 45 * MINUTE, every=30.0)
    assert (refund.state, gone(desk), AttemptFlag.objects.get().kind) == ("failed", 0, "refund_failed")
    assert refundable(refund.payment).total == 14500


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404])
def test_fm__R2__F4_refusal_frees_the_reservation(desk, status):
    refund = to_card(paid_by_card(desk))
    refuses(desk, status)
    step(refund)
    assert (refund.state, gone(desk), refundable(refund.payment).total) == ("failed", 0, 14500)
    assert refund.failure_code
    again = step(to_card(refund.payment))
    assert (again.state, gone(desk)) == ("succeeded", 14500)


@pytest.mark.parametrize("status", [401, 400])
def test_fm__R2__F4_refusal_after_a_lost_answer_is_not_believed(desk, status):
    refund = to_card(paid_by_card(desk))
    desk.fault("answer_lost", ASK)
    step(refund)
    refuses(desk, status)
    worked(desk, refund, 20)
    assert books(desk, refund) == ONCE


@pytest.mark.parametrize("status", [429, 409])
def test_fm__R2__F6_backs_off_under_the_same_key(desk, status):
    refund = to_card(paid_by_card(desk))
    desk.fault("status", ASK, status=status, times=3)
    assert (step(refund).state, refund.unanswered) == ("sent", 0)
    worked(desk, refund, 3 * MINUTE)
    assert books(desk, refund) == ONCE


@pytest.mark.parametrize("fatal", [1, 2, 3])
def test_fm__R3__F1_F2_killed_after_every_commit(desk, fatal):
    invoice = desk.invoice()
    refund = to_card(paid_by_card(desk, invoice))
    with Commits().watched(fatal=fatal), suppress(Killed):
        step_refund(refund.pk, now=timezone.now())
    worked(desk, refund, 2 * MINUTE)
    row = Invoice.objects.get(pk=invoice.pk)
    assert (books(desk, refund), CreditNote.objects.count()) == (ONCE, 1)
    assert (row.paid_amount, row.credited_amount, row.open_amount) == (0, 14500, 0)


@pytest.mark.parametrize("fault", ["answer_lost", "error_before", "unavailable"])
def test_fm__R4__F3_F5_F7_unread_refund_is_read_again(desk, fault):
    desk.control(f"accounts/{desk.key}/settings", {"refund_pending_seconds": 20})
    refund = step(to_card(paid_by_card(desk)))
    desk.fault(fault, "GET /v1/refunds/", times=6)
    worked(desk, refund, 10 * MINUTE, every=15.0)
    assert books(desk, refund) == ONCE


def test_fm__R4__F4_failed_later_reverses_the_ledger(desk):
    desk.listen()
    refund = step(to_card(paid_by_card(desk, card=FAILS_LATER)))
    desk.clock.shift(3)
    desk.deliver()
    assert books(desk, refund) == ("failed", 0, 1)
    work(desk, HOUR, every=300.0)
    assert len(asked(desk)) == 1  # nothing is sent again by itself
