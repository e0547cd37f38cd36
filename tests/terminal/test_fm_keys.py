"""Guards that nothing else tests by itself: taken away, one of these must fail. See docs/planted-bugs.md."""

from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.enums import PaymentMethod, RefundState
from billing.models import Allocation, CreditNote, Notice, Refund, RefundTransition
from billing.services.payments import record_payment
from billing.services.refund_moves import LockedRefund, RefundMoved, move
from flexspace.core.actors import Actor
from flexspace.core.money import Money
from terminal.services.refund_step import step_refund
from tests.terminal.desk import ADMIN
from tests.terminal.money_back import ASK, asked, gone, paid_by_card, step, to_card

pytestmark = pytest.mark.django_db(transaction=True)


def test_cancel_that_stripe_refused_once_is_asked_under_another_key(desk):
    """Stripe keeps a 500 under its key for a day: under the same one the invoice would be held as long."""
    attempt = desk.waiting()
    desk.cancel(attempt)
    desk.fault("error_before", "POST /v1/payment_intents/pi_")
    assert desk.settle(attempt, 60).state == "canceled"


def test_writer_of_a_refund_who_was_overtaken_changes_nothing(desk):
    refund = to_card(paid_by_card(desk))
    seen = Refund.objects.select_related("location", "payment").get(pk=refund.pk)
    step(refund)
    row = LockedRefund(seen, seen.payment, [], {})
    with pytest.raises(RefundMoved), transaction.atomic():
        move(row, RefundState.SENT, cause="late", by=Actor.job("test"), now=timezone.now())
    refund.refresh_from_db()
    assert refund.state == "succeeded"


def test_refund_stepped_twice_at_once_is_sent_once(desk):
    refund = to_card(paid_by_card(desk))
    desk.fault("slow", ASK, seconds=3)
    taken = []
    desk.wire.meanwhile(lambda: taken.append(step_refund(refund.pk, now=timezone.now())))
    step(refund)
    assert (refund.state, taken, gone(desk), len(asked(desk))) == ("succeeded", [False], 14500, 1)


def half_of_a_payment(desk):
    """Return the row by which a half of a payment pays an invoice: a second one would not be more than came."""
    invoice = desk.invoice()
    payment = record_payment(
        by=ADMIN, location=desk.location, member=invoice.member, company=None, method=PaymentMethod.CASH,
        amount=Money(2000, "EUR"), reference="cash-half", allocations=[], received_at=timezone.now(),
    )  # fmt: skip
    return Allocation.objects.create(payment=payment, invoice=invoice, amount=1000)


def copies(desk):
    """Return rows of a payment that was refunded, each as the second one that there must never be."""
    payment = paid_by_card(desk)
    refund = step(to_card(payment))
    return [
        (payment, {"uuid": UUID(int=1)}),
        (refund, {"uuid": UUID(int=2)}),
        (half_of_a_payment(desk), {}),
        (CreditNote.objects.get(refund=refund), {"uuid": UUID(int=3), "number": "HFN-C999999"}),
        (RefundTransition.objects.filter(refund=refund).first(), {}),
        (Notice.objects.get(payment=payment, kind="receipt"), {"uuid": UUID(int=4)}),
    ]


def test_database_refuses_what_would_count_money_twice(desk):
    for row, changes in copies(desk):
        row.pk, row._state.adding = None, True
        for name, value in changes.items():
            setattr(row, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)
