"""Turns rows into what is printed: an invoice, a receipt. Reads only."""

import re
from datetime import date, timedelta

from django.conf import settings
from django.http import HttpResponse

from billing.enums import InvoiceState, RefundState
from billing.explain import address_of, card_words, how_paid
from billing.explain.lines import why
from billing.explain.refunds import how_back
from billing.models import (
    Allocation,
    Consent,
    CreditNote,
    Invoice,
    InvoiceLine,
    Payment,
    Refund,
    RefundAllocation,
    netted,
)
from billing.pdf.days import day, days
from billing.pdf.facts import (
    ConsentNote,
    CoveredRow,
    CreditNotePaper,
    InvoicePaper,
    PaidRow,
    PaperLine,
    Party,
    RateRow,
    ReceiptPaper,
)
from billing.queries import tax_breakdown
from billing.queries.collections import charged_on
from flexspace.core.models import Location
from flexspace.core.money import Money
from members.enums import DayPart

LETTER_SIZE = frozenset({"US", "CA", "MX", "CL", "CO", "PH"})  # everybody else folds A4


def invoice_paper(invoice: Invoice, *, today: date) -> InvoicePaper:
    """Return what the invoice prints on the day ``today`` of its location, which should be loaded, with its payer.

    Four queries, one more when a saved card pays it, and two more when something of it went back.
    """
    currency, location = invoice.currency, invoice.location
    lines = list(invoice.lines.select_related("for_member", "membership__plan"))
    allocations = Allocation.objects.filter(invoice=invoice).select_related("payment", "moved_with").order_by("pk")
    return InvoicePaper(
        number=invoice.number or "",
        seller=_seller(location, invoice),
        buyer=_buyer(invoice),
        lines=tuple(_line(invoice, line) for line in lines),
        rates=tuple(
            RateRow(rate.tax_name, Money(rate.net, currency), Money(rate.tax, currency))
            for rate in tax_breakdown(lines)
        ),
        net=invoice.net,
        tax=invoice.tax,
        total=invoice.total,
        open=invoice.open,
        tax_included=invoice.tax_included,
        written_at=invoice.issued_at or invoice.created_at,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        supply=(invoice.supply_from, invoice.supply_until or invoice.supply_from) if invoice.supply_from else None,
        paid=(*(_paid(location, part) for part in allocations), *went_back(invoice)),
        refunded=bool(invoice.credited_amount or invoice.held_amount),
        note=invoice.note,
        terms=terms(invoice, today=today),
        footer=_footer(location),
        void_reason=invoice.void_reason if invoice.state == InvoiceState.VOID else None,
        practice=settings.DEMO,
        letter_size=location.country in LETTER_SIZE,
    )


def receipt_paper(payment: Payment) -> ReceiptPaper:
    """Return what the receipt of ``payment`` says; its location and payer should be loaded. Three queries."""
    location = payment.location
    parts = netted(payment.allocations.select_related("invoice"))
    payer = payment.member or payment.company
    rest = payment.amount - sum(part.amount for part in parts)
    return ReceiptPaper(
        reference=payment.reference,
        seller=_seller(location, parts[0].invoice if parts else None),
        payer=payer.name if payer else "",
        amount=payment.money,
        how=how_paid(payment),
        received_at=payment.received_at.astimezone(location.zone),
        covered=tuple(
            CoveredRow(str(part.invoice), part.invoice.issue_date, part.invoice.total, part.money, part.invoice.open)
            for part in parts
        ),
        on_account=Money(rest, payment.currency) if parts and rest > 0 else None,
        went_back=tuple(
            _went_back(location, refund, refund.money)
            for refund in payment.refunds.filter(state=RefundState.SUCCEEDED).order_by("finished_at", "pk")
        ),
        card=card_words(payment.card_receipt),
        consent=_consent(payment),
        footer=_footer(location),
        practice=bool(payment.card_last4) and not payment.livemode,
        letter_size=location.country in LETTER_SIZE,
    )


def credit_note_paper(note: CreditNote) -> CreditNotePaper:
    """Return what ``note`` prints: seller and buyer as its invoice has them. Its rows should be loaded."""
    invoice, location, currency = note.invoice, note.location, note.currency
    return CreditNotePaper(
        number=note.number,
        seller=_seller(location, invoice),
        buyer=_buyer(invoice),
        amount=note.money,
        rates=tuple(RateRow(name, Money(net, currency), Money(tax, currency)) for name, _, net, tax in note.rates),
        reason=note.reason,
        invoice=str(invoice),
        invoice_date=invoice.issue_date,
        issued_at=note.issued_at.astimezone(location.zone),
        footer=_footer(location),
        practice=settings.DEMO,
        letter_size=location.country in LETTER_SIZE,
    )


