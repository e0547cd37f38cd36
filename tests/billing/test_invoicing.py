"""Drafts change, issued invoices do not; numbers have no gaps."""

from datetime import UTC, date, datetime
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from billing.enums import InvoiceState, InvoiceStatus
from billing.models import Invoice, InvoiceLine, InvoiceSequence
from billing.services import invoicing
from billing.services.invoicing import NewLine
from billing.signals import about_to_change
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money
from tests.factories.billing import NOW, make_draft, make_issued_invoice, make_payment, make_tax_rate
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db
BY = Actor.job("test")


def eur(amount):
    return Money(amount, "EUR")


def fresh(invoice):
    return Invoice.objects.get(pk=invoice.pk)


def test_create_draft_totals_lines_with_tax_in_the_price(hafen):
    rate = make_tax_rate(hafen)
    lines = [NewLine("Fixed desk", eur(17000), 1, rate), NewLine("Locker", eur(500), 2, rate)]
    draft = make_draft(hafen, lines=lines)
    assert (draft.net, draft.tax, draft.total) == (eur(15126), eur(2874), eur(18000))
    assert [(row.position, row.gross) for row in draft.lines.all()] == [(1, eur(17000)), (2, eur(1000))]
    assert (draft.number, draft.state) == (None, InvoiceState.DRAFT)


def test_create_draft_totals_lines_with_tax_on_top(hafen):
    hafen.tax_included = False
    draft = make_draft(hafen, lines=[NewLine("Fixed desk", eur(15126), 1, make_tax_rate(hafen))])
    assert (draft.net, draft.tax, draft.total) == (eur(15126), eur(2874), eur(18000))


def test_create_draft_in_yen_has_whole_yen(kiyosumi):
    rate = make_tax_rate(kiyosumi, name="消費税 10 %", basis_points=1000)
    draft = make_draft(kiyosumi, lines=[NewLine("Hot desk", Money(16500, "JPY"), 1, rate)])
    assert (draft.net, draft.tax) == (Money(15000, "JPY"), Money(1500, "JPY"))


def test_create_draft_needs_exactly_one_payer(hafen):
    for member, company in ((None, None), (make_member(hafen), make_company(hafen))):
        with pytest.raises(DomainError) as refused:
            invoicing.create_draft(by=BY, location=hafen, member=member, company=company)
        assert refused.value.code == "one_payer"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (NewLine("", eur(100)), "line_description"),
        (NewLine("x" * 201, eur(100)), "line_description"),
        (NewLine("Pass", eur(100), 0), "line_quantity"),
        (NewLine("Pass", Money(100, "JPY")), "currency_mismatch"),
        (NewLine("Refund", eur(-100)), "invoice_total"),
        (NewLine("Building", eur(100_000_000)), "invoice_total"),
        (NewLine("Card 4242424242424242", eur(100)), "card_number"),
    ],
)
def test_create_draft_refuses_a_line(hafen, line, code):
    with pytest.raises(DomainError) as refused:
        make_draft(hafen, lines=[line])
    assert refused.value.code == code
    assert Invoice.objects.count() == 0


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (-500, "a price below zero takes off at most what its other lines come to"),
        (100_000_000, "at most €999,999.99."),
    ],
)
def test_total_that_cannot_be_says_which_way_it_is_wrong(hafen, amount, said):
    with pytest.raises(DomainError) as refused:
        make_draft(hafen, lines=[NewLine("Discount", eur(amount))])
    assert said in refused.value.message
    assert "between nothing" not in refused.value.message


def test_line_with_another_countrys_tax_is_refused(hafen, kiyosumi):
    with pytest.raises(DomainError) as refused:
        make_draft(hafen, lines=[NewLine("Pass", eur(100), 1, make_tax_rate(kiyosumi))])
    assert refused.value.code == "tax_country"


def test_discount_line_lowers_the_total(hafen):
    draft = make_draft(hafen, lines=[NewLine("Pass", eur(2500)), NewLine("Welcome", eur(-500))])
    assert draft.total == eur(2000)


def test_add_and_remove_line_keep_positions_without_gaps(hafen):
    draft = make_draft(hafen, total=1000)
    invoicing.add_line(by=BY, invoice=draft, line=NewLine("Printing", eur(300)))
    added = invoicing.add_line(by=BY, invoice=draft, line=NewLine("Locker", eur(200)))
    assert (added.position, fresh(draft).total) == (3, eur(1500))
    invoicing.remove_line(by=BY, invoice=draft, position=2)
    rows = InvoiceLine.objects.filter(invoice=draft).values_list("position", "description")
    assert list(rows) == [(1, "Hot desk"), (2, "Locker")]
    assert fresh(draft).total == eur(1200)


def test_remove_line_that_is_gone_changes_nothing(hafen):
    draft = make_draft(hafen)
    events = len(audit.timeline(draft))
    invoicing.remove_line(by=BY, invoice=draft, position=7)
    assert len(audit.timeline(draft)) == events


def test_line_keeps_its_tax_when_the_rate_changes(hafen):
    rate = make_tax_rate(hafen)
    draft = make_draft(hafen, lines=[NewLine("Desk", eur(11900), 1, rate)])
    rate.basis_points = 1600
    rate.save()
    invoicing.add_line(by=BY, invoice=draft, line=NewLine("Stamp", eur(100)))
    assert fresh(draft).tax == eur(1900)


def test_replace_lines_writes_the_totals_anew(hafen):
    draft = make_draft(hafen, total=1000)
    invoicing.replace_lines(by=BY, invoice=draft, lines=[NewLine("Locker", eur(700))])
    assert fresh(draft).total == eur(700)


