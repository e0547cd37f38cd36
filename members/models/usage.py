"""What is put on the next bill."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from flexspace.core.fields import MoneyAmountField
from flexspace.core.models import Location, PlacedQuerySet
from members.models.company import Company
from members.models.member import Member
from members.models.plan import ONE_HOLDER
from members.models.product import Product


class UsageCharge(models.Model):
    """Something used that the next billing run bills. ``billed_line`` is the invoice line's id; empty until then."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="usage")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="usage")
    used_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(default=1)
    unit_amount = MoneyAmountField()
    on_date = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    dropped_at = models.DateTimeField(null=True, blank=True)
    billed_line = models.BigIntegerField(null=True, blank=True, unique=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        ordering = ["on_date", "pk"]
        indexes = [
            models.Index(
                fields=["location", "on_date"], name="usage_unbilled", condition=Q(billed_line=None, dropped_at=None)
            )
        ]
        constraints = [
            models.CheckConstraint(condition=ONE_HOLDER, name="usage_one_payer"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="usage_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product}"
