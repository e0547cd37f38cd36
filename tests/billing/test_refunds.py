"""Money that goes back: never more than came, and what it leaves of the invoice is said, not guessed."""

from uuid import uuid4

import pytest

from billing.enums import CollectionState, InvoiceStatus, PaymentMethod, RefundOutcome
from billing.models import Collection, CreditNote, Invoice, InvoiceLine
from billing.queries.refunds import refundable, spread_back
from billing.services import collecting
from billing.services.invoicing import NewLine, issue, void
from billing.services.payments import record_payment
from billing.signals import invoice_paid
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money
from members.models import DayPass
from members.services.day_passes import balance
from tests.factories.billing import make_draft, make_issued_invoice, make_payment, make_tax_rate
from tests.factories.members import make_member
from tests.factories.passes import make_product
from tests.factories.refunds import BY, NOW, give_back

pytestmark = pytest.mark.django_db
DAY = NOW.date()


def fresh(invoice):
    return Invoice.objects.get(pk=invoice.pk)


def amounts(invoice):
    row = fresh(invoice)
    return row.paid_amount, row.credited_amount, row.open_amount, row.surplus.amount


def pay(invoice, amount=None, **more):
    return make_payment(invoice, amount, method=PaymentMethod.CASH, **more)


def pay_many(*parts):
    """Return one payment of several invoices: pairs of an invoice and its part."""
    first, total = parts[0][0], sum(part for _, part in parts)
    return record_payment(
        by=BY, location=first.location, member=first.member, company=None, method=PaymentMethod.CASH,
        amount=Money(total, "EUR"), reference=f"cash-{uuid4()}", allocations=[(row.pk, part) for row, part in parts],
        received_at=NOW,
    )  # fmt: skip


def test_nobody_is_told_that_a_refunded_invoice_was_paid(hafen, django_capture_on_commit_callbacks):
    heard = []
    invoice = make_issued_invoice(hafen)
    payment = pay(invoice)

    def hear(invoice_id, **_kwargs):
        heard.append(invoice_id)

    invoice_paid.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            give_back(payment)
    finally:
        invoice_paid.disconnect(hear)
    assert heard == []


def test_whole_refund_credits_the_invoice_and_nothing_is_owed(hafen):
    invoice = make_issued_invoice(hafen)
    refund = give_back(pay(invoice))
    assert (refund.state, amounts(invoice)) == ("succeeded", (0, 14500, 0, 0))
    assert fresh(invoice).status(DAY) == InvoiceStatus.REFUNDED
    note = CreditNote.objects.get()
    assert (note.number, note.amount, note.reason) == ("HFN-C000001", 14500, "Did not come")


def test_refunds_in_parts_add_up_and_the_last_cent_is_the_end(hafen):
    invoice = make_issued_invoice(hafen)
    payment = pay(invoice)
    give_back(payment, 4500)
    assert (amounts(invoice), fresh(invoice).status(DAY)) == ((10000, 4500, 0, 0), InvoiceStatus.PARTLY_REFUNDED)
    with pytest.raises(Conflict, match=r"Enter €100\.00 or less"):
        give_back(payment, 10001)
    give_back(payment, 10000)
    assert [note.number for note in CreditNote.objects.all()] == ["HFN-C000001", "HFN-C000002"]
    assert refundable(payment).total == 0


def test_credit_notes_take_off_the_taxes_of_the_invoice(hafen):
    lines = [
        NewLine("Desk", Money(11900, "EUR"), tax_rate=make_tax_rate(hafen)),
        NewLine("Book", Money(10700, "EUR"), tax_rate=make_tax_rate(hafen, name="VAT 7 %", basis_points=700)),
    ]
    invoice = issue(by=BY, invoice=make_draft(hafen, lines=lines), now=NOW)
    payment = pay(invoice)
    for part in (11300, 1, 11299):
        give_back(payment, part)
    first, cent, last = CreditNote.objects.all()
    assert first.rates == [["VAT 19 %", 1900, 5000, 950], ["VAT 7 %", 700, 5000, 350]]
    assert sum(note.net_amount for note in (first, cent, last)) == invoice.net_amount
    assert sum(note.tax_amount for note in (first, cent, last)) == invoice.tax_amount


def test_reopened_invoice_is_owed_and_no_card_is_charged_by_itself(hafen):
    invoice = make_issued_invoice(hafen)
    Invoice.objects.filter(pk=invoice.pk).update(auto_collect=True)
    Collection.objects.create(invoice=invoice, location=hafen, next_try_on=DAY)
    payment = pay(invoice)
    give_back(payment, 4500, outcome=RefundOutcome.REOPEN)
    collection = Collection.objects.get()
    assert (amounts(invoice), CreditNote.objects.count()) == ((10000, 0, 4500, 0), 0)
    assert (collection.state, collection.stop_reason, collection.next_try_on) == ("stopped", "refunded", None)
    assert fresh(invoice).reopened_at == NOW
    collecting.resume(by=BY, invoice=invoice, now=NOW)  # a person's word
    assert (fresh(invoice).reopened_at, Collection.objects.get().state) == (None, CollectionState.SCHEDULED)


