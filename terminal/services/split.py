"""Split tender: several ways to pay one invoice, each a payment of its own, one after the other.

A row that is paid stands whatever becomes of the next one. Nothing is remembered twice: whether a row is paid is read
off its attempt or payment, and what is left is the invoice's open amount.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid5

from django.db import transaction

from billing.enums import InvoiceState, PaymentMethod
from billing.models import Invoice
from billing.queries import lock_invoices
from billing.services.payments import record_by_hand
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money, minimum_amount, step
from flexspace.core.said import listed
from terminal.enums import SplitWay
from terminal.models import Attempt, Reader, Split, SplitRow
from terminal.services.collect import BeingTaken, start
from terminal.services.collect_due import charge_now

W = SplitWay
MAX_ROWS = 4
TAKES_ALL = frozenset({W.CARD, W.LINK})  # a saved card and a pay link always take what is open


@dataclass(frozen=True, slots=True)
class Wanted:
    """One row as somebody typed it; ``amount`` may be None for the last: it is the rest."""

    way: SplitWay
    amount: Money | None


def sum_fault(invoice: Invoice, rows: Sequence[Wanted]) -> str:
    """Return why an amount typed in the last row is not the rest of the invoice's open amount; "" where it is."""
    amounts = [row.amount for row in rows if row.amount]
    if not rows or rows[-1].amount is None or len(amounts) < len(rows):
        return ""
    together, said = sum(amounts[1:], start=amounts[0]), listed([str(amount) for amount in amounts])
    if together.amount > invoice.open_amount:
        return f"{said} are more than the {invoice.open} that is open."
    if together.amount < invoice.open_amount:
        return f"{said} leave {invoice.open - together} open. Leave the last amount empty: it is the rest."
    return ""


@transaction.atomic
def plan(*, by: Actor, invoice: Invoice, rows: Sequence[Wanted], now: datetime) -> Split:
    """Write down how an invoice is to be paid, in place of an older plan. Nothing is taken yet.

    Raises DomainError for rows that cannot add up, Conflict while a row of the older plan is being paid.
    """
    [fresh] = lock_invoices([invoice.pk])
    _check(fresh, rows)
    before = Split.objects.select_for_update().filter(invoice=fresh, ended_at=None).first()
    if before:
        _end(before, now=now)
    split = Split.objects.create(invoice=fresh, location=fresh.location, actor_id=by.user_id, created_at=now)
    SplitRow.objects.bulk_create(
        SplitRow(
            split=split, position=place, way=row.way,
            amount=row.amount.amount if row.amount and place < len(rows) else None,
        )
        for place, row in enumerate(rows, 1)
    )  # fmt: skip
    audit.record(
        "terminal.split.planned", by=by, about=[fresh, fresh.payer], location=fresh.location,
        after={"ways": ", ".join(W(row.way).label for row in rows)},
    )  # fmt: skip
    return split


def _check(invoice: Invoice, rows: Sequence[Wanted]) -> None:
    if invoice.state != InvoiceState.ISSUED or not invoice.open_amount:
        raise Conflict(f"Nothing is open on {invoice} any more.", code="nothing_open")
    if not 2 <= len(rows) <= MAX_ROWS:
        raise DomainError(f"Choose two to {MAX_ROWS} ways to pay.", code="split_rows")
    smallest, left = Money(minimum_amount(invoice.currency), invoice.currency), invoice.open
    for row in rows[:-1]:
        if row.way in TAKES_ALL:
            said = f"{row.way.label} takes whatever is open, so it can only be the last row."
            raise DomainError(said, code="split_order")
        if row.amount is None or row.amount.amount <= 0 or row.amount.amount % step(invoice.currency):
            raise DomainError("Enter an amount above zero in every row but the last.", code="amount_not_positive")
        left = left - row.amount
    if said := sum_fault(invoice, rows):
        raise DomainError(said, code="split_sum")
    if left.amount <= 0:
        raise DomainError(
            f"The rows take all of the {invoice.open}. Leave something for the last one.", code="too_much"
        )
    for row, amount in [*((row, row.amount) for row in rows[:-1]), (rows[-1], left)]:
        if row.way != W.CASH and amount and amount < smallest:
            raise DomainError(f"Stripe takes {smallest} or more. Take {amount} in cash.", code="amount_too_small")


