"""What is on offer: plans and products, their prices from a date, and withdrawing them."""

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from flexspace.core.money import Money, step
from members.enums import Anchor, ProductKind
from members.models import Plan, Product, TaxRate
from members.passes import COUNTER_KEYS

Item = TypeVar("Item", bound="Plan | Product")


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What a plan is. ``interval_months`` is 1, 3 or 12."""

    name: str
    description: str = ""
    tax_rate: TaxRate | None = None
    interval_months: int = 1
    anchor: str = Anchor.CALENDAR
    for_company: bool = False
    lets_in: bool = True


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What a product is. Of a service only name, tax and ``shortcut`` count; only a pack has several ``credits``."""

    name: str
    kind: str
    tax_rate: TaxRate | None = None
    credits: int = 1
    is_half: bool = False
    valid_days: int | None = None
    is_shared: bool = False
    shortcut: str = ""


GIVES = ("kind", "credits", "is_half", "valid_days", "is_shared")  # what a product promises whoever pays it
TERMS = ("interval_months", "anchor", "for_company", "lets_in")  # what a plan's memberships were agreed on


@transaction.atomic
def create_plan(*, by: Actor, location: Location, facts: PlanFacts, price: Money, from_date: date) -> Plan:
    """Offer a plan at ``price`` a period from ``from_date``; DomainError when a fact cannot be."""
    return _create(by, Plan(location=location), _plan_facts(location, facts), price, from_date)


@transaction.atomic
def create_product(*, by: Actor, location: Location, facts: ProductFacts, price: Money, from_date: date) -> Product:
    """Offer a product at ``price`` from ``from_date``; DomainError when a fact cannot be."""
    return _create(by, Product(location=location), _product_facts(location, facts), price, from_date)


@transaction.atomic
def update_plan(*, by: Actor, plan: Plan, facts: PlanFacts) -> Plan:
    """Change a plan; Conflict when memberships of it exist and how they are billed would change."""
    row, wanted = locked(plan), _plan_facts(plan.location, facts)
    if any(getattr(row, name) != wanted[name] for name in TERMS) and row.memberships.exists():
        raise Conflict(
            f"{row} has memberships, so how it is billed and what it gives stays. Make another plan for that.",
            code="plan_in_use",
        )
    return _update(by, row, wanted)


@transaction.atomic
def update_product(*, by: Actor, product: Product, facts: ProductFacts) -> Product:
    """Change name, tax or key of a product; Conflict when what it gives would change: it may be sold and unpaid."""
    row, wanted = locked(product), _product_facts(product.location, facts)
    if any(getattr(row, name) != wanted[name] for name in GIVES):
        raise Conflict(
            f"What {row} gives stays as it was sold. Withdraw it and make another product.", code="product_promise"
        )
    return _update(by, row, wanted)


@transaction.atomic
def withdraw(*, by: Actor, item: Plan | Product) -> None:
    """Offer ``item`` no more. Memberships and passes of it go on; its key at the desk becomes free."""
    _offer(by, item, active=False)


@transaction.atomic
def offer_again(*, by: Actor, item: Plan | Product) -> None:
    """Offer a withdrawn ``item`` again; DomainError when its key at the desk is another product's now."""
    _offer(by, item, active=True)


def _create(by: Actor, row: Item, facts: dict[str, Any], price: Money, from_date: date) -> Item:
    _write(row, facts)
    amount = price_amount(row.location, price)
    row.prices.create(from_date=from_date, amount=amount)
    after = {**_told(row), "amount": amount, "currency": row.location.currency, "from_date": from_date.isoformat()}
    audit.record(action(row, "created"), by=by, about=[row], location=row.location, after=after)
    return row


def _update(by: Actor, row: Item, facts: dict[str, Any]) -> Item:
    before = _told(row)
    _write(row, facts)
    audit.record(action(row, "updated"), by=by, about=[row], location=row.location, before=before, after=_told(row))
    return row


def _offer(by: Actor, item: Plan | Product, *, active: bool) -> None:
    row = locked(item)
    if row.is_active == active:
        return
    _write(row, {"is_active": active})
    what = "offered" if active else "withdrawn"
    audit.record(action(row, what), by=by, about=[row], location=row.location, after={"name": row.name})


def locked(item: Item) -> Item:
    """Return the row of ``item``, locked until the transaction ends."""
    rows = type(item).objects.select_related("location", "tax_rate").select_for_update(of=("self",))
    row: Item = rows.get(pk=item.pk)
    return row


def price_amount(location: Location, price: Money) -> int:
    """Return ``price`` in minor units of the location's currency; DomainError when it is none of that."""
    if price.currency != location.currency or price.amount % step(location.currency) or price.amount < 0:
        raise DomainError(f"{price} is not a price in {location.currency}.", code="currency_mismatch")
    return price.amount


def action(row: Plan | Product, what: str) -> str:
    """Return the audited action: "members.plan.created"."""
    return f"members.{row._meta.model_name}.{what}"


def _told(row: Plan | Product) -> dict[str, Any]:
    """Return what an audit row keeps of it."""
    facts = {"name": row.name, "tax": row.tax_rate.name if row.tax_rate else ""}
    if isinstance(row, Plan):
        return {**facts, "interval_months": row.interval_months, "anchor": row.anchor, "for_company": row.for_company}
    return {**facts, "kind": row.kind, "credits": row.credits, "shortcut": row.shortcut}


def _write(row: Plan | Product, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        taken = "shortcut" in str(error) or "product_key_once" in str(error)
        said = f"the key “{row.shortcut}”" if taken and isinstance(row, Product) else f"the name “{row.name}”"
        raise DomainError(f"Something else at {row.location} has {said}. Choose another.", code="taken") from error


def _plan_facts(location: Location, facts: PlanFacts) -> dict[str, Any]:
    if facts.interval_months not in (1, 3, 12):
        raise DomainError("A plan is billed each month, quarter or year.", code="plan_interval")
    return {
        **_common(location, facts),
        "description": refuse_card_number(facts.description.strip()),
        "interval_months": facts.interval_months,
        "anchor": str(facts.anchor),
        "for_company": facts.for_company,
        "lets_in": facts.lets_in,
    }


def _product_facts(location: Location, facts: ProductFacts) -> dict[str, Any]:
    kind = ProductKind(facts.kind)
    if kind is ProductKind.PACK and facts.credits < 2:
        raise DomainError("A pack has two passes or more. For one, sell a day pass.", code="pack_credits")
    is_pass, pack = kind is not ProductKind.SERVICE, kind is ProductKind.PACK
    if facts.valid_days is not None and facts.valid_days < 1:
        raise DomainError("A pass holds for one day or more.", code="valid_days")
    key = facts.shortcut.strip().upper()
    if key in COUNTER_KEYS:
        raise DomainError(f"{key} is a key of the counter’s own. Choose another letter.", code="key_taken")
    return {
        **_common(location, facts),
        "kind": kind.value,
        "credits": facts.credits if pack else 1,
        "is_half": facts.is_half if pack else kind is ProductKind.HALF_DAY,
        "valid_days": facts.valid_days if is_pass else None,
        "is_shared": facts.is_shared and is_pass,
        "shortcut": key,
    }


def _common(location: Location, facts: PlanFacts | ProductFacts) -> dict[str, Any]:
    name, rate = " ".join(facts.name.split()), facts.tax_rate
    if not name:
        raise DomainError("Enter a name.", code="name_missing")
    if rate and rate.country != location.country:
        raise DomainError(f"{rate} is a tax of {rate.country}. Choose one of {location}.", code="tax_country")
    return {"name": refuse_card_number(name), "tax_rate": rate}
