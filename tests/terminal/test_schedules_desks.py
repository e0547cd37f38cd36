"""Directed schedules of several desks, of the invoice changing meanwhile, and of the Dashboard."""

import json
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from billing.enums import InvoiceState, PaymentMethod
from billing.models import Invoice
from billing.services.invoicing import void
from billing.services.payments import record_by_hand
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money
from flexspace.core.one_use import AlreadyUsed
from terminal.models import Attempt
from terminal.services.collect import BeingTaken
from tests.factories.billing import make_payment
from tests.terminal.desk import ADMIN
from tests.terminal.saved import collection_of, night, owing

pytestmark = pytest.mark.django_db(transaction=True)


def flags(attempt):
    return sorted(attempt.flags.values_list("kind", flat=True))


def test_f_two_desks_two_readers_one_invoice_the_second_lands_on_the_first(two_readers):
    desk, (front, lounge) = two_readers, two_readers.readers
    invoice = desk.invoice(14500)
    first = desk.start(invoice, reader=front)
    with pytest.raises(BeingTaken) as refusal:
        desk.start(invoice, reader=lounge)
    assert (refusal.value.attempt, refusal.value.code) == (first, "being_taken")
    desk.advance(first)
    assert (Attempt.objects.count(), desk.screen(lounge)["state"], len(desk.books())) == (1, "idle", 1)


def test_f_one_of_several_invoices_is_enough_to_refuse(two_readers):
    desk, (front, lounge) = two_readers, two_readers.readers
    shared, other = desk.invoice(14500), desk.invoice(9900)
    desk.start(shared, reader=front)
    with pytest.raises(BeingTaken):
        desk.start(other, shared, reader=lounge)
    assert desk.waiting(other, reader=lounge).state == "waiting"


@pytest.mark.parametrize("meanwhile", ["still waiting", "paid", "next customer on the reader"])
def test_f_form_sent_twice_lands_on_what_its_first_use_made(desk, meanwhile):
    invoice, token = desk.invoice(14500), uuid4()
    attempt = desk.waiting(invoice, token=token)
    if meanwhile != "still waiting":
        desk.tap()
        desk.settle(attempt)
    if meanwhile == "next customer on the reader":
        desk.waiting(desk.invoice(9900))
    with pytest.raises(AlreadyUsed) as refusal:
        desk.start(invoice, amount=14500, token=token)
    assert refusal.value.result == str(attempt.uuid)
    assert Attempt.objects.filter(allocations__invoice=invoice).count() == 1


def test_f_form_that_was_refused_may_be_sent_again(desk):
    first, second, token = desk.waiting(desk.invoice(9900)), desk.invoice(14500), uuid4()
    with pytest.raises(Conflict):
        desk.start(second, token=token)
    desk.tap()
    desk.settle(first)
    assert desk.waiting(second, token=token).state == "waiting"


def test_g_two_invoices_one_reader_the_second_prompt_waits_for_a_person(desk):
    one = desk.start(desk.invoice(14500))
    two = desk.start_anyway(desk.invoice(9900))
    desk.advance(one)
    desk.advance(two)
    assert (one.state, two.state, two.last_code) == ("waiting", "created", "reader_in_use")
    desk.sweep(30)
    assert (desk.screen()["intent"], desk.touches()) == (one.remote_id, [])

    desk.tap()
    desk.settle(one)
    desk.again(two)
    assert desk.settle(two).state == "waiting"
    assert desk.screen()["intent"] == two.remote_id


def test_h_cancel_of_an_attempt_leaves_another_ones_prompt_on_the_reader(desk):
    losing = desk.start(desk.invoice(9900))
    winning = desk.start_anyway(desk.invoice(14500))
    desk.advance(winning)
    desk.advance(losing)
    assert (winning.state, losing.state) == ("waiting", "created")

    desk.cancel(losing)
    assert desk.settle(losing).state == "canceled"
    assert desk.settle(winning).state == "waiting"
    assert (desk.screen()["intent"], desk.touches(), desk.calls("cancel_action")) == (winning.remote_id, [], [])


def test_h_cancel_of_a_declined_attempt_leaves_the_next_customers_prompt(desk):
    declined = desk.waiting(desk.invoice(9900))
    desk.customer_cancels()
    assert desk.settle(declined, 2).state == "declined"
    following = desk.waiting(desk.invoice(14500))
    desk.cancel(declined)
    assert desk.settle(declined).state == "canceled"
    assert (desk.screen()["intent"], desk.touches()) == (following.remote_id, [])


