"""Prices of plans and products, each from a date on."""

from datetime import date

from django.db import transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.money import Money
from members.models import Plan, Product
from members.services.catalogue import action, locked, price_amount


@transaction.atomic
def set_price(*, by: Actor, item: Plan | Product, price: Money, from_date: date, today: date) -> None:
    """Let ``item`` cost ``price`` from ``from_date``, today or later; a price of the same date is replaced.

    Bills that are written already keep what they say. ``today`` is the location's.
    """
    row = locked(item)
    if from_date < today:
        raise DomainError("A new price begins today or later; the past is billed already.", code="price_in_past")
    before, amount = row.price_on(from_date), price_amount(row.location, price)
    row.prices.update_or_create(from_date=from_date, defaults={"amount": amount})
    _record(by, row, "priced", from_date, before=before.amount if before is not None else None, after=amount)


@transaction.atomic
def drop_price(*, by: Actor, item: Plan | Product, from_date: date, today: date) -> None:
    """Take back a price that has not begun; nothing happens when it is gone. DomainError for one in force."""
    row = locked(item)
    if from_date <= today:
        raise DomainError("This price is in force. Set another one from a later date.", code="price_in_force")
    found = row.prices.filter(from_date=from_date).first()
    if found:
        found.delete()
        _record(by, row, "price_dropped", from_date, before=found.amount, after=None)


def _record(
    by: Actor, row: Plan | Product, what: str, from_date: date, *, before: int | None, after: int | None
) -> None:
    facts = {"name": row.name, "currency": row.location.currency, "from_date": from_date.isoformat()}
    audit.record(
        action(row, what),
        by=by,
        about=[row],
        location=row.location,
        before={**facts, "amount": before},
        after={**facts, "amount": after},
    )
