"""Lines of a draft: made, numbered, taxed together, and with them the seats and periods that they take.

A line keeps its id as long as it is on the draft: seats and passes know it by that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.models import BilledPeriod, Invoice, InvoiceLine
from billing.models.line import BEGINS
from billing.queries import items_of
from billing.services import claims, run_items
from billing.tax import tax_lines
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import MAX_AMOUNT, Money, step
from members.enums import DayPart
from members.models import Member, Membership, Plan, Product, TaxRate
from members.services import capacity

MAX_LINES = 200
MAX_DESCRIPTION = 200


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be: ``unit`` is the price of one, with tax in it when the invoice's prices include tax.

    A ``product`` is given when the line is paid, to ``for_member`` or else the payer. A pass for the day ``on_date``
    takes a seat for ``part`` of it. ``period_start`` to before ``period_end`` are days of ``membership`` that nobody
    else may bill; a ``plan`` instead says whose first days they are: that membership begins when the line is paid.
    ``why`` are reason codes with parameters.
    """

    description: str
    unit: Money
    quantity: int = 1
    tax_rate: TaxRate | None = None
    product: Product | None = None
    for_member: Member | None = None
    on_date: date | None = None
    part: DayPart = DayPart.FULL
    membership: Membership | None = None
    plan: Plan | None = None
    period_start: date | None = None
    period_end: date | None = None
    why: Sequence[Mapping[str, Any]] = ()


def row_of(invoice: Invoice, line: NewLine) -> InvoiceLine:
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
    _check_promise(invoice, line)
    return InvoiceLine(
        invoice=invoice,
        description=refuse_card_number(text),
        quantity=line.quantity,
        unit_amount=line.unit.amount,
        tax_name=rate.name if rate else "",
        tax_basis_points=rate.basis_points if rate else 0,
        product=line.product,
        for_member=line.for_member,
        on_date=line.on_date,
        part=line.part if line.on_date else "",
        membership=line.membership,
        period_start=line.period_start,
        period_end=line.period_end,
        why=[*line.why, *([_begins(line.plan)] if line.plan else [])],
    )


def _begins(plan: Plan) -> dict[str, Any]:
    return {"code": BEGINS, "plan": str(plan.uuid), "interval_months": plan.interval_months}


def copy_of(row: InvoiceLine) -> InvoiceLine:
    """Return a line like ``row`` for another draft, not stored and not fulfilled: what it began, it begins anew."""
    facts = {field.attname: getattr(row, field.attname) for field in InvoiceLine._meta.concrete_fields}
    for own in ("id", "invoice_id", "fulfilled_at", *(["membership_id"] if row.plan_to_begin else [])):
        del facts[own]
    return InvoiceLine(**facts)


def write_lines(invoice: Invoice, rows: Sequence[InvoiceLine], *, now: datetime | None = None) -> None:
    """Make ``rows`` the lines of a locked draft and write every total anew. Stored rows keep their ids.

    Seats are held from ``now`` (None: this moment) and periods claimed for new rows, and given back for those that
    are no longer there. Raises HouseFull without a seat, Conflict for days that are billed already.
    """
    if len(rows) > MAX_LINES:
        raise DomainError(f"An invoice takes at most {MAX_LINES} lines. Start another one.", code="too_many_lines")
    taxed = tax_lines(items_of(rows), included=invoice.tax_included, step=step(invoice.currency))
    net, tax = sum(part.net for part in taxed), sum(part.tax for part in taxed)
    if net + tax < 0:
        raise DomainError(
            "An invoice cannot come to less than nothing: a price below zero takes off at most what its other lines "
            "come to.",
            code="invoice_total",
        )
    if net + tax > MAX_AMOUNT:
        raise DomainError(f"An invoice comes to at most {Money(MAX_AMOUNT, invoice.currency)}.", code="invoice_total")
    kept, new = [row for row in rows if row.pk], [row for row in rows if not row.pk]
    _drop(invoice, but=kept)
    for position, (row, part) in enumerate(zip(rows, taxed, strict=True), start=1):
        if row.pk and row.position != position:  # one by one, upwards: no two ever share a place
            InvoiceLine.objects.filter(pk=row.pk).update(position=position)
        row.position = position
        row.net_amount, row.tax_amount, row.gross_amount = part.net, part.tax, part.gross
    InvoiceLine.objects.bulk_update(kept, ["net_amount", "tax_amount", "gross_amount"])
    InvoiceLine.objects.bulk_create(new)
    _claim(invoice, new, now or timezone.now())
    invoice.net_amount, invoice.tax_amount, invoice.total_amount = net, tax, net + tax
    invoice.save(update_fields=["net_amount", "tax_amount", "total_amount"])
    run_items.refresh_item(invoice)


def _check_promise(invoice: Invoice, line: NewLine) -> None:
    """Raise DomainError for a product, day or period that does not go with the invoice."""
    if line.product and line.product.location_id != invoice.location_id:
        raise DomainError(f"{line.product} is not sold at {invoice.location}.", code="other_location")
    if line.on_date and not (line.product and line.product.is_pass):
        raise DomainError("Only a day pass is for a certain day.", code="day_without_pass")
    if line.on_date and line.quantity != 1:
        raise DomainError("A pass for a certain day is a line of its own.", code="day_quantity")
    whose = line.membership or line.plan
    if (line.period_start is None) != (line.period_end is None) or (line.period_start and not whose):
        raise DomainError("A period has a membership, a first and a last day.", code="period")
    if whose and whose.location_id != invoice.location_id:
        raise DomainError(f"{whose} is billed at {whose.location}.", code="other_location")


def _drop(invoice: Invoice, *, but: Sequence[InvoiceLine]) -> None:
    gone = list(invoice.lines.exclude(pk__in=[row.pk for row in but]).values_list("pk", flat=True))
    if gone:
        claims.give_back(gone)
        InvoiceLine.objects.filter(pk__in=gone).delete()


def _claim(invoice: Invoice, rows: Sequence[InvoiceLine], now: datetime) -> None:
    """Hold the seats and claim the periods of new rows, days in order."""
    for row in sorted((row for row in rows if row.on_date), key=lambda row: (row.on_date, row.pk)):
        assert row.on_date is not None  # filtered above
        capacity.hold(
            location=invoice.location, on=row.on_date, part=DayPart(row.part), source_line=row.pk,
            until=now + capacity.HOLD, now=now,
        )  # fmt: skip
    for row in rows:
        if not (row.membership and row.period_start and row.period_end):
            continue
        try:
            with transaction.atomic():
                BilledPeriod.objects.create(
                    membership=row.membership, period_start=row.period_start, period_end=row.period_end, line=row
                )
        except IntegrityError as error:
            raise Conflict(f"These days of {row.membership} are billed already.", code="period_billed") from error
