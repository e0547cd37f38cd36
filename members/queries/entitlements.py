"""Reads the facts about who may come in. As many queries for one person as for everybody."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, Sum

from flexspace.core.models import Location
from members.entitlements import (
    BookedRoom,
    Entitlement,
    Facts,
    HeldPlan,
    HeldResource,
    Holder,
    Person,
    Place,
    UsedPass,
    entitlements,
)
from members.enums import DayPart
from members.models import Assignment, Booking, CheckIn, DayPassEntry, HeldQuerySet, Member, Membership, MembershipPause
from members.proration import Pause

BACK = AHEAD = timedelta(days=31)
_ONE_DAY = timedelta(days=1)  # how far the day of a place may be from ours, and a bit more


def entitlements_of(
    member_ids: Collection[int] | None,
    *,
    at: datetime,
    locations: Collection[int] | None = None,
    back: timedelta = BACK,
    ahead: timedelta = AHEAD,
) -> tuple[Entitlement, ...]:
    """Return why each of these members (None: everybody) may come in at these locations (None: any); eight queries.

    What ended longer than ``back`` before ``at``, or starts later than ``ahead`` after it, is left out.
    """
    facts = facts_of(member_ids, since=at - back, until=at + ahead, locations=locations)
    return entitlements(facts, since=at - back, until=at + ahead)


def facts_of(
    member_ids: Collection[int] | None,
    *,
    since: datetime,
    until: datetime,
    locations: Collection[int] | None = None,
) -> Facts:
    """Return the rows that matter between ``since`` and ``until`` as plain facts; eight queries."""
    people = tuple(_people(member_ids))
    reach = _Reach(member_ids, people, locations, since, until)
    return Facts(
        people=people,
        plans=tuple(reach.plans()),
        resources=tuple(reach.resources()),
        passes=tuple(reach.passes()),
        rooms=tuple(reach.rooms()),
    )


def _people(member_ids: Collection[int] | None) -> Iterator[Person]:
    rows = Member.objects.order_by() if member_ids is None else Member.objects.filter(pk__in=member_ids).order_by()
    for row in rows.values_list("pk", "company", "archived_at", "left_company", "left_company_at"):
        yield Person(*row)


class _Reach:
    """Whose rows, of which places, and of which time."""

    def __init__(
        self,
        member_ids: Collection[int] | None,
        people: tuple[Person, ...],
        locations: Collection[int] | None,
        since: datetime,
        until: datetime,
    ) -> None:
        self.ids, self.since, self.until = member_ids, since, until
        self.companies = {pk for one in people for pk in (one.company, one.left) if pk is not None}
        rows = Location.objects.order_by()
        rows = rows if locations is None else rows.filter(pk__in=locations)
        # Of a few people everything is read and the rest left out here: a place would be the wrong index to begin with.
        self.narrow = locations is not None and member_ids is None
        self.places = {pk: Place(pk, ZoneInfo(zone)) for pk, zone in rows.values_list("pk", "time_zone")}

    def plans(self) -> Iterator[HeldPlan]:
        """Return the memberships that let somebody in; two queries."""
        rows = self._held(Membership.objects.filter(self._there("location"), plan__lets_in=True), "person")
        pauses = self._pauses(rows)
        rows = rows.annotate(followed=Exists(Membership.objects.filter(previous=OuterRef("pk")).that_begin()))
        names = ("pk", "plan", "plan__name", "location", "member", "person", "company", "company__name")
        found = rows.values_list(*names, "starts_on", "ends_on", "cancelled_at", "followed")
        for pk, plan, name, place, member, person, company, firm, starts_on, ends_on, cancelled_at, followed in found:
            holder = Holder(member or person, company, firm or "")
            if place in self.places:
                yield HeldPlan(
                    pk, plan, name, self.places[place], holder, starts_on, ends_on, cancelled_at is not None, followed,
                    pauses.get(pk, ()),
                )  # fmt: skip

    def resources(self) -> Iterator[HeldResource]:
        """Return the desks and offices that are assigned; one query."""
        rows = self._held(Assignment.objects.filter(self._there("resource__location")))
        names = ("pk", "resource", "resource__name", "resource__location", "resource__floor")
        found = rows.values_list(*names, "member", "company", "company__name", "starts_on", "ends_on", "ended_at")
        for pk, resource, name, place, floor, member, company, firm, starts_on, ends_on, ended_at in found:
            holder = Holder(member, company, firm or "")
            if place in self.places:
                yield HeldResource(
                    pk, resource, name, self.places[place], floor, holder, starts_on, ends_on, ended_at is not None
                )

    def passes(self) -> Iterator[UsedPass]:
        """Return the check-ins that used a day pass; two queries."""
        days = (self.since.date() - _ONE_DAY, self.until.date() + _ONE_DAY)
        rows = CheckIn.objects.filter(self._there("location"), self._by("member"), entry__isnull=False)
        rows = rows.filter(on_date__range=days).order_by()
        left = self._left(rows)
        names = ("pk", "member", "entry__day_pass", "entry__day_pass__product", "entry__day_pass__product__name")
        found = rows.values_list(*names, "location", "on_date", "part", "at", "undone_at")
        for pk, member, held, product, name, place, on_date, part, at, undone_at in found:
            if place in self.places:
                yield UsedPass(
                    pk, member, product, name or "Day pass", self.places[place], on_date, DayPart(part), at,
                    left.get(held, 0), undone_at,
                )  # fmt: skip

    def rooms(self) -> Iterator[BookedRoom]:
        """Return the bookings; one query. A cancelled one counts from when it was cancelled, if that is sooner."""
        near = Q(starts_at__lt=self.until) | Q(cancelled_at__isnull=False)
        rows = Booking.objects.filter(near, self._there("resource__location"), self._by("member"))
        rows = rows.filter(ends_at__gt=self.since).order_by()
        names = ("pk", "resource", "resource__name", "resource__location", "resource__floor", "member")
        for row in rows.values_list(*names, "starts_at", "ends_at", "cancelled_at"):
            pk, resource, name, place, floor, member, starts_at, ends_at, cancelled_at = row
            if place in self.places:
                yield BookedRoom(
                    pk, resource, name, self.places[place], floor, member, starts_at, ends_at, cancelled_at
                )

    def _held(self, rows: HeldQuerySet, *named: str) -> HeldQuerySet:
        """Return those of ``rows`` that hold on a day in reach and belong to one of the people or their companies."""
        who = self._by("member")
        for name in named:
            who |= self._by(name)
        if self.ids is not None:
            who |= Q(company__in=self.companies)
        days = (self.since.date() - _ONE_DAY, self.until.date() + 2 * _ONE_DAY)
        found: HeldQuerySet = rows.filter(who).that_begin().touching(*days).order_by()
        return found

    def _by(self, name: str) -> Q:
        return Q() if self.ids is None else Q(**{f"{name}__in": self.ids})

    def _there(self, path: str) -> Q:
        return Q(**{f"{path}__in": self.places}) if self.narrow else Q()

    def _pauses(self, rows: HeldQuerySet) -> dict[int, tuple[Pause, ...]]:
        found: dict[int, tuple[Pause, ...]] = {}
        pauses: Any = MembershipPause.objects.filter(membership__in=rows.values("pk")).order_by()
        for membership, from_date, until in pauses.values_list("membership", "from_date", "until"):
            found[membership] = (*found.get(membership, ()), Pause(from_date, until))
        return found

    def _left(self, rows: Any) -> dict[int, int]:
        """Return what is left of each pass that one of the check-ins used."""
        passes = rows.values("entry__day_pass")
        sums = DayPassEntry.objects.filter(day_pass__in=passes).order_by().values_list("day_pass")
        return dict(sums.annotate(Sum("credits")))
