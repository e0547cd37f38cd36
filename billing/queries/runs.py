"""Reads of billing runs: the list of months, one month's sums, its bills by tab. Their number does not grow."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from billing.dues.changes import by_group
from billing.dues.facts import Month
from billing.dues.months import Upcoming, upcoming
from billing.enums import CautionCode, ChangeCode, InvoiceState, RunItemState, RunState
from billing.models import BillingRun, BillingRunItem, Invoice, InvoiceLine
from billing.queries.run_bills import OPEN, RunBill
from flexspace.core.models import Location, User
from flexspace.core.money import Money
from members.models import Membership

MONTHS = 12  # in the picture
NO_CARD = {CautionCode.NO_CARD, CautionCode.CONSENT_WITHDRAWN}
_ISSUED = Q(items__state=RunItemState.ISSUED) & ~Q(items__invoice__state=InvoiceState.VOID)


TABS: dict[str, tuple[str, Callable[[RunBill], Any]]] = {
    "all": ("All", lambda bill: True),
    "changed": ("Changed", lambda bill: bill.last is not None and bill.changes),
    "new": ("New", lambda bill: bill.last is None and any(each["code"] == ChangeCode.JOINED for each in bill.changes)),
    "no_card": ("No card", lambda bill: bill.codes & NO_CARD),
    "expiring": ("Expiring card", lambda bill: CautionCode.CARD_EXPIRES in bill.codes),
    "warnings": ("Warnings", lambda bill: bill.codes - NO_CARD - {CautionCode.CARD_EXPIRES}),
    "draft": ("To approve", lambda bill: bill.state == RunItemState.DRAFT),
    "approved": ("Approved", lambda bill: bill.state == RunItemState.APPROVED),
    "held": ("Held", lambda bill: bill.state == RunItemState.HELD),
    "issued": ("Issued", lambda bill: bill.state == RunItemState.ISSUED),
    "nothing": ("Nothing to bill", lambda bill: bill.state == RunItemState.NOTHING),
    "failed": ("Failed", lambda bill: bill.state == RunItemState.FAILED),
}


@dataclass(slots=True)
class Summary:
    """One run in numbers. ``last`` is what the same payers were billed before; None when there was no run."""

    currency: str
    counts: dict[str, int] = field(default_factory=dict)  # by tab
    bills: int = 0
    total: int = 0
    approved: int = 0
    mailed: int = 0  # of the approved ones
    charged: int = 0  # bills whose card is charged by itself
    last: int | None = None
    groups: dict[str, int] = field(default_factory=dict)
    people: Counter[str] = field(default_factory=Counter)  # payers of each group

    @property
    def total_money(self) -> Money:
        """Return what all bills come to."""
        return Money(self.total, self.currency)

    @property
    def approved_money(self) -> Money:
        """Return what the approved bills come to."""
        return Money(self.approved, self.currency)

    @property
    def last_money(self) -> Money | None:
        """Return what was billed before; None when there was no run."""
        return None if self.last is None else Money(self.last, self.currency)

    @property
    def difference(self) -> Money:
        """Return how much more is billed than before."""
        return Money(self.total - (self.last or 0), self.currency)


@dataclass(frozen=True, slots=True)
class Place:
    """A location with the month it bills next, and what it billed in the last months, oldest first."""

    location: Location
    next: Upcoming
    months: list[tuple[date, int]]
    since: date | None  # the first day that is billed here; None before the first run
    waiting: BillingRun | None  # a run that is not finished


def run_list(user: User) -> "QuerySet[BillingRun]":
    """Return runs for a keyset page by ("-month", "-pk"), each with its bills, their sum, what is paid and drafted."""
    rows: QuerySet[BillingRun] = BillingRun.objects.for_user(user).select_related("location")
    return rows.annotate(
        bills=Count("items", filter=_ISSUED),
        billed=Sum(F("items__invoice__total_amount") - F("items__invoice__credited_amount"), filter=_ISSUED),
        paid=Sum("items__invoice__paid_amount", filter=_ISSUED),
        drafted=Sum("items__total_amount", filter=Q(items__state__in=OPEN)),
    )


def places(locations: Sequence[Location], now: Any) -> list[Place]:
    """Return where each of ``locations`` stands; two queries."""
    runs: dict[int, list[BillingRun]] = {}
    for run in BillingRun.objects.filter(location__in=locations).order_by("month"):
        runs.setdefault(run.location_id, []).append(run)
    recent = [run.pk for own in runs.values() for run in own[-MONTHS:]]
    issued = BillingRunItem.objects.filter(run__in=recent, state=RunItemState.ISSUED).order_by()
    rows = issued.exclude(invoice__state=InvoiceState.VOID).values_list("run").annotate(billed=Sum("total_amount"))
    sums: dict[int, int] = dict(rows)
    return [_place(location, runs.get(location.pk, []), sums, now) for location in locations]


def _place(location: Location, runs: list[BillingRun], sums: dict[int, int], now: Any) -> Place:
    return Place(
        location=location,
        next=upcoming(location.today(now), [Month(run.month) for run in runs]),
        months=[(run.month, sums.get(run.pk, 0)) for run in runs[-MONTHS:]],
        since=min((run.bills_from for run in runs), default=None),
        waiting=next((run for run in reversed(runs) if run.state != RunState.DONE), None),
    )


def to_remind(locations: Sequence[Location], now: Any) -> list[Place]:
    """Return where a month wants to be billed or a run waits, of those that have memberships; three queries."""
    held = Membership.objects.filter(location=OuterRef("pk"))
    active = set(
        Location.objects.filter(Exists(held), pk__in=[place.pk for place in locations]).values_list("pk", flat=True)
    )
    found = places([location for location in locations if location.pk in active], now)
    return [place for place in found if place.waiting or (place.next.reminds and place.since)]


def item_list(run: BillingRun, bills: Iterable[RunBill], tab: str) -> "QuerySet[BillingRunItem]":
    """Return what a tab (a key of TABS; others mean all) has of ``bills``, for a page by ("payer_name", "pk")."""
    rows = BillingRunItem.objects.filter(run=run)
    if tab in TABS and tab != "all":
        rows = rows.filter(pk__in=[bill.pk for bill in bills if TABS[tab][1](bill)])
    return rows.select_related("run__location", "invoice", "member", "company")


def summary(run: BillingRun, bills: Sequence[RunBill]) -> Summary:
    """Return the ``bills`` of a run in numbers, without a query."""
    found = Summary(run.location.currency)
    found.counts = {tab: sum(1 for bill in bills if where(bill)) for tab, (_label, where) in TABS.items()}
    for bill in bills:
        if bill.state not in (RunItemState.NOTHING, RunItemState.FAILED):
            found.bills += 1
            found.total += bill.total
            found.charged += bill.charged
            if bill.state == RunItemState.APPROVED:
                found.approved += bill.total
                found.mailed += CautionCode.NO_EMAIL not in bill.codes
        if bill.last is not None:
            found.last = (found.last or 0) + bill.last
        failed = bill.state == RunItemState.FAILED
        groups = {"failed": -(bill.last or 0)} if failed else by_group(bill.changes)
        for group, amount in groups.items():
            found.groups[group] = found.groups.get(group, 0) + amount
            found.people[group] += 1
    return found


def run_of(invoice: Invoice) -> BillingRun | None:
    """Return the run that made the invoice; None for one that was written otherwise."""
    found: BillingRun | None = BillingRun.objects.filter(items__invoice=invoice).first()
    return found


def lines_of(item: BillingRunItem) -> list[InvoiceLine]:
    """Return the lines of a bill with what their reasons need; none when there is nothing to bill."""
    rows = InvoiceLine.objects.filter(invoice=item.invoice_id) if item.invoice_id else InvoiceLine.objects.none()
    return list(rows.select_related("invoice", "membership__plan").order_by("position"))
