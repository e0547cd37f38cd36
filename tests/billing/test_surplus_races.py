"""Twenty threads at one surplus, on PostgreSQL; without the locks it goes wrong."""

import pytest
from django.db import transaction
from django.db.models import Sum

from billing.enums import PaymentMethod, RefundRemote
from billing.models import Allocation, Invoice, Refund
from billing.services.refunds import record_found
from billing.services.surplus import move_surplus
from tests.factories.billing import NOW, make_issued_invoice, make_payment
from tests.factories.members import make_member
from tests.factories.refunds import BY, give_back
from tests.races import at_once, both, row_locks, when_it_waits

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def paid_too_much(hafen):
    """Return an invoice that was paid with 20 euro too much, its payment, and two open ones of the same payer."""
    member = make_member(hafen)
    source, one, two = (make_issued_invoice(hafen, total, member=member) for total in (14500, 9000, 9000))
    return source, make_payment(source, 16500, method=PaymentMethod.CASH), one, two


def left_on(invoice):
    return Allocation.objects.filter(invoice=invoice).aggregate(sum=Sum("amount"))["sum"]


@both
def test_one_surplus_is_moved_by_twenty_desks_at_once(hafen, on):
    source, _payment, one, two = paid_too_much(hafen)
    with row_locks(on=on):
        results = at_once(lambda number: move_surplus(by=BY, source=source, target=(one, two)[number % 2], now=NOW))
    if on:
        assert sorted(type(each).__name__ for each in results) == ["Conflict"] * 19 + ["Money"]
        row = Invoice.objects.get(pk=source.pk)
        assert (left_on(source), row.paid_amount, row.surplus.amount) == (14500, 14500, 0)
        assert sum(Invoice.objects.get(pk=each.pk).paid_amount for each in (one, two)) == 2000
    else:
        assert left_on(source) < 14500


def test_surplus_is_moved_or_refunded_never_both(hafen):
    source, payment, one, _two = paid_too_much(hafen)

    def deed(number):
        if number % 2:
            return move_surplus(by=BY, source=source, target=one, now=NOW)
        return give_back(payment, 2000)

    results = at_once(deed)
    assert {type(each).__name__ for each in results} <= {"Conflict", "Money", "Refund", "TooMuch"}
    gone = Refund.objects.aggregate(sum=Sum("amount"))["sum"] or 0
    row, other = (Invoice.objects.get(pk=each.pk) for each in (source, one))
    assert row.paid_amount + other.paid_amount + gone == 16500
    assert other.paid_amount in (0, 2000)
    assert row.paid_amount + row.credited_amount + row.open_amount == 14500 + row.surplus.amount


def test_refund_found_while_the_money_moves_is_booked_on_both_invoices(hafen):
    source, payment, one, _two = paid_too_much(hafen)
    move = transaction.atomic()
    move.__enter__()
    move_surplus(by=BY, source=source, target=one, now=NOW)  # not committed yet
    refund = when_it_waits(
        lambda: record_found(
            payment=payment, reference="re_1", amount=16500, seen=RefundRemote.SUCCEEDED, made_at=NOW, now=NOW
        ),
        then=lambda: move.__exit__(None, None, None),
    )
    assert dict(refund.allocations.values_list("invoice", "amount")) == {source.pk: 14500, one.pk: 2000}
    assert [Invoice.objects.get(pk=row.pk).paid_amount for row in (source, one)] == [0, 0]
