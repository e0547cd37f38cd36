"""A saved card is charged with nobody there: once, or not at all, and never while nobody knows."""

import json
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.enums import PaymentMethod
from billing.models import Payment
from billing.services.invoicing import void
from billing.services.payments import record_by_hand
from flexspace.core.errors import Conflict
from terminal.models import Attempt, AttemptAllocation, WebhookEvent
from terminal.services.collect import BeingTaken
from terminal.services.link_mail import mail_pay_link
from terminal.services.recheck import closed_to_recheck, recheck
from terminal.services.step import advance
from tests.terminal import saved
from tests.terminal.desk import ADMIN
from tests.terminal.saved import CREATE, collection_of, in_doubt, owing, paid, reserve

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_call_charges_the_card_and_the_payment_is_booked(desk):
    invoice = owing(desk, 14500)
    attempt = desk.advance(reserve(invoice))
    payment, collection = Payment.objects.get(), collection_of(invoice)
    assert (attempt.state, attempt.payment, payment.method) == ("succeeded", payment, PaymentMethod.SAVED_CARD)
    assert (payment.amount, payment.card_brand, payment.card_last4, paid(invoice)) == (14500, "visa", "4242", 14500)
    assert (collection.state, collection.tries, collection.next_try_on) == ("collected", 1, None)
    (call,) = [call for call in desk.calls("/v1/payment_intents") if call["method"] == "POST"]
    card = attempt.saved_card
    assert (call["idempotency_key"], call["params"]) == (
        f"pi:{attempt.uuid}",
        {
            "amount": "14500",
            "currency": "eur",
            "allowed_payment_method_types": ["card"],
            "customer": card.customer_id,
            "payment_method": card.payment_method_id,
            "payment_method_options": {"card": {"stored_credential_usage": "recurring"}},
            "off_session": "true",
            "confirm": "true",
            "description": invoice.number,
            "metadata": {"installation": "test", "attempt": str(attempt.uuid), "invoices": invoice.number},
            "expand": ["latest_charge"],
        },
    )


@pytest.mark.parametrize(
    ("card", "code", "decline_code", "advice", "state"),
    [
        (saved.NO_MONEY, "card_declined", "insufficient_funds", "try_again_later", "retry"),
        (saved.EXPIRED, "expired_card", "expired_card", "confirm_card_data", "needs_card"),
        (saved.AUTHENTICATE, "authentication_required", "authentication_required", "", "needs_authentication"),
    ],
)
def test_decline_is_kept_with_its_codes_and_the_intent_is_cancelled(desk, card, code, decline_code, advice, state):
    invoice = owing(desk, card=card)
    attempt = desk.advance(reserve(invoice))
    assert (attempt.state, attempt.last_code, attempt.last_decline_code, attempt.last_advice) == (
        "canceled", code, decline_code, advice,
    )  # fmt: skip
    declined = next(call for call in desk.calls("/v1/payment_intents") if call["status"] == 402)
    assert (attempt.last_request_id, attempt.cancel_reason) == (declined["id"], "")
    assert [(one["id"], one["status"]) for one in desk.books()] == [(attempt.remote_id, "canceled")]
    collection = collection_of(invoice)
    assert (collection.state, collection.tries, collection.last_decline_code) == (state, 1, decline_code)
    assert [line.to_state for line in attempt.transitions.all()] == [
        "reserved", "reserved", "created", "canceling", "canceled",
    ]  # fmt: skip


def test_doubt_ends_by_the_same_key_and_there_is_one_intent(desk):
    invoice = owing(desk)
    attempt = reserve(invoice)
    desk.fault("answer_lost", CREATE)
    desk.advance(attempt)
    assert (attempt.state, attempt.unanswered, attempt.remote_id, desk.received()) == ("reserved", 1, None, 14500)
    desk.settle(attempt, 10)
    assert (attempt.state, len(desk.books()), Payment.objects.count(), paid(invoice)) == ("succeeded", 1, 1, 14500)
    keys = {call["idempotency_key"] for call in desk.calls("/v1/payment_intents") if call["method"] == "POST"}
    assert keys == {f"pi:{attempt.uuid}"}


def test_doubt_is_never_discarded_and_an_old_key_is_never_sent_again(desk):
    invoice = owing(desk)
    attempt = in_doubt(desk, invoice)
    desk.clock.shift(23 * 3600)
    desk.advance(attempt)
    creates = [call for call in desk.calls() if (call["method"], call["path"]) == ("POST", "/v1/payment_intents")]
    lists = [call for call in desk.calls() if (call["method"], call["path"]) == ("GET", "/v1/payment_intents")]
    assert (len(creates), lists[0]["params"]["customer"]) == (1, attempt.customer_id)
    assert (attempt.state, paid(invoice), [line.cause for line in attempt.transitions.all()]) == (
        "succeeded", 14500, ["start", "asked", "no_answer", "found_at_stripe", "intent_succeeded"],
    )  # fmt: skip


def test_doubt_about_a_charge_that_never_was_ends_ten_minutes_after_the_key(desk):
    invoice = owing(desk)
    attempt = reserve(invoice)
    desk.fault("request_lost", CREATE, times=None)
    desk.advance(attempt)
    desk.sweep_coarsely(attempt, 60)
    desk.clock.shift(22 * 3600)
    desk.advance(attempt)
    assert (attempt.state, attempt.unanswered == attempt.dispatch_seq) == ("reserved", True)
    desk.clock.shift(3600)
    assert desk.sweep_coarsely(attempt, 9 * 60).state == "reserved"
    assert desk.sweep_coarsely(attempt, 6 * 60).state == "failed"
    assert (collection_of(invoice).state, collection_of(invoice).tries) == ("retry", 0)


