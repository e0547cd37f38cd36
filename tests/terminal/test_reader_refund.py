"""Money that only a reader can give back: with the card there, once, and never lost sight of."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from billing.enums import RefundMethod
from billing.models import Invoice
from billing.queries.refunds import refundable
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.sentences import told_timeline
from terminal.enums import AttemptKind
from terminal.models import Attempt, AttemptFlag
from terminal.services.reader_refund import BeingGivenBack, start_refund
from tests.factories.refunds import give_back
from tests.terminal import invariants
from tests.terminal.desk import ADMIN
from tests.terminal.flows import mails
from tests.terminal.interac import (
    TWO,
    VISA,
    begun,
    fresh,
    gone,
    in_canada,
    insert,
    only,
    paid,
    pass_time,
    prompts,
    waiting,
    wanted,
)  # fmt: skip
from tests.terminal.money_back import work, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(stripe, clock):
    return in_canada(stripe, clock)


@pytest.fixture
def pair(stripe, clock):
    """The same desk with two readers."""
    return in_canada(stripe, clock, **TWO)


def desk_mails(desk):
    """Let the time pass in which a receipt waits for another address, and let the mails go."""
    desk.clock.shift(120)
    mails()


def test_card_that_paid_is_presented_and_the_money_goes_back(desk):
    refund, attempt = waiting(desk)
    assert desk.screen()["state"] == "refund"
    assert gone(desk) == []
    insert(desk)
    desk.settle(attempt)
    refund = fresh(refund)
    assert (attempt.state, attempt.kind, attempt.payment) == ("succeeded", AttemptKind.READER_REFUND, None)
    assert (refund.state, bool(refund.reference), refund.sent_at is not None) == ("succeeded", True, True)
    assert gone(desk) == only(refund)
    invoice = Invoice.objects.get()
    assert (invoice.paid_amount, invoice.credited_amount, invoice.open_amount) == (0, 14500, 0)
    assert all([attempt.sent_at, attempt.on_reader_at, attempt.card_at, attempt.approved_at, attempt.booked_at])
    assert not AttemptFlag.objects.exists()
    desk_mails(desk)
    invariants.all_hold_at_rest(desk)


def test_part_goes_back_and_the_rest_stays(desk):
    payment = paid(desk)
    refund, attempt = waiting(desk, payment, 5000)
    insert(desk)
    desk.settle(attempt)
    assert gone(desk) == only(refund, 5000)
    assert refundable(payment).total == 9500


def test_its_story_is_told_on_the_payment(desk):
    refund, attempt = waiting(desk)
    insert(desk)
    desk.settle(attempt)
    told = [line.sentence for line in told_timeline(refund.payment)]
    assert "Refund of CA$145.00 on Front desk S700 started" in told
    assert "CA$145.00 given back on Front desk S700" in told


@pytest.mark.parametrize("presented", [True, False])
def test_events_alone_bring_its_end(desk, presented):
    desk.listen()
    refund, attempt = waiting(desk)
    insert(desk) if presented else desk.customer_cancels()
    desk.clock.shift(2)
    desk.deliver()
    attempt.refresh_from_db()
    ended = ("succeeded", "succeeded") if presented else ("declined", "reserved")
    assert (attempt.state, fresh(refund).state) == ended


def test_nothing_is_sent_without_a_reader_and_it_ends_by_itself(desk):
    refund = wanted(paid(desk))
    before = len(desk.calls())
    assert worked(desk, refund, 14 * 60, every=30.0).state == "reserved"
    assert len(desk.calls()) == before
    assert worked(desk, refund, 2 * 60, every=30.0).state == "failed"
    assert (fresh(refund).failure_code, gone(desk)) == ("no_reader_chosen", [])
    assert refundable(refund.payment).total == 14500
    assert not AttemptFlag.objects.exists()


def test_other_card_is_refused_and_the_right_one_gets_it(desk):
    refund, attempt = waiting(desk)
    desk.tap(VISA, method="insert")
    desk.settle(attempt, 2)
    shown = desk.shown(attempt)
    assert (attempt.state, shown.picture, gone(desk)) == ("declined", "declined", [])
    assert "only Interac •••• 1933 can get this money" in shown.sentence
    assert shown.actions == ("retry", "other_reader", "cancel")
    desk.advance(desk.again(attempt))
    insert(desk)
    desk.settle(attempt)
    assert (attempt.state, gone(desk)) == ("succeeded", only(refund))
    assert len(set(prompts(desk))) == 2


@pytest.mark.parametrize("pressed", ["cancel", "customer", "nobody"])
def test_nothing_goes_back_when_it_is_not_wanted(desk, pressed):
    refund, attempt = waiting(desk)
    if pressed == "customer":
        desk.customer_cancels()
        desk.settle(attempt, 4)
        assert attempt.state == "declined"
    if pressed != "nobody":
        desk.cancel(attempt)
    pass_time(desk, attempt, 120)
    refund = fresh(refund)
    why = "not_presented" if pressed == "nobody" else "canceled_here"
    assert (attempt.state, refund.state, refund.failure_code) == ("canceled", "failed", why)
    assert desk.screen()["state"] in ("idle", "canceled")
    assert refundable(refund.payment).total == 14500
    desk_mails(desk)
    invariants.all_hold_at_rest(desk)


def test_cancel_that_comes_too_late_ends_given_back(desk):
    refund, attempt = waiting(desk)
    insert(desk)
    desk.cancel(attempt)
    pass_time(desk, attempt, 30)
    assert (attempt.state, fresh(refund).state, gone(desk)) == ("succeeded", "succeeded", only(refund))
    assert desk.shown(attempt).title == "Given back after all"


def test_other_reader_takes_over_and_the_refund_does_not_end_in_between(pair):
    front, lounge = pair.readers
    refund, attempt = waiting(pair, reader=front)
    pair.again(attempt, reader=lounge)
    pass_time(pair, attempt, 6, every=2.0)
    following = attempt.next_attempts.get()
    assert (attempt.state, following.state, fresh(refund).state) == ("canceled", "waiting", "reserved")
    insert(pair, reader=lounge)
    pair.settle(following)
    assert (following.state, fresh(refund).state, gone(pair)) == ("succeeded", "succeeded", only(refund))
    desk_mails(pair)
    invariants.all_hold_at_rest(pair)


def test_reader_that_is_off_is_changed_without_ending_anything(pair):
    front, lounge = pair.readers
    refund = wanted(paid(pair))
    pair.reader_fault(front, offline=True)
    attempt = begun(pair, refund, front)
    assert (attempt.state, pair.shown(attempt).picture) == ("created", "refused")
    pair.again(attempt, reader=lounge)
    pair.advance(attempt)
    insert(pair, reader=lounge)
    pair.settle(attempt)
    assert (attempt.state, gone(pair)) == ("succeeded", only(refund))


def test_two_readers_never_ask_for_one_refund(pair):
    refund, attempt = waiting(pair, reader=pair.readers[0])
    with pytest.raises(BeingGivenBack) as being:
        start_refund(by=ADMIN, refund=refund, reader=pair.readers[1], now=timezone.now())
    assert being.value.attempt == attempt
    with pytest.raises(IntegrityError):
        Attempt.objects.create(
            kind=AttemptKind.READER_REFUND, refund=refund, config=attempt.config, location=attempt.location,
            currency="CAD", livemode=False, deadline_at=timezone.now(),
        )  # fmt: skip


def test_busy_reader_is_left_to_who_has_it(desk):
    refund = wanted(paid(desk))
    desk.waiting(desk.invoice(2000))
    with pytest.raises(Conflict, match="is busy"):
        begun(desk, refund)
    assert fresh(refund).state == "reserved"


def test_charge_waits_while_the_reader_gives_back(desk):
    _refund, attempt = waiting(desk)
    with pytest.raises(Conflict, match="money is being given back"):
        desk.start(desk.invoice(2000))
    insert(desk)
    desk.settle(attempt)
    desk.waiting(desk.invoice(2000))


def test_what_went_back_meanwhile_is_refused_by_stripe_and_ends(desk):
    payment = paid(desk)
    refund = wanted(payment)
    first = wanted_elsewhere(desk, payment)
    attempt = begun(desk, refund)
    assert (attempt.state, attempt.last_code) == ("created", "charge_already_refunded")
    desk.cancel(attempt)
    pass_time(desk, attempt, 20)
    assert (fresh(refund).state, gone(desk)) == ("failed", [("", first)])


def wanted_elsewhere(desk, payment):
    """Give a payment back by another program on the same reader, and return how much that was."""
    desk.api(f"terminal/readers/{desk.reader.stripe_id}/refund_payment", {"payment_intent": payment.reference})
    insert(desk)
    return payment.amount


def test_card_is_no_way_back_where_no_reader_is_needed_but_cash_is(desk):
    payment = paid(desk)
    assert give_back(payment, 4500, now=timezone.now()).state == "succeeded"
    refund = wanted(payment, 10000)
    with pytest.raises(DomainError, match="does not wait for a reader"):
        start_refund(by=ADMIN, refund=give_back(paid(desk, card=VISA), method=RefundMethod.CARD, now=timezone.now()),
                     reader=desk.reader, now=timezone.now())  # fmt: skip
    work(desk)
    assert fresh(refund).state == "reserved"
