"""The bill of a month: every day of every membership that is not billed yet, and what was used.

A membership is billed in advance, for each of its periods that has begun by the end of the month. So whoever joined
after the last run is found by themselves, a missed month comes with the next one, and nothing is billed twice: days
that are billed stay billed, whatever happens to the membership afterwards. Ending it now only means that no further
day is billed; nothing is paid back by itself.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from billing.dues.facts import Held, Month, Payer, Tax, Used, tax_on
from members.calendars import Period
from members.proration import PriceMissing, Prorated
from members.terms import part_cost, unbilled

LOOK_BACK = 12  # months before its own in which a run still finds unbilled days


@dataclass(frozen=True, slots=True)
class Line:
    """One line to be: ``unit`` is the price of one as the location types it, with or without tax."""

    what: str
    unit: int
    tax: Tax
    quantity: int = 1
    period: Period | None = None
    membership_id: int | None = None
    usage_id: int | None = None
    product_id: int | None = None
    person: str = ""
    person_id: int | None = None
    on_date: date | None = None
    note: str = ""
    why: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Missing:
    """A membership that cannot be billed from ``day`` on because its plan has no price yet."""

    plan: str
    day: date
    membership_id: int


@dataclass(frozen=True, slots=True)
class Dues:
    """What a payer is billed, oldest first, and what could not be."""

    lines: tuple[Line, ...] = ()
    missing: tuple[Missing, ...] = ()


def first_day(month: Month, since: date) -> date:
    """Return the first day that the run of ``month`` may bill; ``since`` is the location's, for all of its runs."""
    return max(since, month.plus(-LOOK_BACK).start)


def dues(payer: Payer, *, month: Month, since: date) -> Dues:
    """Return what the run of ``month`` bills ``payer``; days before ``since`` are not this product's to bill."""
    lines: list[Line] = []
    missing: list[Missing] = []
    for held in payer.held:
        for cycle, part in unbilled(held.terms, held.billed, since=since, before=month.end):
            try:
                cost = part_cost(held.terms, cycle, part)
            except PriceMissing:
                missing.append(Missing(held.plan, part.start, held.membership_id))
                break  # later periods would come before this one
            lines.append(_of_period(held, part, cost, month))
    lines.sort(key=lambda line: line.period.start if line.period else date.max)
    lines += [_of_usage(used) for used in payer.used if used.on_date < month.end]
    return Dues(tuple(lines), tuple(missing))


def _of_period(held: Held, part: Period, cost: Prorated, month: Month) -> Line:
    why = cost.facts()
    if part.start < month.start:
        why.append({"code": "late", "month": Month.of(part.start).start.isoformat()})
    return Line(
        what=held.plan,
        unit=cost.amount,
        tax=tax_on(held.taxes, part.start),
        period=part,
        membership_id=held.membership_id,
        person=held.person,
        person_id=held.person_id,
        why=why,
    )


def _of_usage(used: Used) -> Line:
    return Line(
        what=used.product,
        unit=used.unit,
        tax=tax_on(used.taxes, used.on_date),
        quantity=used.quantity,
        usage_id=used.usage_id,
        product_id=used.product_id,
        person=used.person,
        person_id=used.person_id,
        on_date=used.on_date,
        note=used.note,
        why=[{"code": "used", "on": used.on_date.isoformat()}],
    )
