"""Plans, products and memberships for tests, made the way the product makes them."""

from datetime import date

from flexspace.core.actors import Actor
from flexspace.core.money import Money
from members.enums import Anchor, ProductKind
from members.models import Membership, Plan, Product
from members.services.catalogue import PlanFacts, ProductFacts, create_plan, create_product
from members.services.memberships import start
from tests.factories.members import make_member

BY = Actor.job("test")
OLD = date(2025, 1, 1)
TODAY = date(2026, 11, 23)


def make_plan(
    location, price=30_000, *, name="Fixed desk", from_date=OLD, interval_months=1, anchor=Anchor.CALENDAR, **facts
) -> Plan:
    """Return a plan at ``price`` minor units a period."""
    made = PlanFacts(name=name, interval_months=interval_months, anchor=anchor, **facts)
    return create_plan(by=BY, location=location, facts=made, price=Money(price, location.currency), from_date=from_date)


def make_product(
    location, price=2_500, *, name="Day pass", kind=ProductKind.DAY_PASS, from_date=OLD, **facts
) -> Product:
    """Return a product at ``price`` minor units."""
    made = ProductFacts(name=name, kind=kind, **facts)
    return create_product(
        by=BY, location=location, facts=made, price=Money(price, location.currency), from_date=from_date
    )


def make_membership(
    location, *, plan=None, member=None, company=None, person=None, starts_on=date(2026, 10, 1), today=TODAY
) -> Membership:
    """Return a running membership of a new member unless a holder is given."""
    if member is None and company is None:
        member = make_member(location)
    plan = plan or Plan.objects.filter(location=location).first() or make_plan(location)
    return start(by=BY, plan=plan, member=member, company=company, person=person, starts_on=starts_on, today=today)
