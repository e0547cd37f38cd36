"""What is sold by the month, and who holds it from when to when. Days are calendar days of the location."""

import uuid
from dataclasses import replace
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from flexspace.core.fields import MoneyAmountField
from flexspace.core.models import Location, PlacedQuerySet
from flexspace.core.money import Money, step
from members.calendars import ONE_DAY, Cycle, Period
from members.enums import Anchor
from members.models.company import Company
from members.models.member import Member
from members.models.tax_rate import TaxRate
from members.proration import Discount, Pause, Price
from members.terms import Terms

ONE_HOLDER = Q(member__isnull=False, company=None) | Q(member=None, company__isnull=False)


class PlanQuerySet(PlacedQuerySet):
    """Plans."""

    def active(self) -> Self:
        """Return those that are sold now."""
        return self.filter(is_active=True)


class Plan(models.Model):
    """A membership on offer. ``interval_months`` is 1, 3 or 12."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="plans")
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=200, blank=True)
    tax_rate = models.ForeignKey(TaxRate, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    interval_months = models.PositiveSmallIntegerField(default=1)
    anchor = models.CharField(max_length=12, choices=Anchor.choices(), default=Anchor.CALENDAR)
    for_company = models.BooleanField(default=False)
    lets_in = models.BooleanField(default=True)  # who holds it may come in; a locker or a letterbox lets nobody in
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["location", "name"], name="plan_name_once"),
            models.CheckConstraint(condition=Q(interval_months__in=[1, 3, 12]), name="plan_interval"),
        ]

    def __str__(self) -> str:
        return self.name

    def price_on(self, day: date) -> Money | None:
        """Return the price of a whole period in force on ``day``; None before the first."""
        prices = [price for price in self.prices.all() if price.from_date <= day]
        return Money(max(prices, key=lambda price: price.from_date).amount, self.location.currency) if prices else None

    def terms(self, starts_on: date, ends_on: date | None = None) -> Terms:
        """Return what somebody agrees on who holds the plan from ``starts_on`` to ``ends_on``, the last day."""
        calendar = self.anchor == Anchor.CALENDAR
        return Terms(
            starts_on=starts_on,
            ends_on=ends_on,
            cycle=Cycle.calendar(self.interval_months)
            if calendar
            else Cycle.anniversary(self.interval_months, starts_on),
            prices=tuple(Price(price.from_date, price.amount) for price in self.prices.all()),
            step=step(self.location.currency),
        )


class PlanPrice(models.Model):
    """What a whole period of a plan costs from a date on, in minor units of its location's currency."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="prices")
    from_date = models.DateField()
    amount = MoneyAmountField()

    class Meta:
        ordering = ["from_date"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "from_date"], name="plan_price_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="plan_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} from {self.from_date}"


class HeldQuerySet(PlacedQuerySet):
    """What is held from ``starts_on`` to ``ends_on``, the last day; empty means until further notice."""

    def on(self, day: date) -> Self:
        """Return those that hold on ``day``, paused ones too."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)

    def touching(self, start: date, end: date) -> Self:
        """Return those that hold on any day from ``start`` to before ``end``."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=start), starts_on__lt=end)

    def that_begin(self) -> Self:
        """Leave out those that were ended before their start."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=F("starts_on")))


class MembershipQuerySet(HeldQuerySet):
    """Memberships."""

    def with_terms(self) -> Self:
        """Read with each what ``Membership.terms`` and a line about it need: four queries for any number of rows."""
        rows = self.select_related("location", "plan__location", "plan__tax_rate", "member", "company", "person")
        return rows.prefetch_related("plan__prices", "pauses", "discounts")


class Membership(models.Model):
    """One member's or company's contract for a plan. ``ends_on`` is its last day; empty means until further notice.

    A company's membership without ``person`` is for all of its people. One that never began has an ``ends_on``
    before ``starts_on``.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="memberships")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="paid_memberships")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    billed_until = models.DateField(null=True, blank=True)  # the last day that another system billed, if one did
    previous = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="next_ones")
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=300, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-pk"]
        indexes = [
            models.Index(fields=["location", "starts_on", "id"], name="membership_location"),
            models.Index(fields=["ends_on"], name="membership_ends", condition=Q(ends_on__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=ONE_HOLDER, name="membership_one_holder"),
            models.CheckConstraint(condition=Q(person=None) | Q(company__isnull=False), name="membership_person"),
            models.CheckConstraint(
                condition=Q(billed_until=None) | Q(billed_until__gte=F("starts_on")), name="membership_billed_until"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} of {self.holder}"

    @property
    def holder(self) -> Member | Company:
        """Return who holds and pays it."""
        holder = self.member or self.company
        assert holder is not None  # a database constraint
        return holder

    @property
    def billed_elsewhere(self) -> tuple[Period, ...]:
        """Return the days that another system billed before the membership was kept here; one period, or none."""
        return (Period(self.starts_on, self.billed_until + ONE_DAY),) if self.billed_until else ()

    def terms(self) -> Terms:
        """Return what was agreed on; for many rows read them ``with_terms()``."""
        return replace(
            self.plan.terms(self.starts_on, self.ends_on),
            pauses=tuple(Pause(row.from_date, row.until) for row in self.pauses.all()),
            discounts=tuple(
                Discount(row.from_date, row.until, row.basis_points or 0, row.amount or 0)
                for row in self.discounts.all()
            ),
        )


class MembershipDiscount(models.Model):
    """Less to pay for the days ``from_date`` to before ``until``: a share of the price, or an amount a period."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="discounts")
    from_date = models.DateField()
    until = models.DateField(null=True, blank=True)  # the first day without it
    basis_points = models.PositiveIntegerField(null=True, blank=True)  # 1000 is 10 %
    amount = MoneyAmountField(null=True, blank=True)
    reason = models.CharField(max_length=200)

    class Meta:
        ordering = ["from_date", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(basis_points__gt=0, basis_points__lte=10_000, amount=None)
                | Q(basis_points=None, amount__gt=0),
                name="discount_share_or_amount",
            ),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=F("from_date")), name="discount_not_empty"),
        ]

    def __str__(self) -> str:
        return self.reason


class MembershipPause(models.Model):
    """Days from ``from_date`` to before ``until`` that cost nothing and give nothing."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="pauses")
    from_date = models.DateField()
    until = models.DateField(null=True, blank=True)  # the first day that counts again
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["from_date", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=F("from_date")), name="pause_not_empty")
        ]

    def __str__(self) -> str:
        return f"{self.from_date} – {self.until or '…'}"
