"""Rows on paper: invoices and receipts as they are stored, for those who may see them."""

from datetime import UTC, date, datetime
from io import BytesIO
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from pypdf import PdfReader

from billing.enums import PaymentMethod
from billing.models import Collection, Consent, Invoice, InvoiceLine
from billing.papers import file_name, invoice_paper, receipt_paper
from billing.pdf import receipt_pdf
from billing.pdf.facts import PaidRow, Party
from billing.services.invoicing import NewLine, issue, void
from billing.services.payments import record_payment
from flexspace.core.actors import Actor
from flexspace.core.money import Money
from tests.factories.billing import NOW, make_draft, make_issued_invoice, make_payment, make_tax_rate
from tests.factories.cards import make_saved_card
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db
BY = Actor.job("test")
TODAY = NOW.date()
RECEIPT = {
    "application_preferred_name": "VISA CREDIT",
    "dedicated_file_name": "A0000000031010",
    "account_type": "credit",
    "authorization_code": "123456",
    "cardholder_verification_method": "offline_pin",
}


@pytest.fixture
def seller(hafen):
    hafen.legal_name, hafen.tax_id = "Hafenplatz Coworking GmbH", "DE812345678"
    hafen.line1, hafen.postal_code = "Hafenplatz 4", "10963"
    hafen.invoice_note = "HRB 12345 B\nIBAN DE02 1203 0000 0000 2020 51"
    hafen.save()
    return hafen


def pdf_text(answer):
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)


def test_issue_copies_the_seller_so_that_later_changes_print_nothing_new(seller):
    invoice = make_issued_invoice(seller)
    seller.legal_name, seller.line1, seller.tax_id = "Somebody Else Ltd", "Elsewhere 1", "X"
    seller.save()
    assert invoice_paper(invoice, today=TODAY).seller == Party(
        "Hafenplatz Coworking GmbH", ("Hafenplatz 4", "10963 Berlin", "Germany"), "DE812345678"
    )


def test_issue_copies_the_buyer_of_a_company(hafen):
    company = make_company(hafen, address="Torstraße 140\n10119 Berlin", tax_id="DE898765432")
    paper = invoice_paper(make_issued_invoice(hafen, company=company), today=TODAY)
    assert paper.buyer == Party("Studio Tiefgang GmbH", ("Torstraße 140", "10119 Berlin"), "DE898765432")


def test_issue_takes_the_days_of_supply_from_the_lines(hafen):
    draft = make_draft(hafen, lines=[NewLine(name, Money(100, "EUR")) for name in ("Desk", "Pass", "Coffee")])
    days = [{"period_start": date(2026, 12, 1), "period_end": date(2027, 1, 1)}, {"on_date": date(2026, 11, 20)}]
    for line, facts in zip(draft.lines.all(), days, strict=False):
        InvoiceLine.objects.filter(pk=line.pk).update(**facts)
    paper = invoice_paper(issue(by=BY, invoice=draft, now=NOW), today=TODAY)
    assert paper.supply == (date(2026, 11, 20), date(2026, 12, 31))
    assert [line.detail for line in paper.lines] == ["1 – 31 Dec 2026", "20 Nov 2026", ""]


def test_line_says_for_whom_when_it_is_not_the_payer(hafen):
    company = make_company(hafen)
    invoice = make_issued_invoice(hafen, company=company)
    invoice.lines.update(for_member=make_member(hafen, name="Jonas Berg", company=company), part="morning")
    assert invoice_paper(invoice, today=TODAY).lines[0].detail == "Morning · Jonas Berg"


def test_invoice_paper_says_what_is_open_and_how_the_rest_was_paid(hafen):
    rate = make_tax_rate(hafen)
    invoice = make_issued_invoice(hafen, lines=[NewLine("Fixed desk", Money(17850, "EUR"), 1, rate)])
    make_payment(invoice, 7850, received_at=datetime(2026, 11, 24, 23, 30, tzinfo=UTC), method=PaymentMethod.CASH)
    invoice.refresh_from_db()
    paper = invoice_paper(invoice, today=TODAY)
    assert (paper.net, paper.tax, paper.total, paper.open) == tuple(
        Money(amount, "EUR") for amount in (15000, 2850, 17850, 10000)
    )
    assert paper.paid == (PaidRow(date(2026, 11, 25), "Cash", Money(7850, "EUR")),)  # the day in Berlin
    assert paper.terms == "Due on 7 Dec 2026: please pay €100.00 and name HFN-000001."


