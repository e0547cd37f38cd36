"""Drafts, issuing and voiding. An issued invoice never changes; what is wrong with it is voided and written anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from billing.enums import InvoiceState
from billing.models import Invoice, InvoiceLine, TaxRate
from billing.numbering import next_number
from billing.queries import items_of, lock_invoices
from billing.signals import about_to_change
from billing.tax import tax_lines
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from flexspace.core.money import MAX_AMOUNT, Money, step
from members.models import Company, Member

MAX_LINES = 200
MAX_DESCRIPTION = 200


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be: ``unit`` is the price of one, with tax in it when the invoice's prices include tax."""

    description: str
    unit: Money
    quantity: int = 1
    tax_rate: TaxRate | None = None


@transaction.atomic
def create_draft(
    *,
    by: Actor,
    location: Location,
    member: Member | None = None,
    company: Company | None = None,
    lines: Sequence[NewLine] = (),
    note: str = "",
) -> Invoice:
    """Start an invoice in the location's currency for exactly one payer; DomainError otherwise."""
    if (member is None) == (company is None):
        raise DomainError("An invoice has one payer: a member or a company.", code="one_payer")
    invoice = Invoice.objects.create(
        location=location,
        member=member,
        company=company,
        currency=location.currency,
        tax_included=location.tax_included,
        note=refuse_card_number(note),
    )
    _write_lines(invoice, [_row(invoice, line) for line in lines])
    audit.record(
        "billing.invoice.drafted",
        by=by,
        about=[invoice, invoice.payer],
        location=location,
        after={"total": invoice.total_amount, "currency": invoice.currency, "lines": len(lines)},
    )
    return invoice


@transaction.atomic
def add_line(*, by: Actor, invoice: Invoice, line: NewLine) -> InvoiceLine:
    """Append a line to a draft; Conflict when it was issued meanwhile."""
    draft = _locked_draft(invoice)
    before = draft.total_amount
    row = _row(draft, line)
    _write_lines(draft, [*draft.lines.all(), row])
    _audit_lines(by, draft, before)
    return row


@transaction.atomic
def remove_line(*, by: Actor, invoice: Invoice, position: int) -> Invoice:
    """Take the line at ``position`` off a draft; the others move up. Nothing happens when it is gone already."""
    draft = _locked_draft(invoice)
    before = draft.total_amount
    rows = list(draft.lines.all())
    kept = [row for row in rows if row.position != position]
    if len(kept) == len(rows):
        return draft
    _write_lines(draft, kept)
    _audit_lines(by, draft, before)
    return draft


@transaction.atomic
def replace_lines(*, by: Actor, invoice: Invoice, lines: Sequence[NewLine]) -> Invoice:
    """Give a draft these lines instead of its own; Conflict when it was issued meanwhile."""
    draft = _locked_draft(invoice)
    before = draft.total_amount
    _write_lines(draft, [_row(draft, line) for line in lines])
    _audit_lines(by, draft, before)
    return draft


@transaction.atomic
def issue(*, by: Actor, invoice: Invoice, now: datetime) -> Invoice:
    """Turn a draft into an invoice: copy the buyer's facts, date it in the location's zone, number it last.

    Raises Conflict when it is no draft any more, DomainError when it has no lines.
    """
    draft = _locked_draft(invoice)
    if not draft.lines.exists():
        raise DomainError("This invoice has no lines yet. Add one first.", code="no_lines")
    payer, today = draft.payer, draft.location.today(now)
    draft.buyer_name = payer.name
    if isinstance(payer, Company):
        draft.buyer_address, draft.buyer_tax_id = payer.address, payer.tax_id
    draft.state = InvoiceState.ISSUED
    draft.issued_at, draft.issue_date = now, today
    draft.due_date = today + timedelta(days=draft.location.payment_days)
    draft.open_amount = draft.total_amount
    draft.number = next_number(draft.location)
    draft.save()
    audit.record(
        "billing.invoice.issued",
        by=by,
        about=[draft, payer],
        location=draft.location,
        before={"state": InvoiceState.DRAFT.value},
        after={
            "number": draft.number,
            "total": draft.total_amount,
            "currency": draft.currency,
            "due_date": draft.due_date.isoformat(),
        },
    )
    return draft


