"""Products, passes and memberships for tests."""

from datetime import date
from itertools import count

from flexspace.core.actors import Actor
from members.models import Membership, Plan, Product
from members.services.day_passes import grant
from tests.factories import sold

_number = count(1)
LONG_AGO = date(2020, 1, 1)


def make_product(location, *, name="Day pass", price=2500, **facts) -> Product:
    """Return the location's product of that name, made when there is none."""
    found = Product.objects.filter(location=location, name=name).first()
    return found or sold.make_product(location, price, name=name, from_date=LONG_AGO, **facts)


def make_pass(member=None, *, company=None, location=None, count=1, on=LONG_AGO, until=None, **facts):
    """Return a day pass that was given by hand."""
    holder = member or company
    return grant(
        by=Actor.job("test"), location=location or holder.location, member=member, company=company, credits=count,
        valid_from=on, valid_until=until, **facts,
    )  # fmt: skip


def hold_plan(member=None, *, company=None, person=None, starts_on=LONG_AGO, ends_on=None) -> Membership:
    """Return a membership in a plan of its own."""
    holder = member or company
    plan = Plan.objects.create(location=holder.location, name=f"Flex {next(_number)}", for_company=company is not None)
    return Membership.objects.create(
        location=holder.location, plan=plan, member=member, company=company, person=person, starts_on=starts_on,
        ends_on=ends_on,
    )  # fmt: skip
