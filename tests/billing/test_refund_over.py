"""What was paid too much is given back by a form of its own, which fills in no more than that and changes nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.enums import PaymentMethod, RefundMethod
from billing.models import CreditNote, Invoice, Refund
from billing.services.payments import record_payment
from billing.services.surplus import move_surplus
from flexspace.core.models import Location
from flexspace.core.money import Money
from tests.factories.billing import NOW, make_issued_invoice, make_payment
from tests.factories.members import make_member
from tests.factories.refunds import BY, give_back

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("day_of_the_payments")]


@pytest.fixture
def invoice(hafen):
    """An invoice of 145 euro that was paid with 100 and 120: 75 too much."""
    row = make_issued_invoice(hafen, member=make_member(hafen))
    make_payment(row, 10000, method=PaymentMethod.CASH, reference="cash-1")
    make_payment(row, 12000, method=PaymentMethod.CASH, reference="cash-2")
    return Invoice.objects.get(pk=row.pk)


def newest(invoice):
    return invoice.allocations.latest("pk").payment


def address(invoice, query="&over"):
    return reverse("billing:refund_new", args=[newest(invoice).uuid]) + f"?invoice={invoice.uuid}{query}"


def form_of(invoice, amount, **change):
    return {"token": str(uuid4()), f"part_{invoice.pk}": amount, "method": "cash", "reason": "Paid twice", **change}


def test_banner_gives_back_just_what_is_over(client, mia, vic, invoice):
    client.force_login(mia)
    detail = reverse("billing:invoice_detail", args=[invoice.uuid])
    page = client.get(detail).content.decode()
    assert "€75.00 more than is owed was paid." in page
    assert "Give €75.00 back" in page
    assert address(invoice).replace("&", "&amp;") in page
    shown = client.get(address(invoice))
    assert [field.initial for field in shown.context["form"].amounts] == ["75.00"]
    assert f"€75.00 is over on {invoice}" in shown.content.decode()
    assert "outcome" not in shown.context["form"].fields
    assert client.post(address(invoice), form_of(invoice, "75")).status_code == 302
    row = Invoice.objects.get(pk=invoice.pk)
    assert (row.paid_amount, row.surplus.amount, row.open_amount, CreditNote.objects.count()) == (14500, 0, 0, 0)
    assert client.get(address(invoice)).url == detail
    client.force_login(vic)
    assert "Give €" not in client.get(detail).content.decode()


def test_no_more_than_is_over_goes_back_by_it(client, mia, hafen, invoice):
    client.force_login(mia)
    form = client.post(address(invoice), form_of(invoice, "75.01")).context["form"]
    assert form.errors == {f"part_{invoice.pk}": [f"Enter €75.00 or less: that is what is over on {invoice}."]}
    other = make_issued_invoice(hafen, 5000, member=invoice.member)
    move_surplus(by=BY, source=invoice, target=other, now=NOW)  # while the form was open
    form = client.post(address(invoice), form_of(invoice, "75")).context["form"]
    assert form.errors == {f"part_{invoice.pk}": [f"Enter €25.00 or less: that is what is over on {invoice}."]}
    assert Refund.objects.count() == 0


def test_payment_that_can_give_back_all_of_it_is_offered_before_a_newer_one(client, mia, invoice):
    make_payment(invoice, 500, method=PaymentMethod.CASH, reference="cash-3")
    client.force_login(mia)
    page = client.get(reverse("billing:invoice_detail", args=[invoice.uuid])).content.decode()
    second = invoice.allocations.get(payment__reference="cash-2").payment
    assert "Give €80.00 back" in page
    assert reverse("billing:refund_new", args=[second.uuid]) + f"?invoice={invoice.uuid}&amp;over" in page


@pytest.mark.parametrize(
    ("state", "code", "chosen"),
    [
        ("failed", "expired_or_canceled_card", RefundMethod.CASH),
        ("failed", "not_sent", RefundMethod.CARD),
        ("succeeded", "", RefundMethod.CARD),
    ],
)
def test_cash_is_chosen_where_the_card_took_nothing(client, mia, hafen, state, code, chosen):
    payment = make_payment(make_issued_invoice(hafen))
    refund = give_back(payment, 4500, method=RefundMethod.CARD)
    Refund.objects.filter(pk=refund.pk).update(
        state=state, failure_code=code, reference="re_1", finished_at=timezone.now(), next_check_at=None
    )
    client.force_login(mia)
    form = client.get(reverse("billing:refund_new", args=[payment.uuid])).context["form"]
    assert form["method"].value() == chosen


def test_too_much_is_said_at_the_amount_that_is_to_blame_and_what_was_typed_stays(client, mia, hafen):
    lena = make_member(hafen)
    first, second = (make_issued_invoice(hafen, total, member=lena) for total in (6000, 4000))
    payment = record_payment(
        by=BY, location=hafen, member=lena, company=None, method=PaymentMethod.CASH, amount=Money(10000, "EUR"),
        reference="both", allocations=[(first.pk, 6000), (second.pk, 4000)], received_at=NOW,
    )  # fmt: skip
    client.force_login(mia)
    there = reverse("billing:refund_new", args=[payment.uuid])
    typed = form_of(first, "600", outcome="reopen", **{f"part_{second.pk}": "1"})
    page = client.post(there, typed)
    said = "Enter €60.00 or less: that is what can still go back."
    assert page.context["form"].errors == {f"part_{first.pk}": [said]}
    assert [field.value() for field in page.context["form"].amounts] == ["600", "1"]
    assert (page.context["form"]["outcome"].value(), "Paid twice" in page.content.decode()) == ("reopen", True)
    both = client.post(there, {**typed, f"part_{second.pk}": "100"}).context["form"]
    assert both.non_field_errors() == ["Enter €100.00 or less in all: that is what can still go back."]


def test_desk_reads_what_is_left_of_its_limit_and_finds_no_more_filled_in(client, ben, mia, hafen):
    Location.objects.filter(pk=hafen.pk).update(refund_limit_desk=5000)
    row = make_issued_invoice(hafen)
    payment = make_payment(row, method=PaymentMethod.CASH)
    client.force_login(ben)
    there = reverse("billing:refund_new", args=[payment.uuid])
    assert [field.initial for field in client.get(there).context["form"].amounts] == ["50.00"]
    give_back(payment, 3500)
    page = client.get(there)
    said = "€35.00 of this payment went back already; you may give back €15.00 more. For more, ask Mia."
    assert said in page.content.decode()
    assert [field.initial for field in page.context["form"].amounts] == ["15.00"]
    assert client.post(there, form_of(row, "15.01", outcome="credit")).context["form"].non_field_errors() == [said]
    assert client.post(there, form_of(row, "15", outcome="credit")).status_code == 302
    assert '<form class="form"' not in client.get(there).content.decode()  # all of the limit is used up


@pytest.mark.parametrize(
    ("limit", "days", "said"),
    [
        (0, 0, "You give no money back here: ask Mia."),
        (20000, 1, "The front desk gives back what came the same day. Ask Mia."),
        (5000, 1, "The front desk gives back what came the same day. Ask Mia."),
    ],
)
def test_who_may_give_nothing_back_reads_whom_to_ask_and_gets_no_form(client, ben, mia, hafen, limit, days, said):
    Location.objects.filter(pk=hafen.pk).update(refund_limit_desk=limit)
    row = make_issued_invoice(hafen)
    payment = make_payment(row, method=PaymentMethod.CASH, received_at=NOW - timedelta(days=days))
    client.force_login(ben)
    there = reverse("billing:refund_new", args=[payment.uuid])
    for answer in (client.get(there), client.post(there, form_of(row, "1", outcome="credit"))):
        page = answer.content.decode()
        assert (page.count(said), "button--danger-solid" in page, 'name="reason"' in page) == (1, False, False)
    assert not Refund.objects.exists()