@pytest.mark.parametrize("state", ["reserved", "waiting", "unknown", "declined", "canceling"])
def test_n_cash_and_void_are_refused_while_an_attempt_lives(desk, state):
    invoice = desk.invoice(14500)
    attempt = desk.in_state(state, invoice)
    cash = {"amount": Money(14500, "EUR"), "method": PaymentMethod.CASH, "reason": "till"}
    now = timezone.now()
    with pytest.raises(Conflict) as refusal:
        record_by_hand(by=ADMIN, invoices=[invoice], received_at=now, now=now, **cash)
    assert refusal.value.code == "being_taken"
    with pytest.raises(Conflict):
        void(by=ADMIN, invoice=invoice, reason="wrong", now=now)
    attempt.refresh_from_db()
    invoice.refresh_from_db()
    assert (attempt.state, invoice.state, invoice.open_amount) == (state, "issued", 14500)


def test_n_invoice_paid_behind_our_back_before_the_dispatch_never_lights_the_reader(desk):
    invoice = desk.invoice(14500)
    attempt = desk.start(invoice)
    Invoice.objects.filter(pk=invoice.pk).update(paid_amount=14500, open_amount=0)
    desk.settle(attempt)
    assert (attempt.state, attempt.cancel_reason) == ("canceled", "paid_meanwhile")
    assert (desk.calls("process_payment_intent"), desk.received()) == ([], 0)


def test_n_invoice_partly_paid_behind_our_back_is_not_charged_in_full(desk):
    invoice = desk.invoice(14500)
    attempt = desk.start(invoice)
    make_payment(invoice, 100)
    desk.settle(attempt)
    assert (attempt.state, attempt.cancel_reason, desk.received()) == ("canceled", "paid_meanwhile", 0)


def test_n_success_on_an_invoice_voided_behind_our_back_is_booked_and_flagged(desk):
    invoice = desk.invoice(14500)
    attempt = desk.waiting(invoice)
    Invoice.objects.filter(pk=invoice.pk).update(state=InvoiceState.VOID, open_amount=0)
    desk.tap()
    desk.settle(attempt)
    invoice.refresh_from_db()
    assert (attempt.state, flags(attempt), invoice.paid_amount) == ("succeeded", ["void_invoice"], 14500)


def test_n_success_on_an_invoice_paid_behind_our_back_is_booked_and_flagged(desk):
    invoice = desk.invoice(14500)
    attempt = desk.waiting(invoice)
    make_payment(invoice)
    desk.tap()
    desk.settle(attempt)
    invoice.refresh_from_db()
    assert (attempt.state, flags(attempt), invoice.surplus.amount) == ("succeeded", ["overpaid"], 14500)


@pytest.mark.parametrize("change", [{"currency": "usd"}, {"livemode": True}], ids=["currency", "livemode"])
def test_success_in_another_currency_or_mode_is_booked_unallocated_and_flagged(desk, change):
    invoice = desk.invoice(14500)
    attempt = desk.waiting(invoice)
    paid = {"id": attempt.remote_id, "object": "payment_intent", "status": "succeeded", "amount": 14500,
            "amount_received": 14500, "currency": "eur", "livemode": False, **change}  # fmt: skip
    desk.wire.answer("GET /v1/payment_intents", 200, json.dumps(paid))
    desk.settle(attempt, 4)
    invoice.refresh_from_db()
    assert (attempt.state, invoice.open_amount, flags(attempt)) == (
        "succeeded",
        14500,
        [f"{next(iter(change))}_differs"],
    )


def test_o_off_session_job_skips_an_invoice_that_is_being_taken(desk):
    invoice = owing(desk)
    attempt = desk.waiting(invoice)
    assert (night(desk).charged, Attempt.objects.count(), collection_of(invoice).state) == (0, 1, "scheduled")
    desk.customer_cancels()
    desk.settle(attempt, 2)
    desk.cancel(attempt)
    assert desk.settle(attempt, 4).state == "canceled"
    assert (night(desk).charged, desk.received(), collection_of(invoice).state) == (1, 14500, "collected")


