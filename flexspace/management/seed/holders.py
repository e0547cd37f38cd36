"""Many memberships, quickly, for measuring a billing run: one location, a plan each of three prices, no services."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db import transaction

from flexspace.core.models import Location
from flexspace.management.seed import rows
from members.models import Member, Membership, Plan, Product, TaxRate, UsageCharge

PRICES = (18900, 29900, 45000)
EVERY = 4  # one in so many has something on the next bill


def make(*, members: int, starts_on: date, now: datetime) -> Location:
    """Write ``members`` members of one location who hold a plan each from ``starts_on``, in one transaction."""
    with transaction.atomic():
        place = Location.objects.create(
            name="Nordkai", code="NRD", time_zone="Europe/Berlin", currency="EUR", country="DE"
        )
        tax = TaxRate.objects.create(country="DE", name="VAT 19 %", basis_points=1900)
        plans = [Plan.objects.create(location=place, name=f"Desk {price}", tax_rate=tax) for price in PRICES]
        for plan, price in zip(plans, PRICES, strict=True):
            plan.prices.create(from_date=date(2020, 1, 1), amount=price)
        printing = Product.objects.create(location=place, name="Printing", kind="service", tax_rate=tax)
        rows.write(Member, rows.MEMBER, rows.people([place.pk] * members, now))
        rows.write(Membership, _HELD, _held(members, place.pk, [plan.pk for plan in plans], starts_on, now))
        rows.write(UsageCharge, _USED, _used(members, place.pk, printing.pk, starts_on, now))
        rows.continue_ids(Member, Membership, UsageCharge)
    return place


_HELD = ("id", "uuid", "location_id", "plan_id", "member_id", "starts_on", "created_at")
_USED = ("id", "uuid", "location_id", "member_id", "product_id", "quantity", "unit_amount", "on_date", "created_at")


def _held(count: int, place: int, plans: list[int], starts_on: date, now: datetime) -> Iterator[tuple[Any, ...]]:
    for index in range(count):
        plan = plans[index % len(plans)]
        yield index + 1, rows.made_uuid(index, 3), place, plan, index + 1, starts_on, now


def _used(count: int, place: int, product: int, on: date, now: datetime) -> Iterator[tuple[Any, ...]]:
    for number, index in enumerate(range(0, count, EVERY), start=1):
        yield number, rows.made_uuid(index, 4), place, index + 1, product, index % 40 + 1, 50, on, now
