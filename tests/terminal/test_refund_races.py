"""Twenty threads on one payment, on PostgreSQL. The guard is taken away too: then it must go wrong."""

import pytest
from django.db.models import Sum
from django.utils import timezone

from billing.models import CreditNote, Dispute, Invoice, Notice, Refund
from terminal.models import AttemptFlag
from terminal.services.compare import compare_all
from terminal.services.dispute_seen import sync_dispute
from terminal.services.refund_seen import sync_refunds_of
from terminal.services.refund_step import step_refund
from tests.races import THREADS, at_once, both, row_locks
from tests.terminal.money_back import asked, gone, paid_by_card, to_card

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@both
def test_one_payment_refunded_by_twenty_desks(desk, on):
    payment = paid_by_card(desk)
    with row_locks(on=on):
        results = at_once(lambda _: to_card(payment, 5000))
    kept = Refund.objects.kept().aggregate(sum=Sum("amount"))["sum"]
    if on:
        assert (kept, Refund.objects.count()) == (10000, 2)
        assert sorted(type(one).__name__ for one in results) == ["Refund"] * 2 + ["TooMuch"] * 18
    else:
        assert kept > payment.amount


def test_one_due_refund_stepped_by_twenty_workers(desk):
    refund = to_card(paid_by_card(desk))
    at_once(lambda _: step_refund(refund.pk, now=timezone.now()))
    refund.refresh_from_db()
    assert (refund.state, gone(desk), asked(desk)) == ("succeeded", 14500, [f"rf:{refund.uuid}"])
    assert CreditNote.objects.count() == 1


def test_one_dashboard_refund_found_by_twenty_readers(desk):
    payment = paid_by_card(desk)
    desk.dashboard("refund", payment.reference, amount=4500)

    def look(number):
        if number % 2:
            return compare_all(now=timezone.now())
        return sync_refunds_of(desk.config, payment.reference, now=timezone.now())

    results = at_once(look)
    assert [one for one in results if isinstance(one, Exception)] == []
    assert (Refund.objects.count(), Refund.objects.get().state) == (1, "succeeded")


def test_twenty_small_refunds_at_once_add_up(desk):
    invoice = desk.invoice()
    payment = paid_by_card(desk, invoice)

    def deed(_):
        refund = to_card(payment, 700)
        return step_refund(refund.pk, now=timezone.now())

    at_once(deed)
    row = Invoice.objects.get(pk=invoice.pk)
    assert (gone(desk), row.credited_amount, row.paid_amount, row.open_amount) == (14000, 14000, 500, 0)
    numbers = sorted(CreditNote.objects.values_list("number", flat=True))
    assert numbers == [f"HFN-C{number:06}" for number in range(1, THREADS + 1)]


def test_one_dispute_seen_by_twenty_workers_is_one_row_one_flag_and_one_mail(desk, mia):
    payment = paid_by_card(desk)
    made = desk.dashboard("dispute", payment.reference)
    results = at_once(lambda _: sync_dispute(desk.config, made["id"], now=timezone.now()))
    assert results == [True] * 20
    assert (Dispute.objects.count(), AttemptFlag.objects.count()) == (1, 1)
    assert Notice.objects.filter(kind="dispute").count() == 1
