"""Money that came, and what it was for. Append-only: a correction is another row."""

import uuid
from collections.abc import Iterable
from copy import copy

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from billing.enums import PaymentMethod
from billing.models.invoice import Invoice
from flexspace.core.cards import card_name
from flexspace.core.fields import CurrencyField, MoneyAmountField
from flexspace.core.models import Location, PlacedQuerySet
from flexspace.core.money import Money
from members.models import Company, Member


class Payment(models.Model):
    """Money received once. ``reference`` is Stripe's intent id, or our own number for cash, and never repeats."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="payments")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="payments")
    method = models.CharField(max_length=16, choices=PaymentMethod.choices())
    reference = models.CharField(max_length=80, unique=True)
    amount = MoneyAmountField()
    currency = CurrencyField()
    received_at = models.DateTimeField(default=timezone.now)
    received_by = models.CharField(max_length=120)
    reason = models.CharField(max_length=300, blank=True)
    card_brand = models.CharField(max_length=20, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    reader_label = models.CharField(max_length=80, blank=True)
    livemode = models.BooleanField(default=False)
    card_receipt = models.JSONField(default=dict, blank=True)  # what card networks want on a receipt, from Stripe

    objects = PlacedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["location", "-id"], name="payment_location"),
            models.Index(fields=["location", "-received_at", "-id"], name="payment_location_at"),
            models.Index(fields=["-received_at", "-id"], name="payment_at"),
            models.Index(fields=["method", "-received_at", "-id"], name="payment_method_at"),
            models.Index(fields=["member", "-id"], name="payment_member"),
            models.Index(fields=["company", "-id"], name="payment_company"),
        ]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive")]

    def __str__(self) -> str:
        return f"{self.money} {self.reference}"

    @property
    def card(self) -> str:
        """Return the card that paid, "" when none did."""
        return card_name(self.card_brand, self.card_last4) if self.card_last4 else ""

    @property
    def back_on_reader(self) -> bool:
        """Return whether its card gets money back only when it is presented: Interac's.

        https://docs.stripe.com/terminal/features/refunds
        """
        return self.card_brand == "interac"

    @property
    def money(self) -> Money:
        """Return what was received."""
        return Money(self.amount, self.currency)

    @property
    def parts(self) -> "list[Allocation]":
        """Return what it pays of which invoices by now; its allocations and their invoices should be prefetched."""
        return netted(self.allocations.all())

    @property
    def method_label(self) -> str:
        """Return how it came, in words."""
        return PaymentMethod(self.method).label


class Allocation(models.Model):
    """The part of a payment that pays an invoice.

    What was paid too much may be moved to another invoice, by two more rows: one below zero on the invoice it leaves,
    one above on the invoice it goes to, each naming the other in ``moved_with``. So the sums of all rows stay true.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="allocations")
    amount = MoneyAmountField()
    moved_with = models.ForeignKey(Invoice, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    moved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "invoice"], condition=Q(moved_with=None), name="allocation_once"
            ),
            models.CheckConstraint(
                condition=Q(moved_with=None, moved_at=None, amount__gt=0)
                | (Q(moved_with__isnull=False, moved_at__isnull=False) & ~Q(amount=0)),
                name="allocation_positive",
            ),
            models.CheckConstraint(condition=~Q(moved_with=F("invoice")), name="allocation_moved_elsewhere"),
        ]

    def __str__(self) -> str:
        return f"{self.money} of {self.invoice}"

    @property
    def money(self) -> Money:
        """Return the part."""
        return Money(self.amount, self.payment.currency)


def netted(rows: Iterable[Allocation]) -> list[Allocation]:
    """Return what payments pay of invoices by now, one row a pair, oldest first; what was moved away is left out.

    The rows are for reading: they carry sums and are not saved.
    """
    sums: dict[tuple[int, int], Allocation] = {}
    for row in sorted(rows, key=lambda row: row.pk):
        known = sums.setdefault((row.payment_id, row.invoice_id), row)
        if known is not row:
            both = copy(known)
            both.amount += row.amount
            sums[row.payment_id, row.invoice_id] = both
    return [row for row in sums.values() if row.amount > 0]
