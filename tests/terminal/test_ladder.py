"""Another reader, then cash: each step ends the one before at Stripe, and the invoice is never free in between."""

import pytest
from django.utils import timezone

from billing.enums import PaymentMethod
from billing.services.payments import record_by_hand
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money
from terminal.models import Attempt, AttemptAllocation, Reader
from terminal.queries import live_attempt_on
from tests.factories.members import make_member
from tests.terminal.desk import ADMIN

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def readers(two_readers):
    """Return the desk, its front reader and its lounge reader."""
    return two_readers, *two_readers.readers


def live(invoice):
    return AttemptAllocation.objects.filter(invoice=invoice, live=True).count()


def test_other_reader_after_a_decline_shows_the_same_intent_there(readers):
    desk, front, lounge = readers
    attempt = desk.waiting(desk.invoice(14500), reader=front)
    desk.tap("4000000000000002", reader=front)
    desk.settle(attempt, 2)
    desk.again(attempt, reader=lounge)
    assert desk.settle(attempt, 2).state == "waiting"
    assert (attempt.reader, attempt.dispatch_seq, len(desk.books())) == (lounge, 2, 1)
    assert (desk.screen(lounge)["intent"], desk.screen(front)["intent"]) == (attempt.remote_id, None)
    assert desk.start(desk.invoice(9900), reader=front).reader == front
    desk.tap(reader=lounge)
    assert desk.settle(attempt).state == "succeeded"


@pytest.mark.parametrize("state", ["waiting", "unknown", "dispatching"])
def test_other_reader_while_the_first_may_be_lit_cancels_at_stripe_first(readers, state):
    desk, front, lounge = readers
    invoice = desk.invoice(14500)
    attempt = desk.start(invoice, reader=front)
    if state == "unknown":
        desk.fault("answer_lost", "POST /v1/terminal/readers")
    desk.advance(attempt)
    if state == "dispatching":
        Attempt.objects.filter(pk=attempt.pk).update(state=state, unanswered=1, call_timeout=60)
    desk.again(attempt, reader=lounge)
    assert (attempt.state, attempt.next_reader, live(invoice)) == ("canceling", lounge, 1)
    assert desk.screen(lounge)["state"] == "idle"

    desk.advance(attempt)
    following = live_attempt_on(invoice.pk)
    assert (attempt.state, following.previous, following.state, live(invoice)) == ("canceled", attempt, "reserved", 1)
    assert desk.settle(following, 2).state == "waiting"
    assert [intent["status"] for intent in desk.books()] == ["canceled", "requires_payment_method"]
    assert (desk.screen(lounge)["intent"], desk.screen(front)["state"]) == (following.remote_id, "removed")
    assert (following.amount, following.actor_label) == (attempt.amount, attempt.actor_label)


def test_other_reader_is_dropped_when_the_card_was_quicker(readers):
    desk, front, lounge = readers
    invoice = desk.invoice(14500)
    attempt = desk.waiting(invoice, reader=front)
    desk.tap(reader=front)
    desk.again(attempt, reader=lounge)
    desk.settle(attempt, 4)
    assert (attempt.state, Attempt.objects.count(), live(invoice)) == ("succeeded", 1, 0)
    assert (desk.screen(lounge)["state"], desk.received()) == ("idle", 14500)


def test_other_reader_before_anything_was_sent_keeps_the_attempt(readers):
    desk, front, lounge = readers
    attempt = desk.start(desk.invoice(14500), reader=front)
    desk.again(attempt, reader=lounge)
    assert (desk.settle(attempt, 2).state, attempt.reader, Attempt.objects.count()) == ("waiting", lounge, 1)
    assert desk.screen(front)["state"] == "idle"


@pytest.mark.parametrize("state", ["waiting", "declined"])
@pytest.mark.parametrize("why", ["in use", "gone", "elsewhere"])
def test_other_reader_that_cannot_take_over_leaves_everything_as_it_is(readers, yen_desk, state, why):
    desk, front, lounge = readers
    attempt = desk.waiting(desk.invoice(14500), reader=front)
    if state == "declined":
        desk.customer_cancels(front)
        desk.settle(attempt, 2)
    if why == "in use":
        desk.waiting(desk.invoice(9900), reader=lounge)
    if why == "gone":
        Reader.objects.filter(pk=lounge.pk).update(gone_at=timezone.now())
        lounge.refresh_from_db()
    version = attempt.version
    with pytest.raises(DomainError) as refusal:
        desk.again(attempt, reader=yen_desk.reader if why == "elsewhere" else lounge)
    attempt.refresh_from_db()
    assert (
        refusal.value.code == {"in use": "reader_in_use", "gone": "reader_gone", "elsewhere": "reader_elsewhere"}[why]
    )
    assert (attempt.state, attempt.version) == (state, version)


