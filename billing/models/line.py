"""What an invoice is for, line by line, and which period of a membership each line bills."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from billing.models.invoice import Invoice
from flexspace.core.fields import MoneyAmountField
from flexspace.core.money import Money
from members.enums import DayPart
from members.models import Member, Membership, Product

BEGINS = "begins"  # in ``why``: the membership of this plan (its uuid) begins when the line is paid
COUNTS = (
    "counts"  # in ``why``: what was paid for this day pass (its uuid) comes off, so it counts toward the membership
)


class InvoiceLine(models.Model):
    """One thing on an invoice. ``net + tax = gross``, in minor units of the invoice's currency."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField(default=1)
    unit_amount = MoneyAmountField()
    tax_name = models.CharField(max_length=40, blank=True)
    tax_basis_points = models.PositiveIntegerField(default=0)
    net_amount = MoneyAmountField(default=0)
    tax_amount = MoneyAmountField(default=0)
    gross_amount = MoneyAmountField(default=0)
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    for_member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    on_date = models.DateField(null=True, blank=True)  # the day a pass is for; empty = any day it is valid
    part = models.CharField(max_length=10, choices=DayPart.choices(), blank=True)
    membership = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="lines")
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True)  # the first day after it
    why = models.JSONField(default=list, blank=True)  # reason codes with parameters: why it costs what it costs
    fulfilled_at = models.DateTimeField(null=True, blank=True)  # paid in full, and what it promises was given

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position"),
            models.CheckConstraint(
                condition=Q(gross_amount=F("net_amount") + F("tax_amount")), name="invoice_line_adds_up"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="invoice_line_quantity"),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def unit(self) -> Money:
        """Return the price of one."""
        return Money(self.unit_amount, self.invoice.currency)

    @property
    def gross(self) -> Money:
        """Return what the line costs with tax."""
        return Money(self.gross_amount, self.invoice.currency)

    @property
    def seat_day(self) -> date | None:
        """Return the day on which the line takes a seat; None for what was used on a day, and for all else."""
        return self.on_date if self.part else None

    @property
    def plan_to_begin(self) -> str:
        """Return the uuid of the plan that somebody holds once this line is paid; empty for every other line."""
        return next((str(each["plan"]) for each in self.why if each["code"] == BEGINS), "")

    @property
    def pass_that_counts(self) -> str:
        """Return the uuid of the day pass whose price this line takes off; empty for every other line."""
        return next((str(each["pass"]) for each in self.why if each["code"] == COUNTS), "")


class BilledPeriod(models.Model):
    """A membership's period is billed: once, until its invoice is voided. ``period_end`` is the first day after."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="billed_periods")
    period_start = models.DateField()
    period_end = models.DateField()
    line = models.OneToOneField(InvoiceLine, null=True, on_delete=models.SET_NULL, related_name="billed_period")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "period_start"], condition=Q(released_at=None), name="billed_period_once"
            ),
            models.CheckConstraint(condition=Q(period_end__gt=F("period_start")), name="billed_period_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.membership} {self.period_start}"
