"""Which days of memberships are billed, for the pages that tell what comes next."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from billing.dues.facts import Month
from billing.dues.lines import first_day
from billing.dues.months import upcoming
from billing.models import BilledPeriod, BillingRun
from flexspace.core.models import Location
from members.calendars import Period
from members.models import Membership
from members.terms import Billed


def billed_of(memberships: Sequence[Membership], *, now: datetime) -> dict[int, Billed]:
    """Return what is billed of each of ``memberships``, by id; two queries for any number of them.

    The next bill is the next run's. Before a location's first run that is taken to bill from its month's first day.
    """
    places = {row.location_id: row.location for row in memberships}
    runs: defaultdict[int, list[tuple[date, date]]] = defaultdict(list)
    rows = BillingRun.objects.filter(location__in=places).order_by()
    for place, month, since in rows.values_list("location", "month", "bills_from"):
        runs[place].append((month, since))
    reach = {pk: _reach(place, runs[pk], now) for pk, place in places.items()}
    periods = defaultdict(list, {row.pk: list(row.billed_elsewhere) for row in memberships})
    done = BilledPeriod.objects.filter(membership__in=memberships, released_at=None)
    for pk, start, end in done.values_list("membership", "period_start", "period_end"):
        periods[pk].append(Period(start, end))
    return {row.pk: Billed(*reach[row.location_id], tuple(periods[row.pk])) for row in memberships}


def _reach(place: Location, runs: Sequence[tuple[date, date]], now: datetime) -> tuple[date, date]:
    """Return the first day that the next run bills, and the first after it."""
    month = upcoming(place.today(now), [Month(start) for start, _since in runs]).month
    since = min((since for _start, since in runs), default=Month.of(place.today(now)).start)
    return first_day(month, since), month.end
