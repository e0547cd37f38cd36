"""Gives what a line promises, once, in the transaction that pays it in full: whatever way the money came."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from billing.enums import InvoiceState
from billing.models import Invoice, InvoiceLine, Sale
from billing.rules import paid_in_full
from billing.services import claims, signups
from flexspace.core.actors import Actor
from members.enums import DayPart
from members.services import capacity, fulfilment
from members.services.fulfilment import PaidLine


def fulfil_paid(*, by: Actor, invoices: Sequence[Invoice], paid_at: datetime, now: datetime) -> None:
    """Fulfil the lines of locked ``invoices`` that are paid in full by now and were not before.

    Nothing is given for a void invoice: money that came for it waits for a manager. ``paid_at`` is when the money
    was received, from which a pass holds.
    """
    issued = {invoice.pk: invoice for invoice in invoices if invoice.state == InvoiceState.ISSUED}
    lines: dict[int, list[InvoiceLine]] = {}
    rows = InvoiceLine.objects.filter(invoice__in=issued).order_by("invoice_id", "position")
    for row in rows.select_related("product", "for_member"):
        lines.setdefault(row.invoice_id, []).append(row)
    due = [row for pk, own in lines.items() for row in _due(issued[pk], own)]
    if not due:
        return
    InvoiceLine.objects.filter(pk__in=[row.pk for row in due]).update(fulfilled_at=now)
    promised = [row for row in due if row.product or row.plan_to_begin]
    sales = {sale.invoice_id: sale for sale in Sale.objects.filter(invoice__in={row.invoice_id for row in promised})}
    _lock(issued, promised)
    for pk in dict.fromkeys(row.invoice_id for row in promised):
        sale, own = sales.get(pk), [row for row in promised if row.invoice_id == pk]
        actor = sale.actor if sale else by
        signups.begin(by=actor, invoice=issued[pk], rows=own, now=now)
        given = [_paid(issued[pk], row, sale, paid_at) for row in own if row.product]
        fulfilment.fulfil(by=actor, lines=given, now=now)


def _lock(invoices: Mapping[int, Invoice], rows: Sequence[InvoiceLine]) -> None:
    """Lock what the ``rows`` of all locked ``invoices`` need before the first is given: people, then days, in order."""
    signups.lock_people([(invoices[row.invoice_id], row) for row in rows])
    places = {invoices[row.invoice_id].location for row in rows}
    for place in sorted(places, key=lambda place: place.pk):
        days = {row.seat_day for row in rows if row.seat_day and invoices[row.invoice_id].location_id == place.pk}
        capacity.lock_days(place, days)


def let_go(*, by: Actor, invoice: Invoice, reason: str, now: datetime) -> None:
    """Give back what the lines of an invoice that is voided took or gave: seats, periods, usage, and what was free."""
    rows = list(invoice.lines.all())
    signups.lock_begun(rows)
    capacity.lock_days(invoice.location, signups.days_of(rows))
    lines = [row.pk for row in rows]
    fulfilled = [row.pk for row in rows if row.fulfilled_at]
    fulfilment.take_back(by=by, lines=fulfilled, reason=reason, now=now)
    signups.take_back(by=by, invoice=invoice, rows=rows, reason=reason, now=now)
    fulfilment.let_go(lines=lines)
    claims.release(lines, now=now)


def _due(invoice: Invoice, rows: Collection[InvoiceLine]) -> list[InvoiceLine]:
    # What was credited is not asked for any more, so it counts as paid: else the last line would wait for it.
    paid = paid_in_full([row.gross_amount for row in rows], invoice.paid_amount + invoice.credited_amount)
    return [row for row, full in zip(rows, paid, strict=True) if full and row.fulfilled_at is None]


def _paid(invoice: Invoice, row: InvoiceLine, sale: Sale | None, paid_at: datetime) -> PaidLine:
    assert row.product is not None  # the caller's choice
    return PaidLine(
        id=row.pk,
        location=invoice.location,
        product=row.product,
        quantity=row.quantity,
        paid_on=invoice.location.today(paid_at),
        member=invoice.member,
        company=invoice.company,
        for_member=row.for_member,
        on_date=row.on_date,
        part=DayPart(row.part) if row.part else DayPart.FULL,
        check_in=bool(sale and sale.check_in),
    )