def next_row(split: Split) -> SplitRow | None:
    """Return the row whose turn it is: the first that is not paid; None when all are, or nothing is open."""
    if not split.invoice.open_amount:
        return None
    rows = split.rows.select_related("attempt__payment", "payment")
    return next((row for row in rows if row.paid_with is None), None)


def unfinished(invoice: Invoice) -> Split | None:
    """Return the split by which an invoice is being paid, until all rows are paid or the rest is left open."""
    found = Split.objects.select_related("invoice").filter(invoice=invoice, ended_at=None).first()
    return found if found and next_row(found) else None


def run(*, by: Actor, split: Split, position: int, reader: Reader | None, now: datetime) -> SplitRow:
    """Take the next row's money: a charge is reserved and nothing sent yet, cash is booked at once.

    ``position`` is the row that the person saw. A pay link only leads to its page. Raises Conflict when it is not that
    row's turn any more or its charge is still under way, and as ``start``, ``charge_now`` and ``record_by_hand`` do.
    """
    with transaction.atomic():
        [invoice] = lock_invoices([split.invoice_id])
        fresh = Split.objects.select_for_update().get(pk=split.pk)
        fresh.invoice = invoice
        row = next_row(fresh)
        if fresh.ended_at or row is None or row.position != position:
            raise Conflict("That row is not next any more. Look at what is left.", code="not_next")
        if row.attempt and row.attempt.is_live:
            raise BeingTaken("This row is being paid right now.", attempt=row.attempt)
        row.tries += 1
        amount = invoice.open if row.amount is None else Money(row.amount, invoice.currency)
        token = uuid5(fresh.uuid, f"{row.position}:{row.tries}")
        if row.way == W.READER:
            if reader is None:
                raise DomainError("Choose a reader.", code="no_reader")
            row.attempt = start(by=by, parts=[(invoice, amount)], reader=reader, now=now, token=token)
        elif row.way == W.CASH:
            row.payment = record_by_hand(
                by=by, invoices=[invoice], amount=amount, method=PaymentMethod.CASH, reason="Cash, part of a split",
                received_at=now, now=now, token=token,
            )  # fmt: skip
        elif row.way == W.CARD:
            row.attempt = charge_now(by=by, invoice=invoice, now=now)
        row.save(update_fields=["tries", "attempt", "payment"])
        return row


@transaction.atomic
def cash_instead(*, by: Actor, attempt: Attempt) -> Split | None:
    """Let the row whose charge has ended without money be paid in cash, its amount and turn kept; return its split.

    None for an attempt that is no open row's, or whose row is paid or not next: then it is a payment like any other.
    """
    found = SplitRow.objects.filter(attempt=attempt, split__ended_at=None).select_related("split").first()
    if found is None:
        return None
    [invoice] = lock_invoices([found.split.invoice_id])
    split = Split.objects.select_for_update().get(pk=found.split_id)
    split.invoice = invoice
    row = next_row(split)
    if split.ended_at or row is None or row.pk != found.pk or (row.attempt and row.attempt.is_live):
        return None
    SplitRow.objects.filter(pk=row.pk).update(way=W.CASH)
    audit.record(
        "terminal.split.cash_instead", by=by, about=[invoice, invoice.payer], location=split.location,
        before={"way": W(row.way).label}, after={"row": row.position},
    )  # fmt: skip
    return split


@transaction.atomic
def leave_open(*, by: Actor, split: Split, now: datetime) -> None:
    """End the plan: what is paid stands, the rest stays open. Raises Conflict while a row is being paid."""
    fresh = Split.objects.select_for_update().get(pk=split.pk)
    if fresh.ended_at is None:
        _end(fresh, now=now)
        invoice = fresh.invoice
        audit.record("terminal.split.left", by=by, about=[invoice, invoice.payer], location=fresh.location)


def _end(split: Split, *, now: datetime) -> None:
    attempts = [row.attempt for row in split.rows.select_related("attempt")]
    live = next((attempt for attempt in attempts if attempt and attempt.is_live), None)
    if live:
        raise BeingTaken("A row is being paid right now. Cancel that payment first.", attempt=live)
    Split.objects.filter(pk=split.pk).update(ended_at=now)