def test_paying_a_reopened_invoice_another_way_ends_it(hafen):
    invoice = make_issued_invoice(hafen)
    give_back(pay(invoice), outcome=RefundOutcome.REOPEN)
    pay(fresh(invoice), reference="cash-2")
    assert (amounts(invoice), fresh(invoice).reopened_at) == ((14500, 0, 0, 0), None)


def test_refunding_one_of_two_payments_leaves_the_invoice_paid(hafen):
    invoice = make_issued_invoice(hafen)
    first, second = pay(invoice), pay(invoice, 14500, reference="cash-twice")
    assert fresh(invoice).status(DAY) == InvoiceStatus.OVERPAID
    give_back(first)
    assert (amounts(invoice), CreditNote.objects.count()) == ((14500, 0, 0, 0), 0)
    assert fresh(invoice).status(DAY) == InvoiceStatus.PAID
    give_back(second)
    assert (amounts(invoice), CreditNote.objects.count()) == ((0, 14500, 0, 0), 1)


def test_refund_by_allocation_touches_only_its_invoice(hafen):
    member = make_member(hafen)
    one, two = (make_issued_invoice(hafen, total, member=member) for total in (6000, 8500))
    payment = pay_many((one, 6000), (two, 8500))
    give_back(payment, parts={two.pk: 500})
    assert (amounts(one), amounts(two)) == ((6000, 0, 0, 0), (8000, 500, 0, 0))
    with pytest.raises(Conflict, match="can still go back"):
        give_back(payment, parts={one.pk: 6001})  # the payment has that much, the invoice has not
    with pytest.raises(DomainError, match="not paid with this payment"):
        give_back(payment, parts={make_issued_invoice(hafen).pk: 1})


def test_spread_takes_the_surplus_first_then_the_newest(hafen):
    member = make_member(hafen)
    one, two = (make_issued_invoice(hafen, total, member=member) for total in (6000, 8500))
    payment = pay_many((one, 7000), (two, 8500))  # ten euro too much on the first
    left, invoices = refundable(payment), [fresh(one), fresh(two)]
    assert spread_back(left, invoices, 1000) == {one.pk: 1000}
    assert spread_back(left, invoices, 3000) == {one.pk: 1000, two.pk: 2000}
    assert spread_back(left, invoices, 15500) == {one.pk: 7000, two.pk: 8500}


def test_money_that_paid_no_invoice_goes_back_without_one(hafen):
    invoice = make_issued_invoice(hafen)
    loose = record_payment(
        by=BY, location=hafen, member=invoice.member, company=None, method=PaymentMethod.CASH,
        amount=Money(3000, "EUR"), reference="cash-loose", allocations=[], received_at=NOW,
    )  # fmt: skip
    give_back(loose, loose=1000)
    assert (refundable(loose).loose, amounts(invoice)) == (2000, (0, 0, 14500, 0))


def test_refund_of_a_void_invoice_makes_no_credit_note(hafen):
    invoice = make_issued_invoice(hafen)
    void(by=BY, invoice=invoice, reason="wrong", now=NOW)
    give_back(pay(invoice, 14500))
    assert (amounts(invoice), CreditNote.objects.count()) == ((0, 0, 0, 0), 0)


def test_credited_invoice_cannot_be_voided_and_a_reopened_one_can(hafen):
    credited, reopened = make_issued_invoice(hafen), make_issued_invoice(hafen)
    give_back(pay(credited))
    give_back(pay(reopened), outcome=RefundOutcome.REOPEN)
    with pytest.raises(Conflict, match="its credit note stands"):
        void(by=BY, invoice=fresh(credited), reason="wrong", now=NOW)
    void(by=BY, invoice=fresh(reopened), reason="wrong", now=NOW)


def test_what_was_credited_counts_when_the_rest_is_paid(hafen):
    lines = [NewLine("Desk", Money(10000, "EUR")), NewLine("Print", Money(4500, "EUR"))]
    invoice = issue(by=BY, invoice=make_draft(hafen, lines=lines), now=NOW)
    give_back(pay(invoice, 10000), 2000)
    assert amounts(invoice) == (8000, 2000, 4500, 0)
    pay(fresh(invoice), 4500, reference="cash-rest")
    assert set(InvoiceLine.objects.exclude(fulfilled_at=None).values_list("description", flat=True)) == {
        "Desk",
        "Print",
    }


def sold_pass(place, count=1):
    line = NewLine("Day pass", Money(2500, "EUR"), product=make_product(place), quantity=count)
    invoice = issue(by=BY, invoice=make_draft(place, lines=[line]), now=NOW)
    return invoice, pay(invoice), DayPass.objects.get(source_line=invoice.lines.get().pk)


@pytest.mark.parametrize(("wanted", "left"), [(True, 0), (False, 1)])
def test_pass_is_taken_back_when_that_was_wanted(hafen, morning, wanted, left):
    invoice, payment, bought = sold_pass(hafen)
    give_back(payment, take_back=[invoice.lines.get().pk] if wanted else [])
    bought.refresh_from_db()
    assert (balance(bought), bought.revoked_at is not None) == (left, wanted)


def test_pass_of_another_invoice_cannot_be_taken_back(hafen, morning):
    other, _payment, bought = sold_pass(hafen)
    give_back(pay(make_issued_invoice(hafen)), take_back=[other.lines.get().pk])
    assert balance(bought) == 1
