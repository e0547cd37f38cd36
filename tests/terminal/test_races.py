"""Twenty threads at the same moment, on PostgreSQL. Each race is run without its guard too: then it must go wrong."""

import json
import time

import pytest
from django.utils import timezone

from billing.enums import PaymentMethod
from billing.models import Payment
from billing.services.payments import record_payment
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.money import Money
from sandbox.webhooks import signature
from terminal.models import Attempt, AttemptAllocation, WebhookEvent
from terminal.services.settle import check
from terminal.services.step import advance
from tests.races import THREADS, at_once, both, guard, row_locks

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@both
def test_one_invoice_started_by_twenty_desks(desk, on):
    invoice = desk.invoice(14500)
    with guard(AttemptAllocation, "one_live_attempt_per_invoice", on=on), row_locks(on=on):
        results = at_once(lambda _: desk.start(invoice))
        live = AttemptAllocation.objects.filter(invoice=invoice, live=True).count()
        attempts = Attempt.objects.count()
    if on:
        assert (live, attempts) == (1, 1)
        assert sorted(type(result).__name__ for result in results) == sorted(["Attempt"] + ["BeingTaken"] * 19)
    else:
        assert (live > 1, attempts > 1) == (True, True)


@both
def test_one_reader_for_twenty_invoices(desk, on):
    attempts = [desk.start_anyway(desk.invoice(14500 + number)) for number in range(THREADS)]
    with guard(Attempt, "attempt_one_per_reader", on=on):
        at_once(lambda number: advance(attempts[number].pk, now=timezone.now()))
        holders = list(Attempt.objects.filter(holds_reader=True))
        waiting = Attempt.objects.filter(state="created", last_code="reader_in_use").count()
    if on:
        assert (len(holders), waiting, desk.touches()) == (1, 19, [])
        assert desk.screen()["intent"] == holders[0].remote_id
    else:
        assert (len(holders) > 1, len(desk.touches()) > 0) == (True, True)


@both
def test_one_event_delivered_twenty_times(desk, on):
    desk.listen()
    body = json.dumps({"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "livemode": False,
                       "data": {"object": {"id": "pi_1"}}}).encode()  # fmt: skip
    headers = {"Stripe-Signature": signature(desk.config_now().webhook_secret, body, int(time.time()))}
    with guard(WebhookEvent, "webhook_event_once", on=on):
        results = at_once(lambda _: desk.post(f"http://x/{desk.config.webhook_uuid}/", body, headers))
        stored = WebhookEvent.objects.count()
    assert set(results) == {200}
    assert (stored == 1) is on
    assert stored >= 1


@both
def test_one_reference_booked_by_twenty_workers(hafen, desk, on):
    invoices = [desk.invoice(14500) for _ in range(THREADS)]

    def book(number):
        invoice = invoices[number]  # each has its own lock, so only the reference is left to stop the second
        return record_payment(
            by=Actor.stripe(), location=hafen, member=invoice.member, company=None, method=PaymentMethod.CARD_READER,
            amount=Money(14500, "EUR"), reference="pi_1", allocations=[(invoice.pk, 14500)], received_at=timezone.now(),
        ).pk  # fmt: skip

    with guard(Payment, "reference", on=on):
        results = at_once(book)
        booked = Payment.objects.count()
    assert (booked == 1) is on
    if on:
        assert results == [results[0]] * THREADS
        assert isinstance(results[0], int)


def test_one_success_settled_by_twenty_workers(desk):
    invoice = desk.invoice(14500)
    attempt = desk.waiting(invoice)
    desk.tap()
    results = at_once(lambda _: str(check(attempt.pk, now=timezone.now()).picture))
    attempt.refresh_from_db()
    invoice.refresh_from_db()
    assert set(results) == {"ours_succeeded"}
    assert (attempt.state, Payment.objects.count(), invoice.paid_amount) == ("succeeded", 1, 14500)
    assert attempt.transitions.filter(to_state="succeeded").count() == 1


def test_one_due_attempt_stepped_by_twenty_workers_and_pages(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.clock.shift(2)
    at_once(lambda number: advance(attempt.pk, now=timezone.now(), on_page=bool(number % 2)))
    desk.settle(attempt, 4)
    creates = [call for call in desk.calls() if call["path"] == "/v1/payment_intents"]
    assert (attempt.state, len(creates), len(desk.calls("process_payment_intent"))) == ("waiting", 1, 1)


def test_cancel_and_tap_and_cash_at_one_moment_agree_in_the_end(desk):
    invoice = desk.invoice(14500)
    attempt = desk.waiting(invoice)

    def deed(number):
        if number % 3 == 0:
            return desk.cancel(Attempt.objects.get(pk=attempt.pk))
        if number % 3 == 1:
            return desk.tap()
        return advance(attempt.pk, now=timezone.now())

    results = at_once(deed)
    desk.settle(attempt, 10)
    invoice.refresh_from_db()
    unexpected = [result for result in results if isinstance(result, Exception) and not isinstance(result, Conflict)]
    assert unexpected == []
    assert (attempt.state == "succeeded") == (desk.received() == 14500 == invoice.paid_amount)
    assert attempt.state in ("succeeded", "canceled")
