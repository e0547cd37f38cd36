"""Sales at the counter: opened with a product, changed, parked, and issued when somebody chooses how to pay.

Lock order: the sale's invoice, then memberships, people and days of seats, each in their order. A sale is a draft until
it is issued; what it holds is held for an hour from when somebody last did something with it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction

from billing.enums import InvoiceState
from billing.explain.lines import product_line
from billing.models import Invoice, InvoiceLine, Sale
from billing.queries import lock_invoices
from billing.services import invoicing, signups
from billing.services.lines import NewLine, copy_of, row_of, write_lines
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from members.enums import DayPart, ProductKind
from members.models import Company, Member, Product
from members.services import capacity

LEFT_FOR = timedelta(hours=12)  # a draft that nobody came back to is dropped by itself
MOVED = ["description", "unit_amount", "tax_name", "tax_basis_points", "on_date", "part"]
JOB = Actor.job("billing.sales")


@transaction.atomic
def open_sale(
    *, by: Actor, location: Location, payer: Member | Company, also: Collection[Invoice] = (), now: datetime
) -> Sale:
    """Start a sale to ``payer`` at ``location``; ``also`` are open invoices of the payer to be paid with it."""
    who = {"member": payer} if isinstance(payer, Member) else {"company": payer}
    draft = invoicing.create_draft(by=by, location=location, now=now, **who)
    sale = Sale.objects.create(
        invoice=draft, opened_by_id=by.user_id, opened_label=by.label, created_at=now, touched_at=now
    )
    sale.also.set(_payable(sale, also))
    return sale


@transaction.atomic
def add(
    *,
    by: Actor,
    sale: Sale,
    product: Product,
    for_member: Member | None = None,
    day: date | None = None,
    part: DayPart = DayPart.FULL,
    now: datetime,
) -> InvoiceLine:
    """Put a product into the sale; a pass for ``day`` takes a seat. An issued sale that nobody paid is opened again.

    Raises HouseFull when the day has no seat, DomainError when the product has no price or the day is over.
    """
    draft = _draft(by, sale, now, day=day)
    return add_line(by=by, sale=sale, line=_line(draft, product, for_member, day, part, now), now=now)


@transaction.atomic
def add_line(*, by: Actor, sale: Sale, line: NewLine, now: datetime) -> InvoiceLine:
    """Put a line that was made elsewhere into the sale; an issued sale that nobody paid is opened again."""
    row = invoicing.add_line(by=by, invoice=_draft(by, sale, now), line=line, now=now)
    touch(sale=sale, now=now)
    return row


@transaction.atomic
def move(*, by: Actor, sale: Sale, line_id: int, day: date | None, part: DayPart, now: datetime) -> None:
    """Let a pass of the sale be for another day or half; HouseFull when that has no seat: then nothing changes.

    A pack can be for no certain day.
    """
    position = _position(sale, line_id)
    draft = _draft(by, sale, now, day=day)
    rows = list(draft.lines.select_related("product__tax_rate__successor", "product__location", "for_member"))
    row = next((row for row in rows if row.position == position), None)
    if row is None or row.product is None or not row.product.is_pass:
        raise Conflict("This line is no longer in the sale.", code="line_gone")
    if day is None and row.product.kind != ProductKind.PACK:
        raise DomainError(f"{row.product} is for one day. Choose it.", code="day_missing")
    if row.product.is_half == (part is DayPart.FULL):
        raise DomainError(f"{row.product} is for {'half' if row.product.is_half else 'the whole'} day.", code="part")
    fresh = row_of(draft, _line(draft, row.product, row.for_member, day, part, now))
    for name in MOVED:
        setattr(row, name, getattr(fresh, name))
    row.save(update_fields=MOVED)
    if day:
        until = now + capacity.HOLD
        capacity.hold(location=draft.location, on=day, part=part, source_line=row.pk, until=until, now=now)
    else:
        capacity.release(source_lines=[row.pk])
    write_lines(draft, rows, now=now)
    touch(sale=sale, now=now)


@transaction.atomic
def remove(*, by: Actor, sale: Sale, line_id: int, now: datetime) -> None:
    """Take a line out of the sale, with its seat; nothing happens when it is gone already."""
    position = _position(sale, line_id)
    if position:
        draft = _draft(by, sale, now)
        rows = list(draft.lines.all())
        plan = any(row.position == position and row.plan_to_begin for row in rows)
        less = [row.position for row in rows if plan and row.pass_that_counts]  # they go with the plan
        for place in [*sorted(less, reverse=True), position]:
            invoicing.remove_line(by=by, invoice=draft, position=place)
    touch(sale=sale, now=now)


@transaction.atomic
def choose(*, sale: Sale, also: Collection[Invoice], check_in: bool, now: datetime) -> None:
    """Say which open invoices of the payer are paid with the sale, and whether its buyer comes in with it."""
    lock_invoices([sale.invoice_id])  # before the seats: who books money takes them in that order
    sale.also.set(_payable(sale, also))
    sale.check_in = check_in
    sale.save(update_fields=["check_in"])
    touch(sale=sale, now=now)


@transaction.atomic
def park(*, sale: Sale, now: datetime) -> None:
    """Put the sale aside; its seats stay held for an hour."""
    lock_invoices([sale.invoice_id])
    touch(sale=sale, now=now)
    sale.parked_at = now
    sale.save(update_fields=["parked_at"])


@transaction.atomic
def resume(*, sale: Sale, now: datetime) -> None:
    """Go on with a parked sale; ``hold_again`` then tells whether its seats are still to be had."""
    lock_invoices([sale.invoice_id])
    sale.parked_at = None
    sale.save(update_fields=["parked_at"])
    touch(sale=sale, now=now)


@transaction.atomic
def hold_again(*, sale: Sale, now: datetime) -> None:
    """Hold the sale's seats for another hour, also those that were let go. HouseFull when one of the days is full."""
    [invoice] = lock_invoices([sale.invoice_id])
    hold_seats(invoice, now=now)


