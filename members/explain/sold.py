"""What people read about plans, products and tax rates: how they are sold, and what happened to them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flexspace.core.models import AuditEvent
from flexspace.core.money import Money, MoneyError
from flexspace.core.sentences import says
from members.enums import Anchor, ProductKind
from members.explain.costs import day_words, every, percent
from members.models import Plan, Product

_FACTS = {
    "name": "name",
    "tax": "tax",
    "interval_months": "how often it is billed",
    "anchor": "when it is billed",
    "for_company": "who may have it",
    "shortcut": "key",
}


def how_billed(plan: Plan) -> str:
    """Return when a plan is billed: "each month from the 1st"."""
    start = "from the 1st" if plan.anchor == Anchor.CALENDAR else "from the start day"
    return f"each {every(plan.interval_months).removeprefix('a ')} {start}"


def what_it_gives(product: Product) -> str:
    """Return what paying a product gives: "5 half days, 60 days, shared in the company"; empty for a service."""
    if not product.is_pass:
        return ""
    unit = "half day" if product.is_half else "day"
    parts = [f"1 {unit}" if product.credits == 1 else f"{product.credits} {unit}s"]
    if product.valid_days:
        parts.append("valid on the day it is paid" if product.valid_days == 1 else f"valid {product.valid_days} days")
    if product.is_shared:
        parts.append("shared in the company")
    return ", ".join(parts)


def kind_words(product: Product) -> str:
    """Return the kind of a product in words."""
    return ProductKind(product.kind).label


@says("members.plan.created", icon="badge-plus")
def plan_created(event: AuditEvent) -> str:
    """Tell a new plan's price."""
    facts = event.after
    price = f"{money_of(facts)} {every(int(facts.get('interval_months') or 1))}"
    return f"{facts.get('name')} offered at {price} from {day_of(facts, 'from_date')}"


@says("members.product.created", icon="badge-plus")
def product_created(event: AuditEvent) -> str:
    """Tell a new product's price."""
    facts = event.after
    return f"{facts.get('name')} offered at {money_of(facts)} from {day_of(facts, 'from_date')}"


@says("members.plan.updated", icon="pencil")
@says("members.product.updated", icon="pencil")
def updated(event: AuditEvent) -> str:
    """Tell which facts changed."""
    names = [word for key, word in _FACTS.items() if event.before.get(key) != event.after.get(key)]
    return f"Changed {', '.join(names)}" if names else "Saved without a change"


@says("members.plan.priced", icon="coins")
@says("members.product.priced", icon="coins")
def priced(event: AuditEvent) -> str:
    """Tell the new price, its first day and the old price."""
    before, after = event.before, event.after
    was = f", {money_of(before)} before" if before.get("amount") is not None else ""
    return f"{after.get('name')} costs {money_of(after)} from {day_of(after, 'from_date')}{was}"


@says("members.plan.price_dropped", icon="undo-2")
@says("members.product.price_dropped", icon="undo-2")
def price_dropped(event: AuditEvent) -> str:
    """Tell the price that will not come."""
    return f"Price of {money_of(event.before)} from {day_of(event.before, 'from_date')} taken back"


@says("members.plan.withdrawn", tone="warn", icon="archive")
@says("members.product.withdrawn", tone="warn", icon="archive")
def withdrawn(event: AuditEvent) -> str:
    """Tell what is not sold any more."""
    return f"{event.after.get('name')} is not sold any more"


@says("members.plan.offered", icon="archive-restore")
@says("members.product.offered", icon="archive-restore")
def offered(event: AuditEvent) -> str:
    """Tell what is sold again."""
    return f"{event.after.get('name')} is sold again"


@says("members.tax_rate.created", icon="percent")
def rate_created(event: AuditEvent) -> str:
    """Tell a new rate."""
    return f"Tax {event.after.get('name')} added: {percent(int(event.after.get('basis_points') or 0))}"


@says("members.tax_rate.replaced", icon="percent")
def rate_replaced(event: AuditEvent) -> str:
    """Tell what takes a rate's place, and from when."""
    facts = event.after
    return f"{facts.get('name')} becomes {facts.get('successor')} from {day_of(facts, 'from_date')}"


@says("members.tax_rate.kept", icon="undo-2")
def rate_kept(event: AuditEvent) -> str:
    """Tell that a rate stays after all."""
    return f"{event.after.get('name')} stays"


@says("members.tax_rate.withdrawn", tone="warn", icon="archive")
def rate_withdrawn(event: AuditEvent) -> str:
    """Tell which rate is for nothing new."""
    return f"{event.after.get('name')} is not offered for new things"


@says("members.tax_rate.offered", icon="archive-restore")
def rate_offered(event: AuditEvent) -> str:
    """Tell which rate is offered again."""
    return f"{event.after.get('name')} is offered again"


def money_of(facts: Mapping[str, Any]) -> str:
    """Return the money of an event's ``amount`` and ``currency``."""
    try:
        return str(Money(facts.get("amount"), str(facts.get("currency", ""))))  # type: ignore[arg-type]
    except MoneyError:
        return "an unknown amount"


def day_of(facts: Mapping[str, Any], key: str) -> str:
    """Return the day an event's ``key`` names."""
    try:
        return day_words(date.fromisoformat(str(facts.get(key))))
    except ValueError:
        return "an unknown day"
