"""Drafts become invoices: dated, numbered without a gap, with everything printed copied; one or hundreds at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from billing.dues.bill import first_billed
from billing.dues.cautions import may_collect
from billing.dues.facts import Card
from billing.enums import InvoiceState
from billing.models import Invoice, InvoiceLine
from billing.numbering import next_numbers
from billing.rules import paid_in_full
from billing.services import collecting
from billing.services.fulfilling import fulfil_paid
from billing.services.printed import copy_printed_facts
from billing.services.telling import mail_invoices
from flexspace.core import audit, restored
from flexspace.core.actors import Actor
from flexspace.core.models import Location
from members.calendars import due_date

_WRITTEN = [
    "state", "number", "issued_at", "issue_date", "due_date", "open_amount", "auto_collect", "buyer_name",
    "buyer_address", "buyer_tax_id", "seller_name", "seller_address", "seller_tax_id", "supply_from", "supply_until",
]  # fmt: skip


def issue_locked(
    *,
    by: Actor,
    location: Location,
    drafts: Sequence[Invoice],
    lines: Mapping[int, Sequence[InvoiceLine]],
    cards: Mapping[int, Card],
    now: datetime,
    mail_all: bool = False,
) -> None:
    """Issue ``drafts`` of one location, locked by the caller in a transaction; each has ``lines``.

    It takes as many queries for any number. They are numbered in their order, one after the other, and due after the
    days to pay, never before the first period they bill. Those with a card in ``cards`` (by id) that may be
    charged then are collected by themselves, and mailed, because the consent promises the invoice before the charge;
    with ``mail_all`` the others are mailed too. Those whose card is charged for nothing any more wait in the worklist.
    What a line gives for nothing is given at once.
    """
    if not drafts:
        return
    restored.refuse_while_held()  # a number that the lost days have used would be used twice
    today = location.today(now)
    for draft in drafts:
        copy_printed_facts(draft, lines[draft.pk])
        draft.state, draft.issued_at, draft.issue_date = InvoiceState.ISSUED, now, today
        first = first_billed((line.period_start, line.on_date) for line in lines[draft.pk]) or today
        draft.due_date = due_date(first, issued_on=today, payment_days=location.payment_days)
        draft.open_amount = draft.total_amount
        draft.auto_collect = draft.auto_collect or may_collect(
            cards.get(draft.pk), draft.due_date, email=draft.payer.email
        )
    for draft, number in zip(drafts, next_numbers(location, len(drafts)), strict=True):
        draft.number = number
    # The rows are there and locked, so each of these "inserts" is an update: by one statement, several times faster
    # than bulk_update, which writes a CASE for every field of every row.
    Invoice.objects.bulk_create(drafts, update_conflicts=True, unique_fields=["pk"], update_fields=_WRITTEN)
    audit.record_many("billing.invoice.issued", map(_change, drafts), by=by, location=location)
    collected = [draft for draft in drafts if draft.auto_collect]
    collecting.open_collections(by=by, location=location, invoices=collected)
    condemned = {pk: card.refused for pk, card in cards.items() if card.consent_holds and card.refused_on}
    asked = [draft for draft in drafts if not draft.auto_collect and draft.payer.email]
    collecting.open_condemned(by=by, location=location, invoices=asked, why=condemned)
    mail_invoices(drafts if mail_all else collected, now=now)
    free = [draft for draft in drafts if any(paid_in_full([line.gross_amount for line in lines[draft.pk]], 0))]
    if free:
        fulfil_paid(by=by, invoices=free, paid_at=now, now=now)


def _change(draft: Invoice) -> audit.Change:
    assert draft.due_date is not None
    return audit.Change(
        about=[draft, draft.payer],
        before={"state": InvoiceState.DRAFT.value},
        after={
            "number": draft.number,
            "total": draft.total_amount,
            "currency": draft.currency,
            "due_date": draft.due_date.isoformat(),
        },
    )
