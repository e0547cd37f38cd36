"""What is put on the next bill: a print, a parcel, a meeting room. The billing run of its month bills it once."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db import transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money
from members.enums import ProductKind
from members.explain import day_words
from members.models import Company, Member, Product, UsageCharge
from members.services.catalogue import price_amount

BACK = timedelta(days=366)  # further away is a mistyped year
MOST = 9999


@transaction.atomic
def put(
    *,
    by: Actor,
    payer: Member | Company,
    product: Product,
    quantity: int = 1,
    on_date: date,
    today: date,
    note: str = "",
    unit: Money | None = None,
    used_by: Member | None = None,
) -> UsageCharge:
    """Put ``quantity`` of ``product``, used on ``on_date``, on the payer's next bill.

    It costs what the product costs that day, or ``unit`` each, which only who may give discounts says. ``used_by`` is
    one of a company's people. Raises DomainError for what cannot be billed, Conflict for somebody who was archived
    and for what is not sold any more.
    """
    _check(payer, product, quantity, on_date, today, used_by)
    price = unit if unit is not None else product.price_on(on_date)
    if price is None:
        raise DomainError(f"{product} has no price on {day_words(on_date)} yet. Give it one first.", code="no_price")
    row = UsageCharge.objects.create(
        location=product.location,
        member=payer if isinstance(payer, Member) else None,
        company=payer if isinstance(payer, Company) else None,
        used_by=used_by,
        product=product,
        quantity=quantity,
        unit_amount=price_amount(product.location, price),
        on_date=on_date,
        note=refuse_card_number(note.strip()),
    )
    _record("put", by, row)
    return row


@transaction.atomic
def drop(*, by: Actor, charge: UsageCharge, now: datetime) -> UsageCharge:
    """Take something off the next bill; a second call changes nothing. Conflict when it is on a bill by now."""
    rows = UsageCharge.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("product", "location", "member", "company").get(pk=charge.pk)
    if row.dropped_at:
        return row
    if row.billed_line:
        raise Conflict(f"{row} is on a bill already. Change that bill.", code="usage_billed")
    row.dropped_at = now
    row.save(update_fields=["dropped_at"])
    _record("dropped", by, row)
    return row


@transaction.atomic
def close_free(*, by: Actor, charges: Collection[int], now: datetime) -> int:
    """Be done with what cost nothing (ids), because a run found nothing to pay and so wrote no bill; return how many.

    What is on a bill, or was taken off, stays as it is.
    """
    free = UsageCharge.objects.filter(pk__in=charges, billed_line=None, dropped_at=None).order_by("pk")
    rows = list(
        free.select_for_update(of=("self",), no_key=True).select_related("product", "location", "member", "company")
    )
    UsageCharge.objects.filter(pk__in=[row.pk for row in rows]).update(dropped_at=now)
    for location, own in groupby(rows, key=lambda row: row.location):
        audit.record_many("members.usage.free", map(_change, own), by=by, location=location)
    return len(rows)


def _check(
    payer: Member | Company, product: Product, quantity: int, on_date: date, today: date, used_by: Member | None
) -> None:
    if product.kind != ProductKind.SERVICE:
        raise DomainError(f"{product} is a pass. Sell it at the counter.", code="not_a_service")
    if product.location_id != payer.location_id:
        raise DomainError(f"{product} is not sold at {payer.location}.", code="other_location")
    if not product.is_active:
        raise Conflict(f"{product} is not sold any more.", code="product_withdrawn")
    if isinstance(payer, Member) and payer.archived_at:
        raise Conflict(f"{payer} is archived.", code="member_archived")
    if used_by and (not isinstance(payer, Company) or used_by.company_id != payer.pk):
        raise DomainError(f"{used_by} does not belong to {payer}.", code="not_of_company")
    if not 1 <= quantity <= MOST:
        raise DomainError(f"The quantity is between 1 and {MOST}.", code="quantity")
    if not today - BACK <= on_date <= today:
        raise DomainError("It was used today or within the last year.", code="date_out_of_reach")


def _record(what: str, by: Actor, row: UsageCharge) -> None:
    said = _change(row)
    audit.record(f"members.usage.{what}", by=by, about=said.about, location=row.location, after=said.after)


def _change(row: UsageCharge) -> audit.Change:
    payer = row.member or row.company
    facts = {"what": row.product.name, "quantity": row.quantity, "amount": row.quantity * row.unit_amount,
             "currency": row.location.currency, "on": row.on_date.isoformat()}  # fmt: skip
    return audit.Change(about=[row, *([payer] if payer else [])], after=facts)
