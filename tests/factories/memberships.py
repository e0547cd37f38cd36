"""What is held and put on the next bill, made plainly: no services, so any day and any shape."""

from datetime import date
from itertools import count

from members.enums import Anchor
from members.models import Company, Membership, Plan, Product, UsageCharge
from tests.factories.passes import make_product

_number = count(1)
LONG_AGO = date(2020, 1, 1)
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


def make_plan(location, *, name=None, price=30000, prices=None, tax_rate=None, **facts) -> Plan:
    """Return a plan, made once for its name: 300.00 a calendar month unless said otherwise."""
    plan, made = Plan.objects.get_or_create(
        location=location,
        name=name or f"Plan {next(_number)}",
        defaults={"tax_rate": tax_rate, "anchor": Anchor.CALENDAR, **facts},
    )
    for from_date, amount in (prices or {LONG_AGO: price}).items() if made else ():
        plan.prices.create(from_date=from_date, amount=amount)
    return plan


def make_membership(
    holder, plan=None, *, starts_on=DECEMBER, ends_on=None, person=None, previous=None, **facts
) -> Membership:
    """Return a membership of a member or a company, in a plan named Hot desk unless given."""
    who = {"company": holder} if isinstance(holder, Company) else {"member": holder}
    return Membership.objects.create(
        location=holder.location,
        plan=plan or make_plan(holder.location, name="Hot desk"),
        starts_on=starts_on,
        ends_on=ends_on,
        person=person,
        previous=previous,
        **who,
        **facts,
    )


def make_usage(holder, *, product: Product | None = None, on=date(2026, 11, 20), quantity=1, unit=500, note=""):
    """Return something put on the next bill of a member or a company."""
    who = {"company": holder} if isinstance(holder, Company) else {"member": holder}
    return UsageCharge.objects.create(
        location=holder.location,
        product=product or make_product(holder.location, name="Printing", kind="service"),
        quantity=quantity,
        unit_amount=unit,
        on_date=on,
        note=note,
        **who,
    )
