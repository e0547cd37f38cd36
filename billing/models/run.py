"""The month's billing: who is billed what, why it differs from last month, and how far it got."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.enums import RunItemState, RunState
from billing.models.invoice import Invoice
from flexspace.core.fields import MoneyAmountField
from flexspace.core.models import Location, PlacedQuerySet
from flexspace.core.money import Money
from members.models import Company, Member


class BillingRun(models.Model):
    """One month of one location. ``month`` is its first day. Started again, it goes on where it stopped.

    Days before ``bills_from`` were billed elsewhere; a location's later runs keep to the day of its first one.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    bills_from = models.DateField()
    state = models.CharField(max_length=10, choices=RunState.choices(), default=RunState.DRAFTING)
    started_by = models.CharField(max_length=120)
    started_at = models.DateTimeField(default=timezone.now)
    stepped_at = models.DateTimeField(default=timezone.now)  # when it last got on
    finished_at = models.DateTimeField(null=True, blank=True)
    to_do = models.PositiveIntegerField(default=0)  # payers to look at, then bills to issue: for the progress bar
    done = models.PositiveIntegerField(default=0)
    cursor = models.CharField(max_length=30, blank=True)  # how far drafting is: "member:1234"
    error = models.CharField(max_length=300, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "-pk"]
        constraints = [models.UniqueConstraint(fields=["location", "month"], name="billing_run_once")]

    def __str__(self) -> str:
        return f"{self.location} {self.month:%B %Y}"

    @property
    def percent(self) -> int:
        """Return how far the present work is."""
        return min(100, 100 * self.done // self.to_do) if self.to_do else 100


class BillingRunItem(models.Model):
    """One payer in a run. ``changes`` and ``warnings`` are reason codes with parameters.

    ``warnings`` are as of the draft, then as of issuing; ``queries.run_bills`` has those of an open bill as of now.
    """

    run = models.ForeignKey(BillingRun, on_delete=models.CASCADE, related_name="items")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    invoice = models.OneToOneField(Invoice, null=True, on_delete=models.SET_NULL, related_name="run_item")
    state = models.CharField(max_length=10, choices=RunItemState.choices(), default=RunItemState.DRAFT)
    payer_name = models.CharField(max_length=160)
    total_amount = MoneyAmountField(default=0)
    last_amount = MoneyAmountField(null=True)  # of the run before; empty for somebody new
    changes = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["run", "state", "id"], name="run_item_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(member__isnull=False, company=None) | Q(member=None, company__isnull=False),
                name="run_item_one_payer",
            ),
            models.UniqueConstraint(
                fields=["run", "member"], condition=Q(member__isnull=False), name="run_item_member_once"
            ),
            models.UniqueConstraint(
                fields=["run", "company"], condition=Q(company__isnull=False), name="run_item_company_once"
            ),
        ]

    def __str__(self) -> str:
        return self.payer_name

    @property
    def payer(self) -> Member | Company:
        """Return who pays."""
        payer = self.member or self.company
        assert payer is not None  # a database constraint
        return payer

    @property
    def total(self) -> Money:
        """Return what is billed."""
        return Money(self.total_amount, self.run.location.currency)

    @property
    def last_total(self) -> Money | None:
        """Return what the run before billed; None for somebody who was not in it."""
        return None if self.last_amount is None else Money(self.last_amount, self.run.location.currency)

    @property
    def difference(self) -> Money:
        """Return how much more it is than last time; less is negative."""
        return Money(self.total_amount - (self.last_amount or 0), self.run.location.currency)