def collected_invoice(location):
    draft = make_draft(location)
    make_saved_card(draft.member, SimpleNamespace(account_id="acct_1", livemode=False))
    Invoice.objects.filter(pk=draft.pk).update(auto_collect=True)
    return issue(by=BY, invoice=draft, now=NOW)


@pytest.mark.parametrize(
    ("stands", "today", "said"),
    [
        ({}, TODAY, "€145.00 will be charged to your saved card on 7 Dec 2026."),
        ({}, date(2026, 12, 9), "€145.00 will be charged to your saved card on 9 Dec 2026."),
        ({"state": "retry", "next_try_on": date(2026, 12, 10)}, date(2026, 12, 8),
         "€145.00 will be charged to your saved card on 10 Dec 2026."),
        ({"state": "needs_card", "next_try_on": None}, TODAY,
         "Due on 7 Dec 2026: please pay €145.00 and name HFN-000001."),
        ({"state": "stopped", "next_try_on": None}, date(2026, 12, 8),
         "It was due on 7 Dec 2026 and is late: please pay €145.00 and name HFN-000001."),
        ({"stop_reason": "no_account"}, TODAY, "Due on 7 Dec 2026: please pay €145.00 and name HFN-000001."),
    ],
)  # fmt: skip
def test_invoice_paper_of_a_saved_card_says_when_it_is_charged_or_that_it_is_not(hafen, stands, today, said):
    invoice = collected_invoice(hafen)
    Collection.objects.filter(invoice=invoice).update(**stands)
    assert invoice_paper(invoice, today=today).terms == said


@pytest.mark.parametrize(
    "facts",
    [
        {"refused_on": TODAY, "refused_why": "card_data"},
        {"exp_year": 2026, "exp_month": 11},
        {"removed_at": NOW, "is_default": False},
    ],
)
def test_invoice_paper_asks_for_the_money_where_the_card_cannot_be_charged(hafen, facts):
    invoice = collected_invoice(hafen)
    invoice.member.saved_cards.update(**facts)
    assert invoice_paper(invoice, today=TODAY).terms == "Due on 7 Dec 2026: please pay €145.00 and name HFN-000001."


def test_paid_and_void_invoices_ask_for_nothing(hafen):
    paid = make_issued_invoice(hafen)
    make_payment(paid)
    paid.refresh_from_db()
    dropped = void(by=BY, invoice=make_issued_invoice(hafen), reason="Wrong person", now=NOW)
    papers = [invoice_paper(row, today=TODAY) for row in (paid, dropped)]
    assert [(paper.terms, paper.void_reason) for paper in papers] == [
        ("", None),
        ("", "Wrong person"),
    ]


@pytest.fixture
def card_payment(seller):
    """Return one payment on the reader for two invoices, the second in part, by somebody who had the card kept."""
    member = make_member(seller, name="Lena Fischer")
    invoices = [make_issued_invoice(seller, amount, member=member) for amount in (12000, 2500)]
    consent = Consent.objects.create(
        location=seller,
        member=member,
        purpose="dues",
        wording_version="1",
        wording="I agree that my card is kept.",
        channel="pay_and_keep",
        taken_by="Ben",
        given_at=NOW,
    )
    return record_payment(
        by=Actor.stripe(),
        location=seller,
        member=member,
        company=None,
        method=PaymentMethod.CARD_READER,
        amount=Money(14000, "EUR"),
        reference="pi_test_receipt",
        allocations=[(invoices[0].pk, 12000), (invoices[1].pk, 2000)],
        received_at=NOW,
        card_brand="visa",
        card_last4="4242",
        card_receipt=RECEIPT,
        consent=consent,
    )


