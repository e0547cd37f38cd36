"""Cells of the fault matrix that no schedule of a real bug covers: calls of a charge, a cancel, a refund that fail.

The table drives them: tests/matrix/cells.py says which step and fault, and each test is named like its cell.
"""

import pytest
from django.utils import timezone

from billing.models import Payment
from tests.matrix.table import cells_of
from tests.terminal.money_back import asked, gone, paid_by_card, to_card, worked
from tests.terminal.wire import Killed

pytestmark = pytest.mark.django_db(transaction=True)
CREATE, PROCESS, READER = "POST /v1/payment_intents", "POST /v1/terminal/readers", "GET /v1/terminal/readers"
READ, CANCEL = "GET /v1/payment_intents", "POST /v1/payment_intents/pi_"
TROUBLE = {
    "F3": [{"kind": "answer_lost"}],
    "F5": [{"kind": "unavailable"}, {"kind": "error_after"}],
    "F6": [{"kind": "status", "status": 429}],
    "F7": [{"kind": "request_lost"}],
}


def pays(desk, attempt):
    """Tap when asked, send again when that is offered, and check that one intent was paid once."""
    for _ in range(3):
        if desk.settle(attempt, 30).state == "waiting":
            break
        desk.again(attempt)
    assert desk.settle(attempt, 2).state == "waiting", attempt.last_code
    desk.tap()
    assert desk.settle(attempt).state == "succeeded"
    mine = [one for one in desk.books() if one["metadata"]["attempt"] == str(attempt.uuid)]
    assert [(one["id"], one["amount_received"], len(one["paid_charges"])) for one in mine] == [
        (attempt.remote_id, 14500, 1)
    ]
    assert Payment.objects.filter(reference=attempt.remote_id).count() == 1


@cells_of("create_trouble", often="T2-F3")
def test_create_without_a_good_answer_makes_one_intent(desk, step, fault):
    for trouble in TROUBLE[fault]:
        invoice = desk.invoice()
        attempt = desk.start(invoice)
        desk.fault(match=CREATE, **trouble)
        assert desk.advance(attempt).state == "reserved"
        if trouble["kind"] == "error_after":  # the same key gets the same 500 for a day: only another try helps
            assert desk.settle(attempt, 30).state == "reserved"
            desk.cancel(attempt)
            attempt = desk.start(invoice)
        pays(desk, attempt)


@cells_of("create_too_small", often="T2-F4")
def test_create_that_is_refused_ends_the_try_and_frees_the_invoice(desk, step, fault):
    invoice = desk.invoice()
    desk.fault("status", CREATE, status=400, code="amount_too_small", message="Too small.")
    attempt = desk.advance(desk.start(invoice))
    assert (attempt.state, attempt.last_code, desk.books()) == ("failed", "amount_too_small", [])
    pays(desk, desk.start(invoice))


@cells_of("command_trouble", often="T4-F7")
def test_command_without_a_good_answer_charges_once(desk, step, fault):
    for trouble in TROUBLE[fault]:
        attempt = desk.start(desk.invoice())
        desk.fault(match=PROCESS, **trouble)
        assert desk.advance(attempt).state in ("unknown", "waiting")
        assert attempt.unanswered == 1
        pays(desk, attempt)


@cells_of("reader_offline", often="T4-F8a")
def test_reader_that_is_offline_leaves_the_intent_to_another_moment(desk, step, fault):
    attempt = desk.in_state("created", desk.invoice())
    assert (attempt.last_code, attempt.holds_reader, desk.received()) == ("terminal_reader_offline", False, 0)
    desk.again(attempt)
    pays(desk, attempt)


@cells_of("read_trouble", often="T5-F6")
def test_read_that_fails_delays_the_money_and_loses_none(desk, step, fault):
    for call in (READ, READER):
        for trouble in TROUBLE[fault]:
            attempt = desk.waiting()
            desk.fault(match=call, times=6, **trouble)
            desk.tap()
            assert desk.settle(attempt, 60).state == "succeeded"
            desk.control(f"accounts/{desk.key}/faults", method="DELETE")
    assert sum(Payment.objects.values_list("amount", flat=True)) == desk.received()


@cells_of("cancel_trouble", often="X2-F6")
def test_cancel_that_gets_no_good_answer_ends_canceled(desk, step, fault):
    call = f"{PROCESS}/{desk.reader.stripe_id}/cancel_action" if step == "X2" else CANCEL
    for trouble in TROUBLE[fault]:
        attempt = desk.waiting()
        desk.cancel(attempt)
        desk.fault(match=call, **trouble)
        assert desk.settle(attempt, 90).state == "canceled"
        assert (attempt.holds_reader, desk.screen()["state"]) == (False, "idle")
    assert {one["status"] for one in desk.books()} == {"canceled"}


@cells_of("r4_trouble", often="R4-F2")
def test_refund_on_its_way_is_read_until_it_is_final(desk, step, fault):
    desk.control(f"accounts/{desk.key}/settings", {"refund_pending_seconds": 20})
    refund = to_card(paid_by_card(desk))
    assert worked(desk, refund).state == "pending"
    if fault == "F6":
        desk.fault("status", "GET /v1/refunds/", status=429, times=6)
    else:
        desk.wire.kill("before" if fault == "F1" else "after", "GET /v1/refunds/")
        desk.clock.shift(60)
        with pytest.raises(Killed):
            worked(desk, refund)
    worked(desk, refund, 600, every=15.0)
    assert (refund.state, gone(desk), len(asked(desk)), timezone.now() > refund.finished_at) == (
        "succeeded", 14500, 1, True,
    )  # fmt: skip
