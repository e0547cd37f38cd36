"""Drafts, issuing and voiding. An issued invoice never changes; what is wrong with it is voided and written anew."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from billing.enums import InvoiceState
from billing.models import Invoice, InvoiceLine
from billing.queries import lock_invoices
from billing.queries.payers import cards_of
from billing.services import collecting, run_checks, run_decisions, run_items, signups
from billing.services.fulfilling import let_go
from billing.services.issuing import issue_locked
from billing.services.lines import MAX_DESCRIPTION, MAX_LINES, NewLine, row_of, write_lines
from billing.signals import about_to_change, invoice_voided
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from members.models import Company, Member

__all__ = [
    "MAX_DESCRIPTION",
    "MAX_LINES",
    "NewLine",
    "add_line",
    "create_draft",
    "issue",
    "remove_line",
    "replace_lines",
    "void",
]


@transaction.atomic
def create_draft(
    *,
    by: Actor,
    location: Location,
    member: Member | None = None,
    company: Company | None = None,
    lines: Sequence[NewLine] = (),
    note: str = "",
    now: datetime | None = None,
) -> Invoice:
    """Start an invoice in the location's currency for exactly one payer; DomainError otherwise.

    Seats of its lines are held from ``now`` (None: this moment); HouseFull when there are none.
    """
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
    write_lines(invoice, [row_of(invoice, line) for line in lines], now=now)
    audit.record(
        "billing.invoice.drafted",
        by=by,
        about=[invoice, invoice.payer],
        location=location,
        after={"total": invoice.total_amount, "currency": invoice.currency, "lines": len(lines)},
    )
    return invoice


@transaction.atomic
def add_line(*, by: Actor, invoice: Invoice, line: NewLine, now: datetime | None = None) -> InvoiceLine:
    """Append a line to a draft; Conflict when it was issued meanwhile, HouseFull when its day has no seat."""
    draft = _locked_draft(invoice)
    before = draft.total_amount
    row = row_of(draft, line)
    write_lines(draft, [*draft.lines.all(), row], now=now)
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
    write_lines(draft, kept)
    _audit_lines(by, draft, before)
    return draft


@transaction.atomic
def replace_lines(*, by: Actor, invoice: Invoice, lines: Sequence[NewLine]) -> Invoice:
    """Give a draft these lines instead of its own; Conflict when it was issued meanwhile."""
    draft = _locked_draft(invoice)
    before = draft.total_amount
    write_lines(draft, [row_of(draft, line) for line in lines])
    _audit_lines(by, draft, before)
    return draft


@transaction.atomic
def issue(*, by: Actor, invoice: Invoice, now: datetime) -> Invoice:
    """Turn a draft into an invoice: copy what is printed, date it in the location's zone, number it last.

    What its lines give for nothing is given at once. Raises Conflict when it is no draft any more or its billing run
    would not issue it, DomainError when it has no lines, and what keeps a membership from beginning that they promise.
    """
    run_decisions.lock_run_of(invoice)
    draft = _locked_draft(invoice)
    lines = list(draft.lines.all())
    if not lines:
        raise DomainError("This invoice has no lines yet. Add one first.", code="no_lines")
    of_a_run = run_checks.check_by_hand(draft, lines)
    signups.make_ready(by=by, invoice=draft, rows=lines, now=now)
    cards = cards_of([draft]) if of_a_run else {}
    issue_locked(by=by, location=draft.location, drafts=[draft], lines={draft.pk: lines}, cards=cards, now=now)
    if of_a_run:
        run_decisions.settle_by_hand(draft, now)
    return draft


@transaction.atomic
def void(*, by: Actor, invoice: Invoice, reason: str, now: datetime) -> Invoice:
    """Cancel an invoice that nobody paid: its number stays used, nobody owes it any more, its seats and days are free.

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
    if locked.credited_amount or locked.held_amount:
        raise Conflict(f"{locked} was refunded, so it cannot be voided: its credit note stands.", code="invoice_paid")
    about_to_change.send(sender=Invoice, invoice_ids=[locked.pk])
    let_go(by=by, invoice=locked, reason=reason.strip(), now=now)
    before = {"state": locked.state, "open": locked.open_amount, "currency": locked.currency}
    locked.state, locked.open_amount = InvoiceState.VOID, 0
    locked.voided_at, locked.void_reason = now, refuse_card_number(reason.strip())
    locked.save(update_fields=["state", "open_amount", "voided_at", "void_reason"])
    run_items.voided(locked)
    audit.record(
        "billing.invoice.voided",
        by=by,
        about=[locked, locked.payer],
        location=locked.location,
        before=before,
        after={"state": InvoiceState.VOID.value, "open": 0, "currency": locked.currency},
        reason=locked.void_reason,
    )
    collecting.voided(by=by, invoice=locked, now=now)
    send = partial(invoice_voided.send_robust, sender=Invoice, invoice_id=locked.pk)
    transaction.on_commit(send, robust=True)
    return locked


def _locked_draft(invoice: Invoice) -> Invoice:
    [locked] = lock_invoices([invoice.pk])
    if locked.state != InvoiceState.DRAFT:
        raise Conflict(f"{locked} is no draft any more, so it cannot change.", code="invoice_not_draft")
    return locked


def _audit_lines(by: Actor, draft: Invoice, before: int) -> None:
    audit.record(
        "billing.invoice.lines_changed",
        by=by,
        about=[draft, draft.payer],
        location=draft.location,
        before={"total": before, "currency": draft.currency},
        after={"total": draft.total_amount, "currency": draft.currency},
    )
