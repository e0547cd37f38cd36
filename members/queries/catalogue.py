"""Reads of what is on offer: plans, products, tax rates."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from flexspace.core.models import Location, User
from members.models import Membership, Plan, Product, TaxRate

BY_PLACE = ("location_id", "position", "name", "pk")
BY_RATE = ("country", "name", "pk")


def plan_list(user: User) -> "QuerySet[Plan]":
    """Return the plans ``user`` may see, withdrawn ones too, with their prices, for a keyset page BY_PLACE."""
    return _offered(Plan, user)


def product_list(user: User) -> "QuerySet[Product]":
    """Return the products ``user`` may see, withdrawn ones too, with their prices, for a keyset page BY_PLACE."""
    return _offered(Product, user)


def plans_sold(location: Location, *, for_company: bool) -> "QuerySet[Plan]":
    """Return the plans a new membership can have there: a company's people may have those for one person, too."""
    rows = Plan.objects.active().filter(location=location).select_related("location", "tax_rate")
    return rows if for_company else rows.filter(for_company=False)


def tax_rates(user: User) -> "QuerySet[TaxRate]":
    """Return the rates of the countries ``user`` works in, for a keyset page BY_RATE."""
    countries = Location.objects.for_user(user).order_by().values("country")
    return TaxRate.objects.select_related("successor").filter(country__in=countries)


def active_counts(plans: Iterable[Plan], now: datetime) -> dict[int, int]:
    """Return how many memberships of each plan hold today, paused ones too, by one query; none is missing."""
    counted = {plan.pk: 0 for plan in plans}
    today = {plan.location.pk: plan.location.today(now) for plan in plans}
    where = Q(pk=None)
    for place, day in today.items():
        where |= Q(location=place, starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gte=day))
    rows = Membership.objects.filter(where, plan__in=counted) if counted else Membership.objects.none()
    return {**counted, **dict(rows.order_by().values_list("plan").annotate(Count("pk")))}


def _offered(model: Any, user: User) -> "QuerySet[Any]":
    rows = model.objects.for_user(user).select_related("location", "tax_rate__successor")
    found: QuerySet[Any] = rows.prefetch_related("prices")
    return found
