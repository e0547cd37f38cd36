"""When a receipt goes out by itself, and when a mail is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.enums import NoticeKind, PaymentMethod
from billing.rules import PAUSES, TO_CHOOSE, is_stale, next_try, receipt_leaves_at, receipts_by_itself

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
M = PaymentMethod
OURS, STRIPES = NoticeKind.RECEIPT, NoticeKind.STRIPE_RECEIPT


def by_itself(**change):
    facts = {
        "method": M.CARD_READER,
        "received_at": NOW,
        "now": NOW,
        "ours": True,
        "stripes": False,
        "allocated": True,
    }
    return receipts_by_itself(**facts | change)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (M.CARD_READER, True),
        (M.SAVED_CARD, True),
        (M.CARD_LINK, True),
        (M.CASH, True),
        (M.TRANSFER, False),
        (M.CHEQUE, False),
    ],
)
def test_receipt_goes_out_for_money_whose_payer_was_there(method, expected):
    assert bool(by_itself(method=method)) is expected


@pytest.mark.parametrize("change", [{"ours": False}, {"allocated": False}])
def test_receipt_is_not_sent_without(change):
    assert by_itself(**change) == ()


@pytest.mark.parametrize(
    ("ours", "stripes", "by_card", "in_cash"),
    [
        (True, False, (OURS,), (OURS,)),
        (False, True, (STRIPES,), ()),
        (True, True, (OURS, STRIPES), (OURS,)),
        (False, False, (), ()),
    ],
)
def test_two_switches_say_who_mails_and_stripe_knows_nothing_of_cash(ours, stripes, by_card, in_cash):
    switches = {"ours": ours, "stripes": stripes}
    assert (by_itself(**switches), by_itself(method=M.CASH, **switches)) == (by_card, in_cash)


def test_receipt_waits_a_moment_where_its_payer_is_still_there():
    waits = {method: receipt_leaves_at(method, NOW) - NOW for method in M}
    assert {method for method, time in waits.items() if time} == {M.CARD_READER, M.CASH}
    assert waits[M.CASH] == TO_CHOOSE


@pytest.mark.parametrize(("hours", "expected"), [(0, True), (23.9, True), (24, False), (24 * 40, False)])
def test_receipt_of_old_money_is_left_to_people(hours, expected):
    assert bool(by_itself(received_at=NOW - timedelta(hours=hours))) is expected


def test_mail_is_tried_again_ever_later_and_then_no_more():
    tries = [next_try(number, NOW) for number in range(1, len(PAUSES) + 2)]
    assert tries == [NOW + pause for pause in PAUSES] + [None]
    assert list(PAUSES) == sorted(PAUSES)
    assert sum(PAUSES, timedelta()) < timedelta(hours=24)


@pytest.mark.parametrize(("hours", "expected"), [(0, False), (23.9, False), (24, True)])
def test_mail_that_lay_for_a_day_is_stale(hours, expected):
    assert is_stale(NOW - timedelta(hours=hours), NOW) is expected
