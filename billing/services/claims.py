"""Which days of a membership, and what that was used, a line bills. Taken with the line, given back when it goes."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Case, Q, Value, When

from billing.dues.facts import Month
from billing.dues.lines import first_day
from billing.models import BilledPeriod, BillingRun, BillingRunItem, InvoiceLine
from billing.queries.payers import run_before
from flexspace.core.actors import Actor
from members.models import UsageCharge
from members.services import fulfilment, usage


class LostRace(Exception):
    """Somebody else has billed it meanwhile: roll back, read again."""


def take_usage(lines: Sequence[tuple[int, InvoiceLine]]) -> None:
    """Let each usage (its id) be billed by its stored line. Raises LostRace when one of them is billed already."""
    if not lines:
        return
    billed = Case(*[When(pk=pk, then=Value(line.pk)) for pk, line in lines])
    free = UsageCharge.objects.filter(pk__in=[pk for pk, _line in lines], billed_line=None, dropped_at=None)
    if free.update(billed_line=billed) != len(lines):
        raise LostRace


def close_free(charges: Collection[int], *, by: Actor, now: datetime) -> None:
    """Be done with usage (ids) that costs nothing where there is no bill to put it on. Raises LostRace like that."""
    if charges and usage.close_free(by=by, charges=charges, now=now) != len(charges):
        raise LostRace


def give_back(lines: Collection[int]) -> None:
    """Free what the lines (their ids) of drafts took: days, usage and seats; call it before they are deleted."""
    BilledPeriod.objects.filter(line__in=lines).delete()
    fulfilment.let_go(lines=lines)


def give_back_free(run: BillingRun, items: Collection[BillingRunItem]) -> None:
    """Free the days that cost the payers of ``items``, which have no invoice, nothing when ``run`` looked at them.

    They are claimed without a line. Those before the end of the month of the run before are that run's to look at.
    """
    members, companies = ({getattr(item, name) for item in items} - {None} for name in ("member_id", "company_id"))
    month, before = Month(run.month), run_before(run)
    first = first_day(month, run.bills_from)
    BilledPeriod.objects.filter(
        Q(membership__member__in=members) | Q(membership__company__in=companies),
        membership__location=run.location_id,
        line=None,
        released_at=None,
        period_start__gte=max(first, Month(before.month).end) if before else first,
        period_start__lt=month.end,
    ).delete()


def release(lines: Collection[int], *, now: datetime) -> None:
    """Let the next run find the days that the lines (their ids) of voided invoices billed; that they did is kept."""
    BilledPeriod.objects.filter(line__in=lines, released_at=None).update(released_at=now)
