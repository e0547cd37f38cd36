"""Why a card did not pay is told where somebody looks later: on the timeline, and where the attempt was cancelled."""

import pytest

from flexspace.core.models import AuditEvent
from flexspace.core.sentences import told_timeline
from tests.terminal.interac import VISA, in_canada, pass_time, waiting

pytestmark = pytest.mark.django_db(transaction=True)
NEUTRAL = "the bank refused the card"
CARDS = {  # card: what the timeline says, and what the screen of the cancelled attempt says
    "4000000000009995": ("the bank said not enough funds", "The bank says: not enough funds."),
    "4000000000009987": (NEUTRAL, "The bank refused the card."),  # lost
    "4000000000009979": (NEUTRAL, "The bank refused the card."),  # stolen
}


def lines(row):
    return [line.sentence for line in told_timeline(row)]


@pytest.mark.parametrize("card", CARDS)
def test_timeline_and_cancelled_attempt_say_what_the_bank_said(desk, card):
    why, sentence = CARDS[card]
    invoice = desk.invoice(150)
    attempt = desk.waiting(invoice)
    desk.tap(card)
    desk.settle(attempt)
    desk.cancel(attempt)
    desk.settle(attempt, 4)
    shown = desk.shown(attempt)
    assert (attempt.state, shown.title, shown.sentence) == ("canceled", "Cancelled", f"{sentence} Nothing was charged.")
    assert f"€1.50 not paid on {desk.reader.label}: {why}" in lines(invoice)
    kept = str(list(AuditEvent.objects.values_list("after", flat=True)))
    assert ("lost_card" in kept, "stolen_card" in kept) == (False, False)


def test_cancel_on_the_reader_is_told_too(desk):
    invoice = desk.invoice(150)
    attempt = desk.waiting(invoice)
    desk.customer_cancels()
    desk.settle(attempt)
    desk.cancel(attempt)
    desk.settle(attempt, 4)
    assert desk.shown(attempt).sentence == "The customer pressed cancel on the reader. Nothing was charged."
    assert f"€1.50 not paid on {desk.reader.label}: the customer pressed cancel on the reader" in lines(invoice)


def test_try_after_the_decline_that_nobody_came_to_is_not_put_on_the_bank(desk):
    attempt = desk.waiting(desk.invoice(150))
    desk.tap("4000000000009995")
    desk.settle(attempt)
    desk.advance(desk.again(attempt))
    desk.settle(attempt, 2)
    desk.cancel(attempt)
    desk.settle(attempt, 4)
    assert (attempt.state, desk.shown(attempt).sentence) == ("canceled", "Nothing was charged.")


def test_refused_command_is_not_put_on_the_bank(desk):
    invoice = desk.invoice(150)
    attempt = desk.waiting(invoice)
    desk.tap("4000000000009995")
    desk.settle(attempt)
    desk.reader_fault(offline=True)
    desk.advance(desk.again(attempt))
    assert attempt.state == "declined"
    desk.cancel(attempt)
    desk.settle(attempt, 6)
    assert desk.shown(attempt).sentence == "Nothing was charged."
    assert lines(invoice).count(f"€1.50 not paid on {desk.reader.label}: the bank said not enough funds") == 1


def test_wrong_card_for_a_refund_is_named(stripe, clock):
    canada = in_canada(stripe, clock)
    refund, attempt = waiting(canada)
    canada.tap(VISA, method="insert")
    canada.settle(attempt, 2)
    canada.cancel(attempt)
    pass_time(canada, attempt, 120)
    only = "only Interac •••• 1933 can get this money"
    assert canada.shown(attempt).sentence == f"The reader did not take it: {only}. Nothing went back."
    assert any(line.endswith(f"not given back on {canada.reader.label}: {only}") for line in lines(refund.payment))