def test_cancel_in_doubt_believes_stripe_paid(desk):
    invoice = owing(desk)
    attempt = in_doubt(desk, invoice)
    desk.cancel(attempt)
    assert attempt.state == "reserved"
    desk.advance(attempt)
    assert (attempt.state, paid(invoice), collection_of(invoice).state) == ("succeeded", 14500, "collected")


def test_cancel_in_doubt_believes_stripe_declined(desk):
    invoice = owing(desk, card=saved.NO_MONEY)
    attempt = in_doubt(desk, invoice)
    desk.cancel(attempt)
    desk.settle(attempt, 10)
    assert (attempt.state, attempt.last_decline_code) == ("canceled", "insufficient_funds")
    assert [intent["status"] for intent in desk.books()] == ["canceled"]


def test_cancel_in_doubt_about_a_charge_that_never_was_sends_nothing_more(desk):
    invoice = owing(desk)
    attempt = reserve(invoice)
    desk.fault("request_lost", CREATE)
    desk.advance(attempt)
    desk.cancel(attempt)
    desk.sweep_coarsely(attempt, 9 * 60)
    assert (attempt.state, desk.books()) == ("reserved", [])
    desk.sweep_coarsely(attempt, 6 * 60)
    assert (attempt.state, desk.books(), collection_of(invoice).state) == ("failed", [], "retry")


def test_cancel_before_anything_was_sent_discards(desk):
    invoice = owing(desk)
    attempt = desk.cancel(reserve(invoice))
    assert (attempt.state, desk.calls("payment_intents"), collection_of(invoice).tries) == ("failed", [], 0)


def test_event_that_is_quicker_than_the_answer_waits_for_it(desk):
    desk.listen()
    invoice = owing(desk)
    attempt = reserve(invoice)
    desk.fault("slow", CREATE, seconds=2)
    desk.wire.meanwhile(desk.deliver)
    desk.advance(attempt)
    states = set(WebhookEvent.objects.filter(type="payment_intent.succeeded").values_list("state", flat=True))
    assert (attempt.state, states, Payment.objects.count()) == ("succeeded", {"processed"}, 1)


def test_answer_that_comes_after_the_end_is_booked_and_flagged(desk):
    invoice = owing(desk)
    attempt = reserve(invoice)
    desk.fault("slow", CREATE, seconds=1)

    def concluded():
        Attempt.objects.filter(pk=attempt.pk).update(
            state="failed", version=9, next_check_at=None, finished_at=timezone.now()
        )
        AttemptAllocation.objects.filter(attempt=attempt).update(live=False)

    desk.wire.meanwhile(concluded)
    desk.advance(attempt)
    assert (attempt.state, paid(invoice), [flag.kind for flag in attempt.flags.all()]) == (
        "succeeded", 14500, ["late_success"],
    )  # fmt: skip


def test_charge_taken_for_never_made_is_looked_for_once_more_every_day(desk):
    invoice = owing(desk)
    attempt = in_doubt(desk, invoice)
    Attempt.objects.filter(pk=attempt.pk).update(state="failed", next_check_at=None, finished_at=timezone.now())
    AttemptAllocation.objects.filter(attempt=attempt).update(live=False)
    desk.clock.shift(86400)
    for attempt_id in closed_to_recheck(timezone.now()):
        recheck(attempt_id, now=timezone.now())
    attempt.refresh_from_db()
    assert (attempt.state, paid(invoice), [flag.kind for flag in attempt.flags.all()]) == (
        "succeeded", 14500, ["late_success"],
    )  # fmt: skip


def test_desk_reads_who_takes_the_money_and_cannot_take_it_too(desk):
    invoice = owing(desk)
    in_doubt(desk, invoice)
    with pytest.raises(BeingTaken, match="Being charged by card on file"):
        desk.start(invoice)
    with pytest.raises(Conflict, match="Being charged by card on file"):
        record_by_hand(by=ADMIN, invoices=[invoice], amount=invoice.open, method=PaymentMethod.CASH, reason="till",
                       received_at=timezone.now(), now=timezone.now())  # fmt: skip
    with pytest.raises(Conflict, match="Being charged by card on file"):
        void(by=ADMIN, invoice=invoice, reason="wrong", now=timezone.now())


def test_charge_of_a_card_is_never_sent_to_a_reader(desk):
    attempt = in_doubt(desk, owing(desk))
    with pytest.raises(Conflict):
        desk.again(attempt)


@pytest.mark.parametrize("status", ["requires_action", "processing"])
def test_intent_that_wants_more_than_a_card_or_time(desk, status):
    """Stripe answers 200 where neither money came nor a bank refused."""
    invoice = owing(desk)
    attempt = in_doubt(desk, invoice)
    said = {"id": desk.books()[0]["id"], "object": "payment_intent", "status": status, "amount": 14500,
            "amount_received": 0, "currency": "eur", "livemode": False}  # fmt: skip
    desk.wire.answer(CREATE, 200, json.dumps(said))
    desk.clock.shift(5)
    desk.wire.answer("POST /v1/payment_intents/pi_", 500, "{}")
    desk.wire.answer("GET /v1/payment_intents/pi_", 200, json.dumps(said))
    advance(attempt.pk, now=timezone.now(), steps=1)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.last_code) == (
        ("canceling", "authentication_required") if status == "requires_action" else ("created", "")
    )
    desk.settle(attempt, 30)  # it was paid all the same
    assert (attempt.state, paid(invoice)) == ("succeeded", 14500)


def test_link_that_staff_mail_counts_as_contact(desk):
    invoice = owing(desk, card=None)
    mail_pay_link(by=ADMIN, invoice=invoice, to="anna@example.com", token=uuid4(), now=timezone.now())
    assert collection_of(invoice).last_contact_at == timezone.now()