def test_o_off_session_job_leaves_an_invoice_alone_that_was_taken(desk):
    invoice = owing(desk)
    attempt = desk.waiting(invoice)
    night(desk)
    desk.tap()
    desk.settle(attempt)
    assert (attempt.state, night(desk).looked_at, desk.received()) == ("succeeded", 0, 14500)
    assert (collection_of(invoice).state, collection_of(invoice).stop_reason) == ("collected", "paid")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("0.57", "EUR", 57), ("1.13", "EUR", 113), ("2.01", "EUR", 201), ("145.00", "EUR", 14500), ("1450", "JPY", 1450)],
)
def test_p_amount_on_the_reader_is_the_amount_typed(desk, yen_desk, text, currency, minor):
    counter = yen_desk if currency == "JPY" else desk
    invoice = counter.invoice(Money.parse(text, currency).amount)
    attempt = counter.waiting(invoice)
    shown, intent = counter.screen(), counter.books()[0]
    assert (shown["amount"], shown["currency"], attempt.amount) == (minor, currency.lower(), minor)
    assert (intent["amount"], intent["currency"]) == (minor, currency.lower())


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("0.29", "EUR", 29),
        ("1000.00", "HUF", 100000),
        ("100.00", "TWD", 10000),
        ("500", "JPY", 500),
        ("1.130", "KWD", 1130),
    ],
)
def test_p_minor_units_are_stripes(text, currency, minor):
    assert Money.parse(text, currency).amount == minor


@pytest.mark.parametrize(("currency", "amount"), [("HUF", 100000), ("TWD", 10000), ("KWD", 1130), ("JPY", 500)])
def test_p_currency_that_the_reader_does_not_charge_is_refused(desk, currency, amount):
    invoice = desk.invoice(14500)
    Invoice.objects.filter(pk=invoice.pk).update(currency=currency, total_amount=amount, net_amount=amount,
                                                 open_amount=amount)  # fmt: skip
    invoice.refresh_from_db()
    with pytest.raises(DomainError) as refusal:
        desk.start(invoice)
    assert (refusal.value.code, Attempt.objects.count()) == ("currency_not_local", 0)


def test_p_amount_below_stripes_minimum_is_refused_with_the_way_out(desk):
    with pytest.raises(DomainError) as refusal:
        desk.start(desk.invoice(29))
    assert (refusal.value.code, Attempt.objects.count()) == ("amount_too_small", 0)


def test_q_intent_cancelled_in_the_dashboard_while_waiting(desk):
    invoice = desk.invoice(14500)
    attempt = desk.waiting(invoice)
    desk.dashboard("cancel_intent", attempt.remote_id)
    desk.settle(attempt, 2)
    assert (attempt.state, attempt.holds_reader) == ("canceled", False)
    assert desk.waiting(invoice).state == "waiting"


@pytest.mark.parametrize("state", ["created", "waiting", "declined", "unknown", "canceling"])
def test_q_intent_paid_in_the_dashboard_is_booked_from_any_state(desk, state):
    invoice = desk.invoice(14500)
    attempt = desk.in_state(state, invoice)
    desk.dashboard("pay_intent", attempt.remote_id)
    desk.settle(attempt, 30)
    invoice.refresh_from_db()
    assert (attempt.state, attempt.payment.amount, invoice.open_amount) == ("succeeded", 14500, 0)


def test_q_action_cleared_in_the_dashboard_is_doubt_and_then_sent_again(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.dashboard("cancel_action", desk.reader.stripe_id)
    assert desk.settle(attempt, 2).state == "unknown"
    desk.again(attempt)
    assert desk.settle(attempt, 2).state == "waiting"
    desk.tap()
    assert desk.settle(attempt).state == "succeeded"


def test_same_invoice_twice_in_one_charge_is_refused_in_words(desk):
    invoice = desk.invoice(14500)
    with pytest.raises(DomainError), transaction.atomic():
        desk.start(invoice, invoice)
    assert Attempt.objects.count() == 0


def test_intent_of_an_account_without_reader_cards_never_reaches_the_reader(desk):
    desk.control(f"accounts/{desk.key}/settings", {"inactive_methods": ["card_present"]})
    attempt = desk.start(desk.invoice(14500))
    desk.settle(attempt)
    assert (attempt.state, desk.calls("process_payment_intent")) == ("canceled", [])
    assert attempt.cancel_reason == "card_not_offered"
