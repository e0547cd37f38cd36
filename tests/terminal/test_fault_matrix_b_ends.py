"""The end of flow B of the fault matrix: what follows a bank's no, and its wish for the cardholder.

B4 dunning · B5 authentication; the faults are named in ``test_fault_matrix_b``.
"""

import pytest

from terminal.models import Attempt
from tests.terminal import saved
from tests.terminal.saved import CREATE, collection_of, night, owing, reserve
from tests.terminal.test_fault_matrix_b import CANCEL, DAY, READ, books, dies

pytestmark = pytest.mark.django_db(transaction=True)


# B4: what follows a no.


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", [CANCEL, READ])
def test_fm__B4__F1_F2_killed_around_the_end_of_a_declined_intent_is_dunned_once(desk, moment, call):
    invoice = owing(desk, card=saved.NO_MONEY)
    attempt = reserve(invoice)
    dies(desk, attempt, moment, call)
    assert (attempt.state, collection_of(invoice).state) == ("canceling", "trying")
    desk.settle(attempt, 60)
    collection = collection_of(invoice)
    assert (attempt.state, attempt.last_decline_code) == ("canceled", "insufficient_funds")
    assert (collection.state, collection.tries, saved.mails_of_trouble().count()) == ("retry", 1, 1)


@pytest.mark.parametrize(
    ("kind", "more"),
    [("answer_lost", {}), ("error_after", {}), ("error_before", {}), ("status", {"status": 429}), ("request_lost", {})],
    ids=["F3", "F5 after", "F5 before", "F6", "F7"],
)
def test_fm__B4__F3_F5_F6_F7_declined_intent_is_cancelled_before_anything_else_is_tried(desk, kind, more):
    invoice = owing(desk, card=saved.NO_MONEY)
    attempt = reserve(invoice)
    desk.fault(kind, CANCEL, **more)
    desk.advance(attempt)
    desk.settle(attempt, 30)
    collection = collection_of(invoice)
    assert (books(desk, attempt), collection.state, collection.tries) == (("canceled", 0, 0, 1), "retry", 1)
    assert (attempt.last_code, attempt.last_decline_code) == ("card_declined", "insufficient_funds")
    assert saved.mails_of_trouble().count() == 1


@pytest.mark.parametrize(
    ("advice", "days"),
    [("try_again_later", [0, 3, 7, 14]), ("do_not_try_again", [0]), ("confirm_card_data", [0])],
)
def test_fm__B4__F4_the_banks_advice_is_obeyed_for_weeks(desk, advice, days):
    invoice = owing(desk)
    card = invoice.member.saved_cards.get()
    asked = []
    for day in range(30):
        desk.dashboard("decline_next", card.payment_method_id, code="card_declined", advice=advice)
        if night(desk).charged:
            asked.append(day)
        desk.clock.shift(DAY)
    collection = collection_of(invoice)
    assert (asked, collection.tries, desk.received()) == (days, len(days), 0)
    assert collection.state == ("stopped" if len(days) == 4 else "needs_card")
    assert saved.mails_of_trouble().count() == len(days)


# B5: the bank wants the cardholder.


@pytest.mark.parametrize("moment", ["before", "after"])
def test_fm__B5__F1_F2_killed_around_the_call_asks_for_the_cardholder_once(desk, moment):
    invoice = owing(desk, card=saved.AUTHENTICATE)
    attempt = reserve(invoice)
    dies(desk, attempt, moment, CREATE)
    desk.settle(attempt, 90)
    assert (books(desk, attempt), collection_of(invoice).state) == (("canceled", 0, 0, 1), "needs_authentication")
    assert list(saved.mails_of_trouble().values_list("kind", "to")) == [("authentication_needed", "anna@example.com")]


@pytest.mark.parametrize(
    ("kind", "more"),
    [("answer_lost", {}), ("error_after", {}), ("status", {"status": 429}), ("request_lost", {})],
    ids=["F3", "F5", "F6", "F7"],
)
def test_fm__B5__F3_F5_F6_F7_doubt_ends_in_the_wish_for_the_cardholder(desk, kind, more):
    invoice = owing(desk, card=saved.AUTHENTICATE)
    attempt = reserve(invoice)
    desk.fault(kind, CREATE, **more)
    desk.advance(attempt)
    desk.settle(attempt, 90)
    assert (books(desk, attempt), collection_of(invoice).state) == (("canceled", 0, 0, 1), "needs_authentication")
    assert saved.mails_of_trouble().count() == 1


def test_fm__B5__F4_wish_for_the_cardholder_is_never_repeated_by_itself(desk):
    invoice = owing(desk, card=saved.AUTHENTICATE)
    for _ in range(25):
        night(desk)
        desk.clock.shift(DAY)
    assert (Attempt.objects.count(), collection_of(invoice).state) == (1, "needs_authentication")
