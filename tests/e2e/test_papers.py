"""Invoices and receipts on paper and by mail, as people at the desk press for them."""

import pytest
from django.core import mail
from django.urls import reverse
from playwright.sync_api import expect

from billing.models import Notice, Payment
from billing.tasks import send_notice
from tests.e2e.look import walk
from tests.factories.billing import make_payment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


@pytest.fixture
def desk(counter_of, product, ben):
    """Return Ben's browser; nothing here needs Stripe."""
    return counter_of(ben)


def file_behind(desk, name):
    """Return what the link ``name`` answers to this browser."""
    link = desk.page.get_by_role("link", name=name)
    expect(link).to_have_attribute("target", "_blank")
    return desk.page.context.request.get(desk.base + link.get_attribute("href"))


def test_pdf_button_answers_the_invoice(desk, hafen, invoice_of):
    invoice = invoice_of(hafen)
    desk.open_invoice(invoice)
    answer = file_behind(desk, "PDF")
    assert (answer.status, answer.headers["content-type"], answer.body()[:5]) == (200, "application/pdf", b"%PDF-")
    with desk.page.context.expect_event("request", lambda request: request.url.endswith("/pdf/")) as asked:
        desk.press("p")
    assert asked.value.url == desk.base + reverse("billing:invoice_file", args=[invoice.uuid])


def test_invoice_is_mailed_by_key_once_though_pressed_twice(desk, hafen, invoice_of):
    invoice = invoice_of(hafen)
    desk.open_invoice(invoice)
    desk.press("e")
    to = desk.page.get_by_label("To", exact=True)
    expect(to).to_have_value(invoice.payer.email)
    to.fill("lena")
    desk.page.get_by_role("button", name="Send").click()
    desk.says("Write it like name@example.org.")
    to.fill("lena@example.com")
    desk.page.get_by_role("button", name="Send").dblclick()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("Invoice HFN-000001")
    desk.says("On the way")

    send_notice(Notice.objects.get().pk)
    page = desk.go("billing:outbox")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("Sent")
    page.get_by_role("link", name="Invoice HFN-000001").click()
    desk.says("please pay €145.00")
    assert [(sent.to, sent.attachments[0][0]) for sent in mail.outbox] == [
        (["lena@example.com"], "invoice-HFN-000001.pdf")
    ]


def test_failed_mail_is_shown_and_sent_again(desk, hafen, invoice_of, settings):
    payment = make_payment(invoice_of(hafen))
    desk.go("billing:payment_detail", payment.uuid)
    desk.press("e")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    desk.page.get_by_label("To", exact=True).fill("lena@example.com")
    desk.page.get_by_role("button", name="Send").click()
    desk.says("On the way")
    notice = Notice.objects.get(to="lena@example.com")
    for _ in range(6):
        Notice.objects.filter(pk=notice.pk).update(next_try_at=notice.created_at)
        send_notice(notice.pk)
    desk.page.reload()
    desk.says("Not sent")
    desk.page.get_by_role("link", name="Receipt for €145.00").click()
    desk.says("The mail server cannot be reached")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    desk.press("a")
    desk.says("On the way")
    send_notice(notice.pk)
    desk.page.reload()
    desk.says("sent")
    assert [sent.to for sent in mail.outbox] == [["lena@example.com"]]


def test_payment_on_the_reader_leaves_a_receipt_with_the_cards_facts(counter, outside, invoice):
    counter.charge(invoice)
    counter.picture("waiting")
    outside.tap(outside.reader)
    counter.picture("paid")
    counter.says(f"The receipt goes to {invoice.payer.email}.")
    payment = Payment.objects.get()
    counter.go("billing:payment_detail", payment.uuid)
    counter.press("r")
    for said in ("Receipt for €145.00", "Visa •••• 4242", "A0000000031010", "Practice: no money moved"):
        counter.says(said)
    assert file_behind(counter, "PDF").body()[:5] == b"%PDF-"
    assert [(row.kind, row.to) for row in Notice.objects.all()] == [("receipt", invoice.payer.email)]


def test_names_headings_and_widths(counter_of, product, hafen, invoice_of, ben):
    payment = make_payment(invoice_of(hafen))
    invoice = invoice_of(hafen)
    desk = counter_of(ben, has_touch=True)
    desk.go("billing:invoice_mail", invoice.uuid)
    desk.page.get_by_role("button", name="Send").click()
    desk.says("On the way")
    pages = [
        ("billing:invoice_detail", [invoice.uuid]),
        ("billing:payment_detail", [payment.uuid]),
        ("billing:payment_receipt", [payment.uuid]),
        ("billing:invoice_mail", [invoice.uuid]),
        ("billing:outbox", []),
        ("billing:notice_detail", [Notice.objects.get(kind="invoice").uuid]),
    ]
    assert walk(desk, pages) == {}
