"""Payouts are read fairly: none blocks others, no older reading wins, and what is known stays until replaced."""

import json

import pytest
from django.db import connection
from django.utils import timezone

from terminal.models import Difference, PayoutLine, StripeMoney
from terminal.services.payouts import read_again, sync_payout
from terminal.stripe_client import payout_calls
from tests.terminal.paid_out import LINES, foreign, paid_out, pay_out, read
from tests.terminal.wire import Killed

DAY = 86_400
NOT_FOUND = json.dumps({"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No."}})


def held(desk, **more):
    """Return a payout that is on its way for 30 days."""
    desk.control(f"accounts/{desk.key}/settings", {"payout_seconds": DAY * 30})
    foreign(desk)
    return paid_out(desk, **more)


def states(*payouts):
    for payout in payouts:
        payout.refresh_from_db()
    return [payout.status for payout in payouts]


def test_payout_that_stripe_refuses_does_not_hold_up_those_behind_it(desk, monkeypatch):
    monkeypatch.setattr("terminal.services.payouts.MOST", 1)
    first, refused = held(desk), held(desk)
    desk.clock.shift(DAY * 20)
    held(desk)  # so the list no longer shows the other two
    desk.clock.shift(DAY * 11)
    for _ in range(4):
        desk.wire.answer(f"GET /v1/payouts/{refused.stripe_id}", 404, NOT_FOUND)
    for _ in range(2):
        assert read(desk)
        desk.clock.shift(60)
    assert states(first, refused) == ["paid", "pending"]


def test_lines_that_stripe_refuses_do_not_hold_up_others_and_are_let_be_in_the_end(desk, monkeypatch):
    monkeypatch.setattr("terminal.services.payouts.MOST", 1)
    foreign(desk)
    first = pay_out(desk)
    foreign(desk)
    refused = pay_out(desk)
    for _ in range(4):
        desk.wire.answer(f"{LINES}?limit=100&payout={refused['id']}", 404, NOT_FOUND)
    for _ in range(2):
        assert read(desk)
        desk.clock.shift(60)
    assert [line.payout.stripe_id for line in PayoutLine.objects.select_related("payout")] == [first["id"]]
    desk.clock.shift(DAY * 61)
    sent = len(desk.wire.sent)
    assert read(desk)
    assert [what for what, _time in desk.wire.sent[sent:] if what.startswith(LINES)] == []


@pytest.mark.parametrize("call", ["GET /v1/payouts/po_", "GET /v1/payouts"])  # one by one, and by the list
def test_answer_that_comes_late_does_not_undo_what_was_read_meanwhile(desk, call):
    foreign(desk)
    payout = paid_out(desk)
    desk.clock.shift(60)

    def meanwhile():
        desk.clock.shift(5)
        desk.dashboard("payout_fail", payout.stripe_id)
        sync_payout(desk.config_now(), payout.stripe_id, now=timezone.now())

    desk.fault("slow", call, seconds=8)  # Stripe has answered; the answer is under way
    desk.wire.meanwhile(meanwhile)
    if call.endswith("_"):
        sync_payout(desk.config_now(), payout.stripe_id, now=timezone.now())
    else:
        assert read(desk)
    assert states(payout) == ["failed"]
    assert Difference.objects.filter(kind="payout_failed", closed_at=None).exists()
    assert read(desk)
    assert states(payout) == ["failed"]


def test_lines_stay_while_they_are_read_again_and_what_is_no_longer_there_goes(desk, monkeypatch):
    monkeypatch.setattr(payout_calls, "PAGE", 2)
    for _ in range(5):
        foreign(desk)
    payout = paid_out(desk)
    gone = payout.lines.last()
    gone.pk, gone.stripe_id = None, "txn_gone"
    gone.save()
    kept = set(payout.lines.exclude(stripe_id="txn_gone").values_list("pk", flat=True))
    desk.wire.kill("after", f"{LINES}?limit=2&payout={payout.stripe_id}&starting_after")
    with pytest.raises(Killed):
        read_again(payout, now=timezone.now())
    payout.refresh_from_db()
    assert (payout.lines_complete, payout.lines.count()) == (False, 6)
    assert read(desk)
    payout.refresh_from_db()
    assert set(payout.lines.values_list("pk", flat=True)) == kept
    assert (payout.line_count, payout.adds_up) == (5, True)


def test_payout_of_a_payment_and_lines_to_compare_are_found_by_an_index(desk):
    by_intent = StripeMoney.objects.filter(intent_id="pi_1", kind="charge")
    lately = PayoutLine.objects.filter(config=desk.config, created_at__gt=timezone.now()).order_by()
    if connection.vendor == "sqlite":
        assert "stripe_money_intent (intent_id=?" in by_intent.explain()
        assert "payout_line_at (config_id=? AND created_at>?)" in lately.explain()
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "stripe_money_intent" in by_intent.explain()  # of an empty table PostgreSQL tells no more
