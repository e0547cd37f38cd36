"""What was paid too much on an invoice pays another: the sums stay right, and no more goes over than is over."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from billing.enums import InvoiceStatus, PaymentMethod, RefundMethod
from billing.models import Allocation, Invoice
from billing.papers import invoice_paper, receipt_paper
from billing.queries.balance import with_rest
from billing.queries.refunds import refundable
from billing.queries.surplus import overpaid_with
from billing.services.invoicing import NewLine, issue, void
from billing.services.surplus import move_surplus
from billing.signals import invoice_paid
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import AuditEvent
from flexspace.core.money import Money
from members.models import DayPass
from tests.factories.billing import NOW, make_draft, make_issued_invoice, make_payment
from tests.factories.members import make_member
from tests.factories.passes import make_product
from tests.factories.refunds import BY, give_back

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("day_of_the_payments")]
DAY = NOW.date()


@pytest.fixture
def lena(hafen):
    return make_member(hafen)


@pytest.fixture
def source(hafen, lena):
    """An invoice of 145 euro that was paid with 100 and 65: 20 too much."""
    invoice = make_issued_invoice(hafen, member=lena)
    make_payment(invoice, 10000, method=PaymentMethod.CASH, reference="cash-1")
    make_payment(invoice, 6500, method=PaymentMethod.CASH, reference="cash-2")
    return fresh(invoice)


@pytest.fixture
def target(hafen, lena):
    return make_issued_invoice(hafen, 5000, member=lena)


def fresh(invoice):
    return Invoice.objects.get(pk=invoice.pk)


def amounts(*invoices):
    return [(row.paid_amount, row.open_amount, row.surplus.amount) for row in map(fresh, invoices)]


def move(source, target, **more):
    return move_surplus(by=BY, source=source, target=target, now=NOW, **more)


def pays(reference):
    """Return what of a payment can go back, by the numbers of its invoices, and what of it paid none."""
    payment = Allocation.objects.filter(payment__reference=reference).first().payment
    left = refundable(payment)
    numbers = {row.pk: str(row) for row in Invoice.objects.all()}
    assert with_rest(type(payment).objects.filter(pk=payment.pk)).get().rest == left.loose
    return {numbers[pk]: part for pk, part in left.parts.items()}, left.loose


def test_surplus_pays_the_other_invoice_and_every_sum_stays_right(source, target):
    assert move(source, target) == Money(2000, "EUR")
    assert amounts(source, target) == [(14500, 0, 0), (2000, 3000, 0)]
    assert fresh(source).status(DAY) == InvoiceStatus.PAID
    assert (pays("cash-1"), pays("cash-2")) == (
        ({"HFN-000001": 10000}, 0),
        ({"HFN-000001": 4500, "HFN-000002": 2000}, 0),
    )
    event = AuditEvent.objects.get(action="billing.payment.moved")
    assert (event.after["amount"], event.after["source"], event.after["invoice"]) == (2000, "HFN-000001", "HFN-000002")
    with pytest.raises(Conflict, match="Nothing is left over"):
        move(source, target)


def test_no_more_goes_over_than_is_open_and_the_rest_can_follow_elsewhere(hafen, lena, source):
    small, next_one = (make_issued_invoice(hafen, total, member=lena) for total in (500, 5000))
    assert (move(source, small).amount, move(source, next_one).amount) == (500, 1500)
    assert amounts(source, small, next_one) == [(14500, 0, 0), (500, 0, 0), (1500, 3500, 0)]


def test_surplus_of_several_payments_goes_over_newest_first(source, target):
    make_payment(source, 1000, method=PaymentMethod.CASH, reference="cash-3")
    assert move(source, target).amount == 3000
    assert (pays("cash-3"), pays("cash-2")[0]) == (
        ({"HFN-000001": 0, "HFN-000002": 1000}, 0),
        {"HFN-000001": 4500, "HFN-000002": 2000},
    )


def test_what_completes_the_other_invoice_gives_what_it_promised(
    hafen, lena, source, django_capture_on_commit_callbacks
):
    heard = []
    lines = [NewLine("Day pass", Money(1500, "EUR"), product=make_product(hafen))]
    target = issue(by=BY, invoice=make_draft(hafen, member=lena, lines=lines), now=NOW)

    def hear(invoice_id, **_kwargs):
        heard.append(invoice_id)

    invoice_paid.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            move(source, target)
    finally:
        invoice_paid.disconnect(hear)
    assert (heard, DayPass.objects.count()) == ([target.pk], 1)


def test_moved_money_goes_back_from_where_it_is_by_now(source, target):
    move(source, target)
    payment = Allocation.objects.filter(payment__reference="cash-2").first().payment
    with pytest.raises(Conflict, match=r"can still go back"):
        give_back(payment, parts={source.pk: 4501})
    give_back(payment, parts={source.pk: 4500, target.pk: 2000})
    assert amounts(source, target) == [(10000, 0, 0), (0, 3000, 0)]
    assert pays("cash-2") == ({"HFN-000001": 0, "HFN-000002": 0}, 0)


def test_what_is_on_its_way_back_is_not_moved(hafen, lena, target):
    source = make_issued_invoice(hafen, member=lena)
    payment = make_payment(source, 16500)
    give_back(payment, 1500, method=RefundMethod.CARD)  # reserved; nothing is gone yet
    assert move(fresh(source), target).amount == 500
    assert amounts(source, target) == [(16000, 0, 1500), (500, 4500, 0)]


def test_all_that_was_paid_on_a_void_invoice_may_be_used(hafen, lena, target):
    source = make_issued_invoice(hafen, 3000, member=lena)
    void(by=BY, invoice=source, reason="Twice", now=NOW)
    make_payment(fresh(source), 3000)  # the bank said yes after all
    assert move(fresh(source), target).amount == 3000
    assert amounts(source, target)[1] == (3000, 2000, 0)
    assert fresh(source).paid_amount == 0


def test_only_an_open_invoice_of_the_same_payer_and_place_takes_it(hafen, source, target, kiyosumi):
    elsewhere = make_issued_invoice(kiyosumi, 5000)
    paid = make_issued_invoice(hafen, 500, member=source.member)
    make_payment(paid)
    for other in (make_issued_invoice(hafen), elsewhere, fresh(paid), source):
        with pytest.raises(DomainError):
            move(source, other)
    assert Allocation.objects.exclude(moved_with=None).count() == 0


def test_database_refuses_to_take_or_pay_more_than_a_payment_holds(source, target):
    part = source.allocations.get(payment__reference="cash-2")
    with pytest.raises(DatabaseError, match="stays above zero"), transaction.atomic():
        Allocation.objects.create(payment=part.payment, invoice=source, amount=-6501, moved_with=target, moved_at=NOW)
    with pytest.raises(DatabaseError, match="allocation_positive"), transaction.atomic():
        Allocation.objects.create(payment=part.payment, invoice=source, amount=-1)
    with pytest.raises(DatabaseError, match="allocation_moved_elsewhere"), transaction.atomic():
        Allocation.objects.create(payment=part.payment, invoice=source, amount=-1, moved_with=source, moved_at=NOW)
    with pytest.raises(DatabaseError, match="stays within billing_payment"), transaction.atomic():
        Allocation.objects.create(payment=part.payment, invoice=target, amount=1)


def test_papers_add_up_after_a_move(source, target):
    move(source, target)
    for invoice in map(fresh, (source, target)):
        paper = invoice_paper(invoice, today=DAY)
        assert paper.total - Money.sum([row.amount for row in paper.paid], "EUR") == paper.open
    covered = receipt_paper(Allocation.objects.filter(payment__reference="cash-2").first().payment).covered
    assert [(row.number, row.part) for row in covered] == [
        ("HFN-000001", Money(4500, "EUR")),
        ("HFN-000002", Money(2000, "EUR")),
    ]


def test_page_offers_the_oldest_and_moves_once(client, mia, source, target, hafen, lena):
    other = make_issued_invoice(hafen, 700, member=lena)
    client.force_login(mia)
    page = client.get(reverse("billing:invoice_detail", args=[source.uuid])).content.decode()
    assert "Use €20.00 for HFN-000002" in page
    payer = reverse("billing:payer_invoices", args=["member", lena.uuid])
    assert "too much on" in client.get(payer).content.decode()
    there = reverse("billing:surplus_use", args=[source.uuid])
    form = client.get(there).context["form"]
    assert [label for _, label in form.fields["invoice"].choices] == [
        "HFN-000002: €50.00 open, due 7 Dec 2026",
        "HFN-000003: €7.00 open, due 7 Dec 2026",
    ]
    wish = {"token": str(uuid4()), "invoice": str(other.uuid)}
    assert client.post(there, wish).url == reverse("billing:invoice_detail", args=[other.uuid])
    client.post(there, wish)
    assert amounts(source, target, other) == [(15800, 0, 1300), (0, 5000, 0), (700, 0, 0)]
    shown = client.get(reverse("billing:invoice_detail", args=[source.uuid])).content.decode()
    assert "moved to" in shown
    assert "moved from" in client.get(reverse("billing:invoice_detail", args=[other.uuid])).content.decode()
    listed = client.get(reverse("billing:payment_list")).content.decode()
    assert "HFN-000001, HFN-000003" in listed
    assert client.get(reverse("billing:surplus_use", args=[target.uuid])).status_code == 302


def test_page_without_another_open_invoice_says_so_and_what_is_over(client, mia, source, lena):
    client.force_login(mia)
    there = reverse("billing:surplus_use", args=[source.uuid])
    page = client.get(there, follow=True).content.decode()
    assert f"€20.00 is over on {source}, but no other invoice of {lena.name} is open." in page
    give_back(source.allocations.latest("pk").payment, 2000, parts={source.pk: 2000})
    assert "Nothing on HFN-000001 is there to be used" in client.get(there, follow=True).content.decode()


def test_row_of_a_payment_offers_only_what_it_pays_too_much_by_now(source, target):
    cash = {row.payment.reference: row.payment_id for row in source.allocations.select_related("payment")}
    make_payment(source, 500, method=PaymentMethod.CASH, reference="cash-3")
    third = Allocation.objects.get(payment__reference="cash-3").payment_id
    move(fresh(source), make_issued_invoice(source.location, 500, member=source.member))  # all of the third
    found = overpaid_with([*cash.values(), third])
    assert found == {pk: (source, Money(2000, "EUR")) for pk in cash.values()}
    move(fresh(source), target)
    assert overpaid_with([*cash.values(), third]) == {}


def test_desk_of_another_place_does_not_find_it(client, yuki, vic, source):
    for user, expected in ((yuki, 404), (vic, 403)):
        client.force_login(user)
        assert client.get(reverse("billing:surplus_use", args=[source.uuid])).status_code == expected
