"""Pages of payments, and money recorded by hand."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice, Payment
from billing.services.attaching import attach_money
from flexspace.core.actors import Actor
from flexspace.core.money import Money
from tests.factories.billing import make_issued_invoice, make_payment
from tests.factories.members import make_member

pytestmark = pytest.mark.django_db
NOTHING = "00000000-0000-4000-8000-000000000000"


def page(client, user, view, /, *args, query="", **headers):
    client.force_login(user)
    return client.get(reverse(view, args=args) + query, **headers)


def send(client, user, view, /, *args, query="", **data):
    client.force_login(user)
    return client.post(reverse(view, args=args) + query, data)


def payment_form(invoice, **change):
    facts = {
        "token": str(uuid4()),
        "method": "cash",
        "amount": invoice.open.plain(),
        "received_on": invoice.location.today(timezone.now()).isoformat(),
        "reason": "Paid at the desk",
    }
    return facts | change


@pytest.mark.parametrize("count", [1, 3])
def test_payment_list_takes_the_same_queries_at_one_and_three_rows(
    client, hafen, ben, count, django_assert_num_queries
):
    for _ in range(count):
        make_payment(make_issued_invoice(hafen))
    client.force_login(ben)
    with django_assert_num_queries(7):  # session, user, locations, payments, allocations, invoices, refunds
        answer = client.get(reverse("billing:payment_list"))
    assert len(answer.context["page"].rows) == count


def test_record_payment_books_and_lands_on_the_payment(client, hafen, ben):
    invoice = make_issued_invoice(hafen)
    query = f"?invoice={invoice.uuid}"
    answer = send(client, ben, "billing:payment_record", query=query, **payment_form(invoice, amount="60"))
    payment = Payment.objects.get()
    assert answer.url == reverse("billing:payment_detail", args=[payment.uuid])
    assert (payment.money, payment.received_by) == (Money(6000, "EUR"), "Ben")
    assert page(client, ben, "billing:payment_detail", payment.uuid).status_code == 200


def test_record_payment_replayed_lands_on_the_first_and_changes_nothing(client, hafen, ben):
    invoice = make_issued_invoice(hafen)
    form, query = payment_form(invoice), f"?invoice={invoice.uuid}"
    answers = [send(client, ben, "billing:payment_record", query=query, **form) for _ in range(2)]
    assert answers[0].url == answers[1].url
    assert Payment.objects.count() == 1


def test_record_payment_over_several_invoices(client, hafen, ben):
    member = make_member(hafen)
    first, second = (make_issued_invoice(hafen, total, member=member) for total in (12000, 2500))
    query = f"?invoice={second.uuid}&invoice={first.uuid}"
    assert page(client, ben, "billing:payment_record", query=query).context["owing"] == Money(14500, "EUR")
    send(client, ben, "billing:payment_record", query=query, **payment_form(first, amount="130.00"))
    assert [invoice.open for invoice in Invoice.objects.order_by("pk")] == [Money(0, "EUR"), Money(1500, "EUR")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"amount": "145.01"}, "Only €145.00 is open"),
        ({"amount": "-1"}, "more than nothing"),
        ({"amount": "1.001"}, "Too many decimals for EUR"),
        ({"method": "card_reader"}, "not one of the available choices"),
        ({"reason": ""}, "Say where the money came from"),
        ({"reason": "4242 4242 4242 4242"}, "Card numbers may not be stored"),
        ({"received_on": "2099-01-01"}, "in the future"),
        ({"received_on": "1999-01-01"}, "Check the year"),
        ({"token": ""}, "Reload the page"),
    ],
)
def test_record_payment_that_cannot_be_is_refused(client, hafen, ben, change, said):
    invoice = make_issued_invoice(hafen)
    form, query = payment_form(invoice, **change), f"?invoice={invoice.uuid}"
    answer = send(client, ben, "billing:payment_record", query=query, **form)
    assert (answer.status_code, Payment.objects.count()) == (200, 0)
    assert said in answer.content.decode()


@pytest.mark.parametrize("query", ["", "?invoice=nonsense", f"?invoice={NOTHING}"])
def test_record_payment_without_an_invoice_is_not_there(client, hafen, ben, query):
    assert page(client, ben, "billing:payment_record", query=query).status_code == 404


def test_record_payment_over_two_currencies_is_not_there(client, hafen, kiyosumi, ada):
    euro, yen = make_issued_invoice(hafen), make_issued_invoice(kiyosumi, 16500)
    query = f"?invoice={euro.uuid}&invoice={yen.uuid}"
    assert page(client, ada, "billing:payment_record", query=query).status_code == 404


def test_balance_is_shown_with_the_oldest_invoice_it_can_pay_and_used_by_one_click(client, ben, vic, hafen):
    anna = make_member(hafen, name="Anna Keller")
    loose = attach_money(
        by=Actor.of(ben), invoice=make_issued_invoice(hafen, 100, member=anna), amount=Money(1000, "EUR"),
        reference="pi_loose", received_at=timezone.now(), reason="Reader alone", livemode=False, now=timezone.now(),
    )  # fmt: skip
    old, new = (make_issued_invoice(hafen, 600, member=anna) for _ in range(2))
    client.force_login(ben)
    details, use = reverse("billing:payer_invoices", args=["member", anna.uuid]), "billing:rest_use"
    text = client.get(details).content.decode()
    assert f"Use it for {old.number}" in text
    assert "€9.00" in text
    for invoice in (old, new):
        client.post(reverse(use, args=[loose.uuid]), {"invoice": str(invoice.uuid)})
    assert [Invoice.objects.get(pk=row.pk).open_amount for row in (old, new)] == [0, 300]
    said = client.post(reverse(use, args=[loose.uuid]), {"invoice": str(new.uuid)}, follow=True).content.decode()
    assert "Choose another invoice" in said
    assert "Balance" not in client.get(details).content.decode()
    assert client.post(reverse(use, args=[loose.uuid]), {"invoice": "x"}).status_code == 404
    client.force_login(vic)
    assert client.post(reverse(use, args=[loose.uuid]), {"invoice": str(new.uuid)}).status_code == 403
