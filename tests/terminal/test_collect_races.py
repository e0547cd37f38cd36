"""Many hands on one due invoice at the same moment, on PostgreSQL. Each race first goes wrong without its guards."""

import pytest
from django.utils import timezone

from billing.models import Payment
from terminal.models import Attempt, AttemptAllocation
from terminal.services.collect_due import charge_now, collect_due, collect_one
from terminal.services.step import advance
from tests.races import at_once, both, guard, row_locks
from tests.terminal import saved
from tests.terminal.desk import ADMIN
from tests.terminal.saved import collection_of, owing, paid

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@both
def test_schedule_desk_and_charge_now_on_one_invoice(desk, on):
    invoice = owing(desk)
    collection = collection_of(invoice)

    def deed(number):
        if number % 3 == 0:
            return collect_one(collection.pk, now=timezone.now())
        if number % 3 == 1:
            return desk.start(invoice)
        return charge_now(by=ADMIN, invoice=invoice, now=timezone.now())

    with guard(AttemptAllocation, "one_live_attempt_per_invoice", on=on), row_locks(on=on):
        results = at_once(deed)
        live = AttemptAllocation.objects.filter(invoice=invoice, live=True).count()
        attempts = Attempt.objects.count()
    if on:
        assert (live, attempts) == (1, 1)
        kinds = {type(result).__name__ for result in results}
        assert kinds <= {"Attempt", "NoneType", "BeingTaken", "ReaderInUse"}
        assert [type(result).__name__ for result in results].count("Attempt") == 1
    else:
        assert (live > 1, attempts > 1) == (True, True)


@both
def test_beats_of_one_night_without_their_lease(desk, on):
    """I15: however many runs go over one night, each invoice is asked for once, and what a bank said is told once."""
    rich, poor = owing(desk), owing(desk, card=saved.NO_MONEY)
    with guard(AttemptAllocation, "one_live_attempt_per_invoice", on=on), row_locks(on=on):
        results = at_once(lambda _: collect_due(pause=lambda _seconds: None).charged)
        attempts = Attempt.objects.count()
        received = desk.received()
    if on:
        assert (attempts, sum(results), received, paid(rich)) == (2, 2, 14500, 14500)
        assert (Payment.objects.count(), saved.mails_of_trouble().count(), collection_of(poor).tries) == (1, 1, 1)
    else:
        assert (attempts > 2, received > 14500) == (True, True)


def test_one_charge_stepped_by_twenty_workers_asks_the_bank_once(desk):
    invoice = owing(desk)
    attempt = saved.reserve(invoice)
    at_once(lambda number: advance(attempt.pk, now=timezone.now(), on_page=bool(number % 2)))
    desk.settle(attempt, 10)
    assert (attempt.state, len(desk.books()), Payment.objects.count(), paid(invoice)) == ("succeeded", 1, 1, 14500)
    creates = [call for call in desk.calls() if (call["method"], call["path"]) == ("POST", "/v1/payment_intents")]
    assert len(creates) == 1


def test_cancel_and_answer_and_charge_now_at_one_moment_agree_in_the_end(desk):
    invoice = owing(desk)
    attempt = saved.in_doubt(desk, invoice)
    desk.clock.shift(5)

    def deed(number):
        if number % 3 == 0:
            return desk.cancel(Attempt.objects.get(pk=attempt.pk))
        if number % 3 == 1:
            return charge_now(by=ADMIN, invoice=invoice, now=timezone.now())
        return advance(attempt.pk, now=timezone.now())

    at_once(deed)
    desk.settle(attempt, 90)
    assert (attempt.state, desk.received(), paid(invoice), Payment.objects.count()) == ("succeeded", 14500, 14500, 1)
    assert (Attempt.objects.count(), collection_of(invoice).state) == (1, "collected")
