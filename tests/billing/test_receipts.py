"""Receipts: one a payment by itself, and by hand as often as somebody asks."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from billing.enums import PaymentMethod
from billing.models import Notice
from billing.services.payments import record_payment
from billing.services.receipts import mail_receipt
from billing.tasks import send_notice
from flexspace.core.actors import Actor
from flexspace.core.money import Money
from tests.factories.billing import make_issued_invoice
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db
BEN = Actor("user", "1", "Ben")


def pay(invoices, **change):
    first = invoices[0]
    facts = {
        "method": PaymentMethod.CARD_READER,
        "received_at": timezone.now(),
        "reference": f"pi_test_{uuid4()}",
    } | change
    return record_payment(
        by=Actor.stripe(),
        location=first.location,
        member=first.member,
        company=first.company,
        amount=Money(sum(invoice.total_amount for invoice in invoices), "EUR"),
        allocations=[(invoice.pk, invoice.total_amount) for invoice in invoices],
        **facts,
    )


def test_one_payment_of_three_invoices_has_one_receipt(hafen):
    member = make_member(hafen, email="lena@example.com")
    invoices = [make_issued_invoice(hafen, 1000, member=member) for _ in range(3)]
    payment = pay(invoices, reference="pi_test_three")
    assert pay(invoices, reference="pi_test_three") == payment
    row = Notice.objects.get()
    assert (row.kind, row.to, row.payment, row.cause) == (
        "receipt",
        "lena@example.com",
        payment,
        f"payment:{payment.uuid}",
    )
    send_notice(row.pk)
    assert mail.outbox == []  # its payer may still say where to
    with time_machine.travel(row.next_try_at, tick=False):
        send_notice(row.pk)
    [sent] = mail.outbox
    assert (sent.subject, [name for name, *_rest in sent.attachments]) == (
        "Your receipt from Hafenplatz",
        ["receipt-pi-test-three.pdf"],
    )
    assert "For invoices: HFN-000001, HFN-000002, HFN-000003" in sent.body


@pytest.mark.parametrize(
    "change", [{"method": PaymentMethod.TRANSFER}, {"received_at": timezone.now() - timedelta(days=2)}]
)
def test_payment_that_is_only_written_down_mails_nothing(hafen, change):
    pay([make_issued_invoice(hafen)], **change)
    assert Notice.objects.count() == 0


def test_location_that_sends_no_receipts_mails_nothing(hafen):
    hafen.send_receipts = False
    hafen.save()
    pay([make_issued_invoice(hafen)])
    assert Notice.objects.count() == 0


def test_payer_without_an_address_gets_no_receipt_by_itself_but_by_hand(hafen):
    payment = pay([make_issued_invoice(hafen, member=make_member(hafen, email=""))])
    assert Notice.objects.count() == 0
    mail_receipt(by=BEN, payment=payment, to="lena@example.com", token=uuid4(), now=timezone.now())
    send_notice(Notice.objects.get().pk)
    assert [sent.to for sent in mail.outbox] == [["lena@example.com"]]


def test_company_gets_its_receipt_at_its_own_address(hafen):
    company = make_company(hafen, email="rechnung@nordlicht.example")
    pay([make_issued_invoice(hafen, company=company)])
    assert [(row.to, row.company) for row in Notice.objects.all()] == [("rechnung@nordlicht.example", company)]


def test_money_that_paid_nothing_mails_nothing(hafen):
    record_payment(
        by=Actor.stripe(),
        location=hafen,
        member=make_member(hafen, email="lena@example.com"),
        company=None,
        method=PaymentMethod.CARD_READER,
        amount=Money(100, "USD"),
        reference="pi_test_dollar",
        allocations=[],
        received_at=timezone.now(),
    )
    assert Notice.objects.count() == 0