def test_issue_copies_the_buyer_and_dates_in_the_locations_zone(kiyosumi):
    company = make_company(kiyosumi, name="Asagao KK", address="Kiyosumi 1-2-3", tax_id="T123")
    late = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # the next morning in Tokyo
    invoice = make_issued_invoice(kiyosumi, 16500, company=company, now=late)
    assert (invoice.number, invoice.issue_date, invoice.due_date) == (
        "KYS-000001",
        date(2026, 11, 24),
        date(2026, 12, 8),
    )
    assert (invoice.buyer_name, invoice.buyer_address, invoice.buyer_tax_id) == ("Asagao KK", "Kiyosumi 1-2-3", "T123")
    assert (invoice.open, invoice.status(date(2026, 11, 24))) == (Money(16500, "JPY"), InvoiceStatus.PENDING)
    assert [event.action for event in audit.timeline(invoice)] == ["billing.invoice.issued", "billing.invoice.drafted"]


def test_issue_without_lines_is_refused(hafen):
    with pytest.raises(DomainError) as refused:
        invoicing.issue(by=BY, invoice=make_draft(hafen, lines=[]), now=NOW)
    assert refused.value.code == "no_lines"


def test_issued_invoice_does_not_change(hafen):
    invoice = make_issued_invoice(hafen)
    for change in (
        lambda: invoicing.add_line(by=BY, invoice=invoice, line=NewLine("Printing", eur(300))),
        lambda: invoicing.remove_line(by=BY, invoice=invoice, position=1),
        lambda: invoicing.replace_lines(by=BY, invoice=invoice, lines=[]),
        lambda: invoicing.issue(by=BY, invoice=invoice, now=NOW),
    ):
        with pytest.raises(Conflict) as refused:
            change()
        assert refused.value.code == "invoice_not_draft"
    assert fresh(invoice).total == eur(14500)


def test_void_ends_the_debt_and_keeps_the_number(hafen):
    invoice = make_issued_invoice(hafen)
    gone = invoicing.void(by=BY, invoice=invoice, reason=" Wrong person ", now=NOW)
    assert (gone.state, gone.open, gone.number) == ("void", eur(0), "HFN-000001")
    assert (gone.void_reason, audit.timeline(invoice)[0].reason) == ("Wrong person", "Wrong person")
    assert make_issued_invoice(hafen).number == "HFN-000002"


def test_void_draft_has_no_number(hafen):
    assert invoicing.void(by=BY, invoice=make_draft(hafen), reason="Not needed", now=NOW).number is None


@pytest.mark.parametrize(("reason", "paid", "code"), [("", 0, "reason_missing"), ("Wrong", 100, "invoice_paid")])
def test_void_is_refused(hafen, reason, paid, code):
    invoice = make_issued_invoice(hafen)
    if paid:
        make_payment(invoice, paid)
    with pytest.raises(DomainError) as refused:
        invoicing.void(by=BY, invoice=invoice, reason=reason, now=NOW)
    assert refused.value.code == code
    assert fresh(invoice).state == InvoiceState.ISSUED


def test_void_twice_is_refused(hafen):
    invoice = make_issued_invoice(hafen)
    invoicing.void(by=BY, invoice=invoice, reason="Wrong", now=NOW)
    with pytest.raises(Conflict) as refused:
        invoicing.void(by=BY, invoice=invoice, reason="Wrong", now=NOW)
    assert refused.value.code == "invoice_void"


def test_void_while_a_reader_takes_the_money_is_refused(hafen):
    def busy(**_kwargs):
        raise Conflict("Being taken now on Front desk.", code="reader_live")

    invoice = make_issued_invoice(hafen)
    about_to_change.connect(busy)
    try:
        with pytest.raises(Conflict):
            invoicing.void(by=BY, invoice=invoice, reason="Wrong", now=NOW)
    finally:
        about_to_change.disconnect(busy)
    assert fresh(invoice).state == InvoiceState.ISSUED


def test_number_is_given_back_when_the_issue_rolls_back(hafen):
    first, second = make_draft(hafen), make_draft(hafen)
    with transaction.atomic():
        invoicing.issue(by=BY, invoice=first, now=NOW)
        transaction.set_rollback(True)
    assert invoicing.issue(by=BY, invoice=second, now=NOW).number == "HFN-000001"


def test_numbers_run_per_location(hafen, kiyosumi):
    numbers = [make_issued_invoice(place, 1000).number for place in (hafen, kiyosumi, hafen)]
    assert numbers == ["HFN-000001", "KYS-000001", "HFN-000002"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gaps_under_twenty_threads(hafen):
    """Every second thread rolls back; the others still get 1 to 10, each once, the first row made in the race."""
    drafts = [make_draft(hafen) for _ in range(20)]
    assert InvoiceSequence.objects.count() == 0
    together = Barrier(20)
    numbers: list[str | None] = []

    def run(place, draft):
        try:
            together.wait(timeout=20)
            with transaction.atomic():
                number = invoicing.issue(by=BY, invoice=draft, now=NOW).number
                if place % 2:
                    transaction.set_rollback(True)
                else:
                    numbers.append(number)
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(drafts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(map(str, numbers)) == [f"HFN-{number:06}" for number in range(1, 11)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_reference_under_ten_threads_books_once(hafen):
    invoice = make_issued_invoice(hafen, 14500)
    together, booked = Barrier(10), []

    def run():
        try:
            together.wait(timeout=20)
            booked.append(make_payment(invoice, 5000, reference="pi_race").pk)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(booked), len(set(booked)), fresh(invoice).paid) == (10, 1, eur(5000))