def file_name(kind: str, number: str) -> str:
    """Return a plain name for the file, such as invoice-HFN-000123.pdf."""
    return f"{kind}-{re.sub(r'[^A-Za-z0-9-]+', '-', number).strip('-')}.pdf"


def pdf_answer(data: bytes, name: str) -> HttpResponse:
    """Answer ``data``, to be shown in the browser and saved under ``name``."""
    return HttpResponse(
        data, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


def _seller(location: Location, invoice: Invoice | None) -> Party:
    """Return the seller as copied when the invoice was issued; a draft shows what would be copied today."""
    if invoice and invoice.seller_name:
        return Party(invoice.seller_name, tuple(invoice.seller_address.splitlines()), invoice.seller_tax_id)
    return Party(location.legal_name or location.name, tuple(address_of(location)), location.tax_id)


def _buyer(invoice: Invoice) -> Party:
    name = invoice.buyer_name or invoice.payer.name
    return Party(name, tuple(invoice.buyer_address.splitlines()), invoice.buyer_tax_id)


def _line(invoice: Invoice, line: InvoiceLine) -> PaperLine:
    return PaperLine(
        text=line.description,
        quantity=line.quantity,
        unit=Money(line.unit_amount, invoice.currency),
        tax_name=line.tax_name,
        net=Money(line.net_amount, invoice.currency),
        gross=Money(line.gross_amount, invoice.currency),
        detail=_detail(invoice, line),
    )


def _detail(invoice: Invoice, line: InvoiceLine) -> str:
    """Return why a membership's line costs what it costs; else when and for whom, where it is not said anyway."""
    reason = why(line)
    if reason:
        return reason
    person = line.for_member
    when = ""
    if line.period_start and line.period_end:
        when = days(line.period_start, line.period_end - timedelta(days=1))
    elif line.on_date:
        when = day(line.on_date)
    part = DayPart(line.part).label if line.part and line.part != DayPart.FULL else ""
    who = person.name if person and person.pk != invoice.member_id else ""
    return " · ".join(text for text in (when, part, who) if text)


def went_back(invoice: Invoice) -> list[PaidRow]:
    """Return what was given back of an invoice, as rows of less than nothing, and what its credit notes take off."""
    if not invoice.credited_amount and not invoice.refund_allocations.exists():
        return []
    parts = RefundAllocation.objects.filter(invoice=invoice, refund__state=RefundState.SUCCEEDED)
    parts = parts.select_related("refund__payment")
    rows = [_went_back(invoice.location, part.refund, part.money) for part in parts]
    notes = invoice.credit_notes.order_by("pk")
    return [*rows, *(PaidRow(note.issue_date, f"Credit note {note.number}", note.money) for note in notes)]


def _went_back(location: Location, refund: Refund, amount: Money) -> PaidRow:
    on = (refund.finished_at or refund.asked_at).astimezone(location.zone).date()
    return PaidRow(on, f"Refunded: {how_back(refund)}", -amount)


def _paid(location: Location, part: Allocation) -> PaidRow:
    if part.moved_at:
        how = f"Moved to invoice {part.moved_with}" if part.amount < 0 else f"Moved from invoice {part.moved_with}"
        return PaidRow(part.moved_at.astimezone(location.zone).date(), how, part.money)
    return PaidRow(part.payment.received_at.astimezone(location.zone).date(), how_paid(part.payment), part.money)


def is_late(invoice: Invoice, today: date) -> bool:
    """Return whether something is open on an invoice after its due date."""
    issued = invoice.state == InvoiceState.ISSUED and invoice.open_amount
    return bool(issued and invoice.due_date and invoice.due_date < today)


def terms(invoice: Invoice, *, today: date) -> str:
    """Return how and until when an invoice is to be paid, on paper and in its mail; "" when nothing is to be paid.

    It depends on the day ``today`` of the location, and on whether a saved card pays.
    """
    if invoice.state != InvoiceState.ISSUED or not invoice.open_amount or not invoice.due_date:
        return ""
    by_card = charged_on(invoice, today)
    if by_card:
        return f"{invoice.open} will be charged to your saved card on {day(by_card)}."
    if is_late(invoice, today):
        due = day(invoice.due_date)
        return f"It was due on {due} and is late: please pay {invoice.open} and name {invoice.number}."
    return f"Due on {day(invoice.due_date)}: please pay {invoice.open} and name {invoice.number}."


def _footer(location: Location) -> tuple[str, ...]:
    return tuple(line.strip() for line in location.invoice_note.splitlines() if line.strip())


def _consent(payment: Payment) -> ConsentNote | None:
    """Return what the payer agreed to with this payment, in the words that were shown."""
    uuid = payment.card_receipt.get("consent")
    consent = Consent.objects.filter(uuid=uuid).first() if uuid else None
    return ConsentNote(consent.wording, consent.given_at.astimezone(payment.location.zone)) if consent else None
