"""More came by hand than is open: a typing error until somebody says that it is the payer's money, then a balance."""

from io import BytesIO
from uuid import uuid4

import pytest
from django.urls import reverse
from pypdf import PdfReader

from billing.enums import PaymentMethod, RefundMethod
from billing.models import Invoice, Payment
from billing.papers import receipt_paper
from billing.pdf import receipt_pdf
from billing.queries.balance import rests_of
from billing.services.payments import record_by_hand, record_payment
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money
from tests.billing.test_payment_pages import payment_form, send
from tests.factories.billing import NOW, make_issued_invoice
from tests.factories.members import make_member
from tests.factories.refunds import give_back

pytestmark = pytest.mark.django_db


def eur(amount):
    return Money(amount, "EUR")


def transfer(user, *invoices, amount, **change):
    facts = {"reason": "Bank, 27 Nov", "received_at": NOW, "now": NOW, **change}
    return record_by_hand(
        by=Actor.of(user), invoices=invoices, amount=eur(amount), method=PaymentMethod.TRANSFER, **facts
    )


@pytest.fixture
def two(hafen):
    member = make_member(hafen, name="Anna Keller")
    return [make_issued_invoice(hafen, total, member=member) for total in (8000, 2000)]


def test_what_is_over_stays_as_balance_and_no_invoice_is_overpaid(two, ben, ada):
    payment = transfer(ben, *two, amount=12500, beyond=2500)
    assert [(row.open_amount, row.surplus.amount) for row in Invoice.objects.order_by("pk")] == [(0, 0), (0, 0)]
    assert [(one.payment, one.left) for one in rests_of(payment.member, user=ada)] == [(payment, eur(2500))]
    said = audit.timeline(payment)[0]
    assert (said.after["amount"], sum(said.after["allocated"].values())) == (12500, 10000)


@pytest.mark.parametrize("seen", [0, 2499])
def test_more_than_somebody_has_seen_is_refused(two, ben, seen):
    with pytest.raises(Conflict) as refused:
        transfer(ben, *two, amount=12500, beyond=seen)
    assert (refused.value.code, Payment.objects.count()) == ("more_than_open", 0)


def test_what_was_paid_meanwhile_does_not_become_a_balance_unseen(two, ben):
    transfer(ben, two[0], amount=8000)
    with pytest.raises(Conflict) as refused:
        transfer(ben, *two, amount=12500, beyond=2500)
    assert refused.value.code == "more_than_open"
    with pytest.raises(Conflict) as refused:
        transfer(ben, two[0], amount=2500, beyond=2500)
    assert (refused.value.code, Payment.objects.count()) == ("nothing_open", 1)


def test_parts_and_rest_have_to_make_up_the_payment(two, ben):
    with pytest.raises(DomainError) as refused:
        record_payment(
            by=Actor.of(ben), location=two[0].location, member=two[0].member, company=None, received_at=NOW,
            method=PaymentMethod.CASH, amount=eur(9000), reference="x", allocations=[(two[0].pk, 8000)], rest=999,
        )  # fmt: skip
    assert refused.value.code == "allocation_sum"


def test_page_asks_first_and_shows_the_balance_after(client, two, ben):
    query, url = f"?invoice={two[0].uuid}", "billing:payment_record"
    form = payment_form(two[0], amount="100", method="transfer", token=str(uuid4()))
    asked = send(client, ben, url, query=query, **form).content.decode()
    assert "Only €80.00 is open: €20.00 would be too much." in asked
    assert "Anna Keller paid that much: keep €20.00 as balance" in asked
    wrong = send(client, ben, url, query=query, **form | {"amount": "110", "keep": "2000"}).content.decode()
    assert "keep €30.00 as balance" in wrong  # the sum that was ticked is not the sum that would be kept
    assert Payment.objects.count() == 0
    shown = client.get(send(client, ben, url, query=query, **form | {"keep": "2000"}).url).content.decode()
    assert "Anna Keller’s balance" in shown
    assert f"€100.00 received for {two[0]}: bank transfer, €20.00 of it as balance" in shown
    details = client.get(reverse("billing:payer_invoices", args=["member", two[0].member.uuid])).content.decode()
    assert f"Use it for {two[1].number}" in details


@pytest.mark.parametrize("keep", ["x", "-1", "0", "2000"])
def test_tick_alone_changes_nothing_where_nothing_is_over(client, two, ben, keep):
    form = payment_form(two[0], keep=keep)
    send(client, ben, "billing:payment_record", query=f"?invoice={two[0].uuid}", **form)
    assert [row.amount for row in Payment.objects.all()] == ([8000] if keep == "2000" else [])


def test_receipt_says_what_was_paid_on_account(client, two, ben, hafen):
    payment = transfer(ben, two[0], amount=10000, beyond=2000)
    paper = receipt_paper(payment)
    assert ([row.part for row in paper.covered], paper.on_account) == ([eur(8000)], eur(2000))
    assert "On account" in "".join(page.extract_text() for page in PdfReader(BytesIO(receipt_pdf(paper))).pages)
    client.force_login(ben)
    assert "On account" in client.get(reverse("billing:payment_receipt", args=[payment.uuid])).content.decode()
    assert receipt_paper(transfer(ben, two[1], amount=2000)).on_account is None


def test_receipt_says_what_went_back(client, two, ben, mia):
    payment = transfer(ben, two[0], amount=8000)
    give_back(payment, 3000, method=RefundMethod.CASH, now=NOW)
    paper = receipt_paper(Payment.objects.get(pk=payment.pk))
    assert [row.amount for row in paper.went_back] == [eur(-3000)]
    assert "Refunded" in "".join(page.extract_text() for page in PdfReader(BytesIO(receipt_pdf(paper))).pages)
    client.force_login(mia)
    shown = client.get(reverse("billing:payment_receipt", args=[payment.uuid])).content.decode()
    assert ("Given back" in shown, "€30.00" in shown) == (True, True)
