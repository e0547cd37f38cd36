"""Booking money: once, under the invoices' locks, never dropped."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from billing.enums import InvoiceStatus, PaymentMethod
from billing.models import Allocation, Invoice, Payment
from billing.services.invoicing import void
from billing.services.payments import record_by_hand, record_payment, spread
from billing.signals import about_to_change, invoice_paid
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import AuditEvent
from flexspace.core.money import Money
from flexspace.core.one_use import AlreadyUsed
from tests.factories.billing import NOW, make_draft, make_issued_invoice, make_payment
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def eur(amount):
    return Money(amount, "EUR")


def by_hand(user, *invoices, amount, **change):
    facts = {"method": PaymentMethod.CASH, "reason": "Paid at the desk", "received_at": NOW, "now": NOW, **change}
    return record_by_hand(by=Actor.of(user), invoices=invoices, amount=amount, **facts)


def fresh(invoice):
    return Invoice.objects.get(pk=invoice.pk)


class Heard:
    """Listens to a signal for the length of a test."""

    def __init__(self, signal):
        self.signal, self.ids = signal, []

    def __enter__(self):
        self.signal.connect(self.hear)
        return self.ids

    def hear(self, **kwargs):
        self.ids.append(kwargs["invoice_id"])

    def __exit__(self, *_error):
        self.signal.disconnect(self.hear)


def test_record_payment_pays_the_invoice(hafen):
    invoice = make_issued_invoice(hafen, 14500)
    payment = make_payment(invoice, reference="pi_1")
    paid = fresh(invoice)
    assert (paid.paid, paid.open, paid.status(TODAY)) == (eur(14500), eur(0), InvoiceStatus.PAID)
    assert (payment.money, payment.reference, payment.received_by) == (eur(14500), "pi_1", "Stripe")


def test_record_payment_twice_with_one_reference_changes_nothing(hafen):
    invoice = make_issued_invoice(hafen, 14500)
    first = make_payment(invoice, 5000, reference="pi_1")
    events = AuditEvent.objects.count()
    assert make_payment(invoice, 5000, reference="pi_1") == first
    assert (Payment.objects.count(), Allocation.objects.count()) == (1, 1)
    assert fresh(invoice).open == eur(9500)
    assert AuditEvent.objects.count() == events


def test_record_payment_writes_one_audit_row_about_payment_invoices_and_payer(hafen):
    invoice = make_issued_invoice(hafen, 14500)
    events = AuditEvent.objects.count()
    payment = make_payment(invoice, 5000, reference="pi_1")
    assert AuditEvent.objects.count() == events + 1
    event = audit.timeline(payment)[0]
    assert event.action == "billing.payment.recorded"
    assert audit.timeline(invoice)[0] == event
    assert audit.timeline(invoice.payer)[0] == event
    assert event.before == {"currency": "EUR", "open": {"HFN-000001": 14500}}
    assert event.after == {
        "amount": 5000,
        "currency": "EUR",
        "method": "card_reader",
        "reference": "pi_1",
        "allocated": {"HFN-000001": 5000},
        "open": {"HFN-000001": 9500},
    }


def test_record_payment_of_more_than_is_open_keeps_the_surplus(hafen):
    invoice = make_issued_invoice(hafen, 14500)
    make_payment(invoice, 14500)
    make_payment(invoice, 14500)
    paid = fresh(invoice)
    assert (paid.paid, paid.open, paid.surplus) == (eur(29000), eur(0), eur(14500))
    assert paid.status(TODAY) == InvoiceStatus.OVERPAID


def test_record_payment_on_a_void_invoice_books_the_money(hafen, mia):
    invoice = make_issued_invoice(hafen, 14500)
    void(by=Actor.of(mia), invoice=invoice, reason="Wrong person", now=NOW)
    make_payment(invoice, 14500)
    late = fresh(invoice)
    assert (late.paid, late.open, late.status(TODAY)) == (eur(14500), eur(0), InvoiceStatus.VOID)


def test_record_payment_over_several_invoices_in_one(hafen):
    member = make_member(hafen)
    first, second = (make_issued_invoice(hafen, total, member=member) for total in (12000, 2500))
    payment = record_payment(
        by=Actor.stripe(),
        location=hafen,
        member=member,
        company=None,
        method=PaymentMethod.CARD_READER,
        amount=eur(13000),
        reference="pi_2",
        allocations=[(second.pk, 1000), (first.pk, 12000)],
        received_at=NOW,
    )
    assert [row.amount for row in payment.allocations.order_by("invoice_id")] == [12000, 1000]
    assert (fresh(first).open, fresh(second).open) == (eur(0), eur(1500))


def test_record_payment_repairs_amounts_from_the_allocations(hafen):
    invoice = make_issued_invoice(hafen, 14500)
    make_payment(invoice, 1000)
    Invoice.objects.filter(pk=invoice.pk).update(paid_amount=0, open_amount=14500)
    make_payment(fresh(invoice), 1000)
    assert fresh(invoice).paid == eur(2000)


@pytest.mark.parametrize(
    ("amount", "parts", "code"),
    [
        (eur(5000), [4000], "allocation_sum"),
        (eur(0), [0], "amount_not_positive"),
        (eur(-5), [-5], "amount_not_positive"),
        (Money(5000, "JPY"), [5000], "currency_mismatch"),
    ],
)
def test_record_payment_refuses_what_does_not_agree(hafen, amount, parts, code):
    invoice = make_issued_invoice(hafen, 14500)
    with pytest.raises(DomainError) as refused:
        record_payment(
            by=Actor.stripe(),
            location=hafen,
            member=invoice.member,
            company=None,
            method=PaymentMethod.CARD_READER,
            amount=amount,
            reference="pi_3",
            allocations=[(invoice.pk, part) for part in parts],
            received_at=NOW,
        )
    assert refused.value.code == code
    assert Payment.objects.count() == 0


def test_record_payment_on_a_draft_is_refused(hafen):
    with pytest.raises(DomainError) as refused:
        make_payment(make_draft(hafen), 14500)
    assert refused.value.code == "invoice_draft"


def test_record_payment_for_another_locations_invoice_is_refused(hafen, kiyosumi):
    invoice = make_issued_invoice(hafen, 14500)
    invoice.location = kiyosumi
    with pytest.raises(DomainError) as refused:
        make_payment(invoice, 14500)
    assert refused.value.code == "other_location"


def test_invoice_paid_is_sent_once_when_the_last_part_comes(hafen, django_capture_on_commit_callbacks):
    invoice = make_issued_invoice(hafen, 14500)
    with Heard(invoice_paid) as ids, django_capture_on_commit_callbacks(execute=True):
        make_payment(invoice, 5000)
        assert ids == []
    with Heard(invoice_paid) as ids, django_capture_on_commit_callbacks(execute=True):
        make_payment(invoice, 9500)
        make_payment(invoice, 9500)
    assert ids == [invoice.pk]


def test_record_by_hand_part_payment_leaves_the_rest_open(hafen, ben):
    invoice = make_issued_invoice(hafen, 14500)
    payment = by_hand(ben, invoice, amount=eur(6000))
    assert (fresh(invoice).open, fresh(invoice).status(TODAY)) == (eur(8500), InvoiceStatus.PARTLY_PAID)
    assert (payment.received_by, payment.reason, payment.method) == ("Ben", "Paid at the desk", "cash")
    assert payment.reference.startswith("cash-")


def test_record_by_hand_over_several_invoices_pays_the_oldest_first(hafen, ben):
    member = make_member(hafen)
    newer = make_issued_invoice(hafen, 2500, member=member)
    older = make_issued_invoice(hafen, 12000, member=member, now=NOW - timedelta(days=40))
    by_hand(ben, newer, older, amount=eur(13000))
    assert (fresh(older).open, fresh(newer).open) == (eur(0), eur(1500))


def test_record_by_hand_replayed_form_lands_on_the_first_payment(hafen, ben):
    invoice = make_issued_invoice(hafen, 14500)
    token = uuid4()
    payment = by_hand(ben, invoice, amount=eur(6000), token=token)
    with pytest.raises(AlreadyUsed) as replay:
        by_hand(ben, invoice, amount=eur(6000), token=token)
    assert replay.value.result == str(payment.uuid)
    assert fresh(invoice).open == eur(8500)


def test_record_by_hand_refused_form_can_be_sent_again(hafen, ben):
    invoice = make_issued_invoice(hafen, 14500)
    token = uuid4()
    with pytest.raises(Conflict):
        by_hand(ben, invoice, amount=eur(99900), token=token)
    assert by_hand(ben, invoice, amount=eur(14500), token=token).money == eur(14500)


def test_record_by_hand_with_somebody_elses_token_is_refused(hafen, ben, mia):
    invoice = make_issued_invoice(hafen, 14500)
    token = uuid4()
    by_hand(ben, invoice, amount=eur(6000), token=token)
    with pytest.raises(Conflict) as refused:
        by_hand(mia, invoice, amount=eur(6000), token=token)
    assert refused.value.code == "token_of_other"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": eur(14501)}, "more_than_open"),
        ({"amount": eur(0)}, "amount_not_positive"),
        ({"amount": Money(100, "JPY")}, "currency_mismatch"),
        ({"amount": eur(100), "reason": "  "}, "reason_missing"),
        ({"amount": eur(100), "method": PaymentMethod.CARD_READER}, "method_not_by_hand"),
        ({"amount": eur(100), "received_at": NOW + timedelta(minutes=1)}, "received_in_future"),
        ({"amount": eur(100), "reason": "card 4242 4242 4242 4242"}, "card_number"),
    ],
)
def test_record_by_hand_refuses(hafen, ben, change, code):
    invoice = make_issued_invoice(hafen, 14500)
    with pytest.raises(DomainError) as refused:
        by_hand(ben, invoice, **change)
    assert refused.value.code == code
    assert Payment.objects.count() == 0


def test_record_by_hand_on_draft_and_void_is_refused(hafen, ben, mia):
    gone = make_issued_invoice(hafen, 14500)
    void(by=Actor.of(mia), invoice=gone, reason="Wrong", now=NOW)
    for invoice in (make_draft(hafen), gone):
        with pytest.raises(Conflict) as refused:
            by_hand(ben, invoice, amount=eur(100))
        assert refused.value.code == "invoice_not_open"


def test_record_by_hand_for_several_payers_is_refused(hafen, ben):
    company = make_company(hafen)
    with pytest.raises(DomainError) as refused:
        by_hand(ben, make_issued_invoice(hafen, 100), make_issued_invoice(hafen, 100, company=company), amount=eur(200))
    assert refused.value.code == "several_payers"


def test_record_by_hand_is_refused_while_a_reader_takes_the_money(hafen, ben):
    invoice = make_issued_invoice(hafen, 14500)
    seen = []

    def busy(invoice_ids, **_kwargs):
        seen.extend(invoice_ids)
        raise Conflict("Being taken now on Front desk.", code="reader_live")

    about_to_change.connect(busy)
    try:
        with pytest.raises(Conflict) as refused:
            by_hand(ben, invoice, amount=eur(100))
    finally:
        about_to_change.disconnect(busy)
    assert (refused.value.code, seen, Payment.objects.count()) == ("reader_live", [invoice.pk], 0)


def test_spread_stops_when_the_amount_is_used_up(hafen):
    member = make_member(hafen)
    first, second = (make_issued_invoice(hafen, 1000, member=member) for _ in range(2))
    assert spread([second, first], eur(1000)) == [(first.pk, 1000)]


@pytest.mark.parametrize("model", [Payment, Allocation])
def test_payment_rows_cannot_be_rewritten(hafen, model):
    make_payment(make_issued_invoice(hafen, 14500))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.update(amount=1)
    assert model.objects.get().amount == 14500