def touch(*, sale: Sale, now: datetime) -> None:
    """Note that somebody is at the sale: what it holds is held for an hour from ``now``."""
    sale.touched_at = now
    sale.save(update_fields=["touched_at"])
    lines = list(sale.invoice.lines.filter(on_date__isnull=False).values_list("pk", flat=True))
    capacity.extend(source_lines=lines, until=now + capacity.HOLD, now=now)


@transaction.atomic
def issue(*, by: Actor, sale: Sale, now: datetime) -> Invoice:
    """Turn the sale's draft into an invoice, because how it is paid was chosen; an issued one is returned as it is.

    Every seat is made sure of first: HouseFull when one was let go and its day is full by now. Raises Conflict when
    the sale was dropped, DomainError when nothing is in it.
    """
    [invoice] = lock_invoices([sale.invoice_id])
    if invoice.state == InvoiceState.VOID:
        raise Conflict("This sale was dropped. Start a new one.", code="sale_dropped")
    signups.lock_people([(invoice, row) for row in invoice.lines.all()])
    hold_seats(invoice, now=now)
    if invoice.state == InvoiceState.DRAFT:
        invoice = invoicing.issue(by=by, invoice=invoice, now=now)
    sale.invoice = invoice
    sale.parked_at = None
    sale.save(update_fields=["parked_at"])
    touch(sale=sale, now=now)
    return invoice


def hold_seats(invoice: Invoice, *, now: datetime) -> None:
    """Hold the seat of every pass that is not paid yet for an hour from ``now``, days in order."""
    rows = invoice.lines.filter(on_date__isnull=False, fulfilled_at=None, product__isnull=False)
    for row in rows.order_by("on_date", "pk"):
        assert row.on_date is not None  # filtered
        capacity.hold(
            location=invoice.location, on=row.on_date, part=DayPart(row.part), source_line=row.pk,
            until=now + capacity.HOLD, now=now,
        )  # fmt: skip


