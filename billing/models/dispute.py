"""A payment that its cardholder disputes at the bank, as Stripe shows it."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q

from billing.dispute_enums import DISPUTE_ANSWERABLE, DISPUTE_OPEN, DisputeStatus
from billing.models.payment import Payment
from flexspace.core.fields import CurrencyField, MoneyAmountField
from flexspace.core.models import Location, PlacedQuerySet
from flexspace.core.money import Money

OPEN = sorted(status.value for status in DISPUTE_OPEN)


class Dispute(models.Model):
    """One dispute. ``taken`` is what the bank has taken from the account and not given back, in minor units.

    ``version`` grows with every change, so that an older look at Stripe overwrites no newer one.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=80, unique=True)  # Stripe's
    livemode = models.BooleanField()
    amount = MoneyAmountField()
    currency = CurrencyField()
    reason = models.CharField(max_length=60)
    status = models.CharField(max_length=24, choices=DisputeStatus.choices())
    taken = MoneyAmountField(default=0)
    refundable = models.BooleanField(default=False)  # whether Stripe still lets the payment be refunded
    due_at = models.DateTimeField(null=True, blank=True)  # until when evidence is taken
    answered = models.BooleanField(default=False)  # evidence was handed in
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    read_at = models.DateTimeField()  # at Stripe, the last time

    objects = PlacedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, taken__gte=0), name="dispute_amounts"),
            models.CheckConstraint(
                condition=Q(closed_at=None, status__in=OPEN) | Q(closed_at__isnull=False) & ~Q(status__in=OPEN),
                name="dispute_closed_at",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="dispute_open", condition=Q(closed_at=None))]

    def __str__(self) -> str:
        return f"dispute over {self.money}"

    @property
    def money(self) -> Money:
        """Return what is disputed."""
        return Money(self.amount, self.currency)

    @property
    def taken_money(self) -> Money:
        """Return what the bank holds of it."""
        return Money(self.taken, self.currency)

    @property
    def is_open(self) -> bool:
        """Return whether it is not over."""
        return self.status in DISPUTE_OPEN

    @property
    def wants_answer(self) -> bool:
        """Return whether evidence is still to be handed in."""
        return self.status in DISPUTE_ANSWERABLE

    def is_late(self, now: datetime) -> bool:
        """Return whether the time for evidence is over."""
        return self.wants_answer and self.due_at is not None and self.due_at <= now