def test_cancel_on_the_way_to_another_reader_ends_it_for_good(readers):
    desk, front, lounge = readers
    invoice = desk.invoice(14500)
    attempt = desk.waiting(invoice, reader=front)
    desk.again(attempt, reader=lounge)
    desk.cancel(attempt)
    assert desk.settle(attempt, 4).state == "canceled"
    assert (Attempt.objects.count(), live(invoice), attempt.cancel_reason) == (1, 0, "staff")


@pytest.mark.parametrize("state", ["canceling", "canceled", "succeeded"])
def test_other_reader_too_late_is_refused(readers, state):
    desk, front, lounge = readers
    attempt = desk.waiting(desk.invoice(14500), reader=front)
    if state == "succeeded":
        desk.tap(reader=front)
    else:
        desk.cancel(attempt)
    if state != "canceling":
        desk.settle(attempt, 2)
    with pytest.raises(Conflict) as refusal:
        desk.again(attempt, reader=lounge)
    assert (refusal.value.code, attempt.state, Attempt.objects.count()) == ("not_now", state, 1)


def test_successor_of_an_invoice_paid_meanwhile_is_never_shown(readers):
    desk, front, lounge = readers
    invoice = desk.invoice(14500)
    attempt = desk.waiting(invoice, reader=front)
    desk.again(attempt, reader=lounge)
    type(invoice).objects.filter(pk=invoice.pk).update(paid_amount=14500, open_amount=0)
    desk.sweep(10)
    following = Attempt.objects.get(previous=attempt)
    assert (following.state, following.cancel_reason) == ("canceled", "paid_meanwhile")
    assert desk.screen(lounge)["state"] == "idle"


@pytest.mark.parametrize("fault", ["offline", "hardware_fault"])
def test_definite_refusal_leads_back_and_frees_the_reader(readers, fault):
    desk, front, lounge = readers
    invoice = desk.invoice(14500)
    attempt = desk.start(invoice, reader=front)
    desk.reader_fault(front, **{fault: True})
    desk.settle(attempt, 2)
    assert (attempt.state, attempt.last_code, attempt.holds_reader, attempt.unanswered) == (
        "created", f"terminal_reader_{fault}", False, 0)  # fmt: skip
    assert desk.start(desk.invoice(9900), reader=front).reader == front
    desk.again(attempt, reader=lounge)
    assert desk.settle(attempt, 2).state == "waiting"


def test_refusal_of_a_retry_leads_back_to_declined_and_blames_the_reader(readers):
    desk, front, _lounge = readers
    attempt = desk.waiting(desk.invoice(14500), reader=front)
    desk.tap("4000000000000002", reader=front)
    desk.settle(attempt, 2)
    desk.reader_fault(front, offline=True)
    desk.again(attempt)
    desk.settle(attempt, 2)
    assert (attempt.state, attempt.holds_reader) == ("declined", False)
    shown = desk.shown(attempt)
    assert (shown.picture, "offline" in shown.sentence) == ("refused", True)


def test_down_to_cash_when_every_card_was_refused(readers):
    desk, front, lounge = readers
    invoice = desk.invoice(14500)
    attempt = desk.waiting(invoice, reader=front)
    desk.tap("4000000000000002", reader=front)
    desk.settle(attempt, 2)
    desk.again(attempt, reader=lounge)
    desk.settle(attempt, 2)
    desk.cancel(attempt)
    assert desk.settle(attempt, 4).state == "canceled"
    now = timezone.now()
    record_by_hand(by=ADMIN, invoices=[invoice], amount=Money(14500, "EUR"), method=PaymentMethod.CASH, reason="till",
                   received_at=now, now=now)  # fmt: skip
    invoice.refresh_from_db()
    assert (invoice.open_amount, desk.received()) == (0, 0)


def test_two_invoices_in_one_charge_are_both_paid(readers):
    desk, _front, _lounge = readers
    payer = make_member(desk.location)
    one, two = desk.invoice(14500, member=payer), desk.invoice(9900, member=payer)
    attempt = desk.waiting(one, two)
    assert (attempt.amount, live(one), live(two)) == (24400, 1, 1)
    desk.tap()
    desk.settle(attempt)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.open_amount, two.open_amount, attempt.payment.amount) == (0, 0, 24400)