@transaction.atomic
def void(*, by: Actor, invoice: Invoice, reason: str, now: datetime) -> Invoice:
    """Cancel an invoice that nobody paid: its number stays used, nobody owes it any more.

    Raises Conflict when something was paid on it, when it is void already, or while a reader is taking money for it;
    DomainError without a reason.
    """
    [locked] = lock_invoices([invoice.pk])
    if not reason.strip():
        raise DomainError("Say why; it is kept with the invoice.", code="reason_missing")
    if locked.state == InvoiceState.VOID:
        raise Conflict(f"{locked} is void already.", code="invoice_void")
    if locked.paid_amount:
        raise Conflict(f"{locked.paid} was paid on {locked}, so it cannot be voided.", code="invoice_paid")
    about_to_change.send(sender=Invoice, invoice_ids=[locked.pk])
    before = {"state": locked.state, "open": locked.open_amount, "currency": locked.currency}
    locked.state, locked.open_amount = InvoiceState.VOID, 0
    locked.voided_at, locked.void_reason = now, refuse_card_number(reason.strip())
    locked.save(update_fields=["state", "open_amount", "voided_at", "void_reason"])
    audit.record(
        "billing.invoice.voided",
        by=by,
        about=[locked, locked.payer],
        location=locked.location,
        before=before,
        after={"state": InvoiceState.VOID.value, "open": 0, "currency": locked.currency},
        reason=locked.void_reason,
    )
    return locked


def _locked_draft(invoice: Invoice) -> Invoice:
    [locked] = lock_invoices([invoice.pk])
    if locked.state != InvoiceState.DRAFT:
        raise Conflict(f"{locked} is no draft any more, so it cannot change.", code="invoice_not_draft")
    return locked


def _row(invoice: Invoice, line: NewLine) -> InvoiceLine:
    """Return ``line`` as a row that is not stored yet, with a copy of its tax rate; DomainError when it cannot be."""
    text, rate = line.description.strip(), line.tax_rate
    if not text or len(text) > MAX_DESCRIPTION:
        raise DomainError(f"Say what is sold, in at most {MAX_DESCRIPTION} characters.", code="line_description")
    if line.quantity < 1:
        raise DomainError("The quantity is one or more.", code="line_quantity")
    if line.unit.currency != invoice.currency or line.unit.amount % step(invoice.currency):
        raise DomainError(f"{line.unit} is not a price in {invoice.currency}.", code="currency_mismatch")
    if rate and rate.country != invoice.location.country:
        raise DomainError(f"{rate} is a tax of {rate.country}. Choose one of {invoice.location}.", code="tax_country")
    return InvoiceLine(
        invoice=invoice,
        description=refuse_card_number(text),
        quantity=line.quantity,
        unit_amount=line.unit.amount,
        tax_name=rate.name if rate else "",
        tax_basis_points=rate.basis_points if rate else 0,
    )


def _write_lines(invoice: Invoice, rows: Sequence[InvoiceLine]) -> None:
    """Replace the draft's lines by ``rows`` and write every total anew."""
    if len(rows) > MAX_LINES:
        raise DomainError(f"An invoice takes at most {MAX_LINES} lines. Start another one.", code="too_many_lines")
    items = items_of(rows)
    taxed = tax_lines(items, included=invoice.tax_included, step=step(invoice.currency))
    net, tax = sum(part.net for part in taxed), sum(part.tax for part in taxed)
    if not 0 <= net + tax <= MAX_AMOUNT:
        limit = Money(MAX_AMOUNT, invoice.currency)
        raise DomainError(f"An invoice comes to something between nothing and {limit}.", code="invoice_total")
    invoice.lines.all().delete()
    for position, (row, part) in enumerate(zip(rows, taxed, strict=True), start=1):
        row.pk, row.position = None, position
        row.net_amount, row.tax_amount, row.gross_amount = part.net, part.tax, part.gross
    InvoiceLine.objects.bulk_create(rows)
    invoice.net_amount, invoice.tax_amount, invoice.total_amount = net, tax, net + tax
    invoice.save(update_fields=["net_amount", "tax_amount", "total_amount"])


def _audit_lines(by: Actor, draft: Invoice, before: int) -> None:
    audit.record(
        "billing.invoice.lines_changed",
        by=by,
        about=[draft, draft.payer],
        location=draft.location,
        before={"total": before, "currency": draft.currency},
        after={"total": draft.total_amount, "currency": draft.currency},
    )