def test_receipt_names_every_invoice_and_the_card(card_payment):
    paper = receipt_paper(card_payment)
    assert [(row.number, row.part, row.open) for row in paper.covered] == [
        ("HFN-000001", Money(12000, "EUR"), Money(0, "EUR")),
        ("HFN-000002", Money(2000, "EUR"), Money(500, "EUR")),
    ]
    assert paper.card == (
        ("Application", "VISA CREDIT"),
        ("AID", "A0000000031010"),
        ("Account type", "credit"),
        ("Authorization", "123456"),
        ("Verified by", "PIN"),
    )
    assert (paper.how, paper.practice) == ("Visa •••• 4242", True)
    assert paper.received_at == NOW.astimezone(ZoneInfo("Europe/Berlin"))


def test_receipt_prints_the_payment_the_card_and_the_consent(card_payment):
    paper = receipt_paper(card_payment)
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(receipt_pdf(paper))).pages)
    for said in (
        "Receipt €140.00",
        "Paid by Visa •••• 4242",
        "HFN-000001 23 Nov 2026 €120.00 €120.00 €0.00",
        "AID A0000000031010",
        "Agreed on 23 Nov 2026, 10:00 CET",
        "I agree that my card is kept.",
        "Practice: no money moved",
        "IBAN DE02 1203 0000 0000 2020 51",
    ):
        assert said in text
    assert receipt_pdf(paper) == receipt_pdf(receipt_paper(card_payment))


def test_receipt_of_cash_has_no_card_and_is_no_practice(hafen):
    payment = make_payment(make_issued_invoice(hafen), method=PaymentMethod.CASH)
    paper = receipt_paper(payment)
    assert (paper.how, paper.card, paper.consent, paper.practice) == ("Cash", (), None, False)


@pytest.mark.parametrize("text", ["HFN-000123", "Draft 7", "pi_3Q\r\nX: y", "../../etc"])
def test_file_name_is_plain(text):
    plain = file_name("invoice", text).removeprefix("invoice-").removesuffix(".pdf")
    assert plain.replace("-", "").isalnum()


def test_invoice_file_is_a_pdf_named_by_its_number(client, hafen, vic):
    invoice = make_issued_invoice(hafen)
    client.force_login(vic)
    answer = client.get(reverse("billing:invoice_file", args=[invoice.uuid]))
    assert "Invoice HFN-000001" in pdf_text(answer)
    assert answer["Content-Disposition"] == 'inline; filename="invoice-HFN-000001.pdf"'
    assert answer["Cache-Control"] == "no-store"


def test_draft_file_is_marked(client, hafen, vic):
    client.force_login(vic)
    answer = client.get(reverse("billing:invoice_file", args=[make_draft(hafen).uuid]))
    assert "Draft – not an invoice" in pdf_text(answer)


def test_receipt_is_a_page_and_a_pdf(client, hafen, vic):
    payment = make_payment(make_issued_invoice(hafen), reference="pi_test_page")
    client.force_login(vic)
    page = client.get(reverse("billing:payment_receipt", args=[payment.uuid])).content.decode()
    file = client.get(reverse("billing:payment_receipt_file", args=[payment.uuid]))
    assert [said in page for said in ("Receipt for €145.00", "HFN-000001", "pi_test_page")] == [True] * 3
    assert "pi_test_page" in pdf_text(file)


@pytest.mark.parametrize("view", ["invoice_file", "payment_receipt", "payment_receipt_file"])
def test_papers_of_another_location_are_not_there(client, hafen, yuki, view):
    payment = make_payment(make_issued_invoice(hafen))
    row = payment.allocations.get().invoice if view == "invoice_file" else payment
    client.force_login(yuki)
    assert client.get(reverse(f"billing:{view}", args=[row.uuid])).status_code == 404


@pytest.mark.parametrize("count", [1, 5])
def test_invoice_file_takes_the_same_queries_at_one_and_five_lines(
    client, hafen, ben, count, django_assert_num_queries
):
    member = make_member(hafen)
    invoice = make_issued_invoice(hafen, member=member, lines=[NewLine("Desk", Money(100, "EUR"))] * count)
    invoice.lines.update(for_member=member)
    client.force_login(ben)
    with django_assert_num_queries(7):  # session, user, locations, invoice, lines, allocations, whether it went back
        client.get(reverse("billing:invoice_file", args=[invoice.uuid]))
