"""Memberships sold at the counter: their first days are a line of a sale, and they begin when that line is paid.

Until then the line knows its plan by itself and no membership exists. So a sale that is parked, dropped, voided or
left behind has nothing to end, nobody comes in by what nobody paid, and no billing run finds it. In the transaction
that pays, whatever way the money came, the membership begins and its first period is claimed: the next run goes on
with the period after it. What would refuse the membership is asked before the money is taken; when it comes up
between the two all the same, the money stays booked and the audit log says what is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q, Sum

from billing.enums import InvoiceState
from billing.explain.lines import period_line
from billing.models import BilledPeriod, Invoice, InvoiceLine
from billing.models.line import COUNTS
from billing.rules import credit
from billing.services.lines import MAX_DESCRIPTION, NewLine
from billing.tax import Item
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import Location
from flexspace.core.money import Money, step
from members.enums import PassEntryKind, ProductKind
from members.models import Company, DayPass, Member, Membership, Plan, TaxRate
from members.proration import PriceMissing
from members.services import capacity, day_passes, memberships

REASON = "Counts toward a membership"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Paid:
    """A day pass and the paid line it was bought with."""

    day_pass: DayPass
    line: InvoiceLine


def check_choice(*, plan: Plan, payer: Member | Company, person: Member | None, starts_on: date, today: date) -> None:
    """Raise what starting the membership would raise, and DomainError for a day that is over."""
    if starts_on < today:
        raise DomainError("At the counter a membership starts today or later.", code="day_over")
    who: dict[str, Any] = {"member": payer} if isinstance(payer, Member) else {"company": payer, "person": person}
    memberships.check_start(plan=plan, starts_on=starts_on, today=today, **who)


def first_line(*, plan: Plan, person: Member | None, starts_on: date) -> NewLine:
    """Return the line of the first period of ``plan`` from ``starts_on`` on, prorated; DomainError without a price.

    ``person`` is who it is for when a company pays.
    """
    terms = plan.terms(starts_on)
    period = terms.cycle.period_containing(starts_on)
    part = period.within(starts_on, None)
    assert part is not None  # the period holds the day
    try:
        cost = terms.cost(period)
    except PriceMissing as missing:
        raise DomainError(f"{plan} has no price for those days yet. Give it one first.", code="no_price") from missing
    return NewLine(
        period_line(plan.name, person.name if person else "", part.start, part.last),
        Money(cost.amount, plan.location.currency),
        tax_rate=plan.tax_rate.on(part.start) if plan.tax_rate else None,
        for_member=person,
        plan=plan,
        period_start=part.start,
        period_end=part.end,
        why=cost.facts(),
    )


def credit_line(first: NewLine, paid: Paid, *, place: Location) -> NewLine | None:
    """Return the line that takes off ``first`` what was paid for the pass today, with the tax it was paid with.

    None when that is nothing.
    """
    old, rate = paid.line, first.tax_rate
    item = Item(old.unit_amount * old.quantity, old.tax_name, old.tax_basis_points)
    off = credit(
        item,
        Item(first.unit.amount, rate.name if rate else "", rate.basis_points if rate else 0),
        included=place.tax_included,
        step=step(place.currency),
    )
    if not off:
        return None
    tax = TaxRate(name=old.tax_name, basis_points=old.tax_basis_points, country=place.country) if old.tax_name else None
    why = [{"code": COUNTS, "pass": str(paid.day_pass.uuid)}]
    return NewLine(f"Less {old.description}"[:MAX_DESCRIPTION], Money(-off, place.currency), tax_rate=tax, why=why)


def pass_paid_today(payer: Member | Company, place: Location, *, now: datetime) -> Paid | None:
    """Return the dearest single or half-day pass that a member paid today at ``place``, used or not; two queries.

    One that counts toward a membership already, or was taken back, is left out.
    """
    if not isinstance(payer, Member):
        return None
    start = datetime.combine(place.today(now), time.min, tzinfo=place.zone)
    rows = InvoiceLine.objects.filter(
        invoice__location=place, invoice__member=payer, invoice__state=InvoiceState.ISSUED, fulfilled_at__gte=start,
        gross_amount__gt=0, quantity=1, product__kind__in=[ProductKind.DAY_PASS, ProductKind.HALF_DAY],
    )  # fmt: skip
    lines = {row.pk: row for row in rows.select_related("invoice")[:50]}
    passes = DayPass.objects.filter(source_line__in=lines, credits=1, revoked_at=None)
    counting = Sum("entries__credits", filter=Q(entries__kind=PassEntryKind.APPLIED), default=0)
    found = [Paid(row, lines[row.source_line or 0]) for row in passes.annotate(counting=counting).filter(counting=0)]
    return max(found, key=lambda one: (one.line.gross_amount, one.day_pass.pk), default=None)


def make_ready(*, by: Actor, invoice: Invoice, rows: Sequence[InvoiceLine], now: datetime) -> None:
    """Ask, before a draft's money is taken, whether its memberships can begin, and let its day passes count.

    Raises what starting the memberships would raise, and Conflict for a pass that counts elsewhere already. Locks
    people first, then days, then passes, as ``fulfil_paid`` does.
    """
    counting = [row.pass_that_counts for row in rows if row.pass_that_counts]
    if counting and not any(row.plan_to_begin for row in rows):
        raise DomainError("A day pass counts toward a membership. Take it out, or add the plan.", code="credit_alone")
    lock_people([(invoice, row) for row in rows])
    today = invoice.location.today(now)
    for row in to_begin(rows):
        assert row.period_start is not None  # such a line has a period
        memberships.check_start(plan=_plan_of(row), starts_on=row.period_start, today=today, **_who(invoice, row))
    capacity.lock_days(invoice.location, [row.seat_day for row in rows if row.seat_day])
    for day_pass in DayPass.objects.filter(uuid__in=counting).order_by("pk") if counting else ():
        day_passes.apply(by=by, day_pass=day_pass, reason=REASON, now=now)


def lock_people(lines: Sequence[tuple[Invoice, InvoiceLine]]) -> None:
    """Lock for whom memberships begin with ``lines`` of locked invoices, by ascending id: before days of seats."""
    people = {
        pk
        for invoice, row in lines
        for pk in (invoice.member_id, row.for_member_id)
        if pk and row.plan_to_begin and row.membership_id is None
    }
    if people:
        memberships.lock_people(people)


def lock_begun(rows: Sequence[InvoiceLine]) -> None:
    """Lock the memberships that began with ``rows`` of a locked invoice that is voided: before days of seats.

    Who changes a plan has a membership and waits for its people, whom who books money has while waiting for days.
    """
    begun_here = [row.membership_id for row in rows if row.plan_to_begin and row.membership_id]
    if begun_here:
        memberships.lock_all(begun_here)


def begin(*, by: Actor, invoice: Invoice, rows: Sequence[InvoiceLine], now: datetime) -> None:
    """Start the memberships that the paid ``rows`` of a locked invoice promise, and claim their first periods."""
    for row in to_begin(rows):
        assert row.period_start is not None  # such a line has a period
        assert row.period_end is not None
        plan = _plan_of(row)
        try:
            with transaction.atomic():
                row.membership = memberships.start(
                    by=by, plan=plan, starts_on=row.period_start, today=invoice.location.today(now), paid=True,
                    **_who(invoice, row),
                )  # fmt: skip
                row.save(update_fields=["membership"])
                BilledPeriod.objects.create(
                    membership=row.membership, period_start=row.period_start, period_end=row.period_end, line=row
                )
        except (DomainError, IntegrityError) as refused:  # the money is there, so it is booked all the same
            row.membership = None
            said = refused.message if isinstance(refused, DomainError) else "It exists already."
            log.warning("signup.refused", line=row.pk, plan=plan.pk, said=said)
            audit.record(
                "billing.signup.refused", by=by, about=[invoice, invoice.payer], location=invoice.location,
                after={"plan": plan.name}, reason=said,
            )  # fmt: skip


def take_back(*, by: Actor, invoice: Invoice, rows: Sequence[InvoiceLine], reason: str, now: datetime) -> None:
    """Undo what an issued invoice did that is being voided: its memberships never began, its passes count no more.

    A membership began without money only where its first days cost nothing.
    """
    if invoice.state != InvoiceState.ISSUED:
        return
    begun_here = [row.membership_id for row in rows if row.plan_to_begin and row.membership_id]
    for membership in Membership.objects.filter(pk__in=begun_here).order_by("pk") if begun_here else ():
        memberships.take_back(by=by, membership=membership, reason=reason, now=now)
    counting = [row.pass_that_counts for row in rows if row.pass_that_counts]
    for day_pass in DayPass.objects.filter(uuid__in=counting).order_by("pk") if counting else ():
        day_passes.take_off_again(by=by, day_pass=day_pass, reason=reason, now=now)


def days_of(rows: Sequence[InvoiceLine]) -> list[date]:
    """Return the days whose seats voiding ``rows`` touches: their own, and those of passes that counted."""
    counting = [row.pass_that_counts for row in rows if row.pass_that_counts]
    passes = list(DayPass.objects.filter(uuid__in=counting)) if counting else []
    return [row.seat_day for row in rows if row.seat_day] + day_passes.seat_days(passes)


def to_begin(rows: Sequence[InvoiceLine]) -> list[InvoiceLine]:
    """Return those of ``rows`` with which a membership begins that does not exist yet."""
    return [row for row in rows if row.plan_to_begin and row.membership_id is None]


def begun(rows: Sequence[InvoiceLine]) -> list[Membership]:
    """Return the memberships that began with ``rows``; one query."""
    ids = [row.membership_id for row in rows if row.plan_to_begin and row.membership_id]
    return list(Membership.objects.filter(pk__in=ids).select_related("plan", "location")) if ids else []


def _plan_of(row: InvoiceLine) -> Plan:
    plans = Plan.objects.select_related("location", "tax_rate").prefetch_related("prices")
    found: Plan = plans.get(uuid=row.plan_to_begin)
    return found


def _who(invoice: Invoice, row: InvoiceLine) -> dict[str, Any]:
    return {"member": invoice.member} if invoice.member else {"company": invoice.company, "person": row.for_member}
