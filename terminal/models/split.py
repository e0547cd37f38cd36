"""An invoice that is paid in several ways, one after the other."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.models import Invoice, Payment
from flexspace.core.fields import MoneyAmountField
from flexspace.core.models import Location, PlacedQuerySet, User
from terminal.enums import SplitWay
from terminal.models.attempt import Attempt


class Split(models.Model):
    """How somebody wants to pay an invoice: rows in order. It moves no money; each row is a payment of its own."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="splits")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["invoice"], condition=Q(ended_at=None), name="split_one_open_per_invoice")
        ]

    def __str__(self) -> str:
        return f"split of {self.invoice}"


class SplitRow(models.Model):
    """One way to pay a part. ``amount`` None is whatever is open then, and only the last row's."""

    split = models.ForeignKey(Split, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveSmallIntegerField()
    way = models.CharField(max_length=8, choices=SplitWay.choices())
    amount = MoneyAmountField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    attempt = models.ForeignKey(Attempt, null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # the last
    payment = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # by hand

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["split", "position"], name="split_row_once"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gt=0), name="split_row_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.way}"

    @property
    def paid_with(self) -> Payment | None:
        """Return the payment this row brought."""
        return self.payment or (self.attempt.payment if self.attempt else None)