@transaction.atomic
def drop(*, by: Actor, sale: Sale, reason: str, now: datetime) -> None:
    """Give up a sale that nobody paid: its invoice is void, its seats are free. Conflict once something was paid."""
    invoicing.void(by=by, invoice=sale.invoice, reason=reason, now=now)


def drop_left(*, now: datetime) -> int:
    """Drop the drafts of sales that nobody came back to; return how many."""
    left = Sale.objects.filter(invoice__state=InvoiceState.DRAFT, touched_at__lte=now - LEFT_FOR)
    dropped = 0
    for sale in left.select_related("invoice")[:200]:
        with transaction.atomic():
            [draft] = lock_invoices([sale.invoice_id])
            if draft.state == InvoiceState.DRAFT and left.filter(pk=sale.pk).exists():  # nobody came back meanwhile
                drop(by=JOB, sale=sale, reason="Left at the counter", now=now)
                dropped += 1
    return dropped


def _draft(by: Actor, sale: Sale, now: datetime, *, day: date | None = None) -> Invoice:
    """Return the sale's draft, locked; an issued one that nobody paid is voided, and its lines go on in a new one.

    ``day`` is one that a seat is wanted on next: then all days of the sale are locked in order, before any seat.
    """
    [invoice] = lock_invoices([sale.invoice_id])
    if invoice.state == InvoiceState.VOID:
        raise Conflict("This sale was dropped. Start a new one.", code="sale_dropped")
    if day or invoice.state == InvoiceState.ISSUED:
        rows = list(invoice.lines.all())
        signups.lock_begun(rows)
        capacity.lock_days(invoice.location, [*signups.days_of(rows), *([day] if day else [])])
    if invoice.state == InvoiceState.ISSUED:
        invoice = _again(by, sale, invoice, now)
    sale.invoice = invoice
    return invoice


def _again(by: Actor, sale: Sale, old: Invoice, now: datetime) -> Invoice:
    rows = [copy_of(row) for row in old.lines.all()]
    invoicing.void(by=by, invoice=old, reason="Changed at the counter before it was paid", now=now)
    draft = invoicing.create_draft(by=by, location=old.location, member=old.member, company=old.company, now=now)
    for row in rows:
        row.invoice = draft
    write_lines(draft, rows, now=now)
    sale.invoice = draft
    sale.save(update_fields=["invoice"])
    return draft


def _position(sale: Sale, line_id: int) -> int | None:
    """Return where the line is in the sale: its place stays when its invoice is written anew, its id does not."""
    return InvoiceLine.objects.filter(invoice=sale.invoice_id, pk=line_id).values_list("position", flat=True).first()


def _line(
    draft: Invoice, product: Product, for_member: Member | None, day: date | None, part: DayPart, now: datetime
) -> NewLine:
    """Return the line of a product at today's price, with the tax of the day it is for."""
    today = draft.location.today(now)
    if not product.is_active:
        raise Conflict(f"{product} is not sold any more.", code="product_withdrawn")
    if day and day < today:
        raise DomainError("That day is over. Choose today or a later one.", code="day_over")
    price = product.price_on(today)
    if price is None:
        raise DomainError(f"{product} has no price yet. Give it one first.", code="no_price")
    line = NewLine(product.name, price, tax_rate=product.tax_rate.on(day or today) if product.tax_rate else None)
    named = for_member if for_member and for_member.pk != draft.member_id else None
    said = product_line(product.name, named.name if named else "", day, part)
    return replace(line, description=said, product=product, for_member=for_member, on_date=day, part=part)


def _payable(sale: Sale, invoices: Collection[Invoice]) -> Sequence[Invoice]:
    """Return those of ``invoices`` that can go into one payment with the sale."""
    mine = sale.invoice
    who = (mine.member_id, mine.company_id, mine.location_id)
    return [row for row in invoices if (row.member_id, row.company_id, row.location_id) == who and row.pk != mine.pk]
