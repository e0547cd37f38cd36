"""Whoever pays for a day and comes in is told what is true of the door, on the charge screen and the receipt."""

import pytest
from django.urls import reverse
from django.utils import timezone

from access.enums import Source
from access.queries.paid import people_of
from billing.enums import PaymentMethod
from billing.models import Invoice, Payment
from billing.services import sales
from billing.services.payments import record_by_hand
from billing.services.surplus import move_surplus
from flexspace.core.actors import Actor
from members.models import CheckIn
from tests.access.test_pages import Reader
from tests.factories.billing import make_issued_invoice, make_payment
from tests.factories.members import make_member
from tests.factories.passes import make_product

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sold(doors, ben):
    """Return somebody who has bought a pass for today and came in with it, and the payment."""
    product, nina = make_product(doors.location), make_member(doors.location, name="Nina Roth")
    doors.map(product, source=Source.DAY_PASS)
    by, now = Actor.of(ben), timezone.now()
    sale = sales.open_sale(by=by, location=doors.location, payer=nina, now=now)
    sales.add(by=by, sale=sale, product=product, day=doors.location.today(now), now=now)
    invoice = sales.issue(by=by, sale=sale, now=now)
    facts = {"method": PaymentMethod.CASH, "reason": "Counter", "received_at": now, "now": now}
    record_by_hand(by=by, invoices=[invoice], amount=invoice.open, **facts)
    assert CheckIn.objects.get().member == nina
    return nina, Payment.objects.get()


def told(user, payment, **query):
    return Reader(user).get("payment_doors", payment.uuid, **query)


def test_it_asks_again_until_the_cloud_has_answered(doors, sold, ben):
    nina, payment = sold
    first = told(ben, payment)
    assert "The door is being told" in first
    assert "asked=1" in first
    doors.run()
    then = told(ben, payment)
    assert "In Members (cloud) 10:00. Must accept the invitation mailed to" in then
    assert "asked=" not in then
    doors.staff("accept_invitation", user=nina.email)
    doors.run()
    assert "In Members (cloud) 10:00." in told(ben, payment)
    assert "Must accept" not in told(ben, payment)


def test_it_does_not_ask_for_ever(doors, sold, ben):
    _, payment = sold
    assert "asked=" not in told(ben, payment, asked="20")
    doors.pass_time(minutes=3)
    assert "asked=" not in told(ben, payment)


def test_no_seat_is_said_at_once(doors, sold, ben):
    _, payment = sold
    doors.staff("seats", seats=2)
    doors.run()
    said = told(ben, payment, lamp="")
    assert "number 1 on the waiting list" in said
    assert "lamp--fail" in said


def test_the_pages_of_a_payment_ask(doors, sold, ben):
    _, payment = sold
    receipt = Reader(ben).client.get(reverse("billing:payment_receipt", args=[payment.uuid])).content.decode()
    assert reverse("access:payment_doors", args=[payment.uuid]) in receipt


def test_a_payment_that_let_nobody_in_says_nothing(doors, ben):
    payment = Payment.objects.create(
        location=doors.location, member=make_member(doors.location), method="cash", reference="x", amount=100,
        currency="EUR", received_by="Ben",
    )  # fmt: skip
    assert told(ben, payment) == ""


def test_money_that_was_moved_away_says_nothing_of_the_door(doors, sold, ben):
    nina, payment = sold
    invoice = payment.allocations.get().invoice
    second = make_payment(invoice, 1000, method=PaymentMethod.CASH)
    assert people_of(second) == [nina]
    other = make_issued_invoice(doors.location, 1000, member=nina)
    move_surplus(by=Actor.of(ben), source=Invoice.objects.get(pk=invoice.pk), target=other, now=timezone.now())
    assert (people_of(second), people_of(payment)) == ([], [nina])
