"""What is being sold at the counter, until it is paid or dropped."""

import uuid

from django.db import models
from django.utils import timezone

from billing.models.invoice import Invoice
from flexspace.core.actors import Actor
from flexspace.core.fields import MoneyAmountField
from flexspace.core.models import PlacedQuerySet, User
from flexspace.core.money import Money


class SaleQuerySet(PlacedQuerySet):
    """Sales at the counter."""

    location_path = "invoice__location"


class Sale(models.Model):
    """The counter's side of an invoice: a draft until somebody chooses how to pay.

    ``also`` are invoices of the same payer that go into the same payment. ``check_in``: whoever buys a pass for
    today comes in with it as soon as it is paid. ``touched_at`` is when somebody last did something with it.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="sale")
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    opened_label = models.CharField(max_length=120)
    also = models.ManyToManyField(Invoice, related_name="+", blank=True)
    check_in = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    touched_at = models.DateTimeField(default=timezone.now)
    parked_at = models.DateTimeField(null=True, blank=True)
    change_amount = MoneyAmountField(default=0)  # what goes back to whom paid in cash

    objects = SaleQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["touched_at"], name="sale_touched")]

    def __str__(self) -> str:
        return f"Sale of {self.invoice}"

    @property
    def change(self) -> Money:
        """Return what goes back of the cash that was given; nothing where none was or it was the exact sum."""
        return Money(self.change_amount, self.invoice.currency)

    @property
    def actor(self) -> Actor:
        """Return who sells: what the money brings about later is done for them."""
        return Actor("user" if self.opened_by_id else "job", str(self.opened_by_id or "counter"), self.opened_label)
