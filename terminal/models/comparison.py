"""Stripe's books beside ours: what its lists showed, how far they were read, and where the two sides differ."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.models import Payment, Refund
from flexspace.core.fields import CurrencyField, MoneyAmountField
from flexspace.core.models import Location, User
from flexspace.core.money import Money
from terminal.enums import UNBOOKED, DifferenceKind, MoneyKind
from terminal.models.config import StripeConfig


class StripeMoney(models.Model):
    """A paid charge or a refund, as a list of Stripe's showed it last.

    ``intent_id`` is the payment's reference here (a charge without an intent names itself). ``installation`` and
    ``attempt_tag`` are what its intent carries of ours, once ``tag_read``.
    """

    config = models.ForeignKey(StripeConfig, on_delete=models.PROTECT, related_name="money")
    kind = models.CharField(max_length=8, choices=MoneyKind.choices())
    stripe_id = models.CharField(max_length=80)
    intent_id = models.CharField(max_length=80)
    amount = MoneyAmountField()
    currency = CurrencyField()
    back = MoneyAmountField(default=0)  # of a charge: what went back of it, when it was read
    counts = models.BooleanField(default=True)  # False for a refund that failed or was cancelled
    created_at = models.DateTimeField()  # by Stripe's clock
    note = models.CharField(max_length=200, blank=True)  # its description
    card_brand = models.CharField(max_length=20, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    on_reader = models.BooleanField(default=False)
    installation = models.CharField(max_length=80, blank=True)
    attempt_tag = models.CharField(max_length=80, blank=True)
    tag_read = models.BooleanField(default=False)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["intent_id", "config"], name="stripe_money_intent"),
            models.Index(fields=["config", "created_at"], name="stripe_money_at"),
        ]
        constraints = [models.UniqueConstraint(fields=["config", "stripe_id"], name="stripe_money_once")]

    def __str__(self) -> str:
        return f"{self.money} {self.stripe_id}"

    @property
    def money(self) -> Money:
        """Return what moved."""
        return Money(self.amount, self.currency)


class Comparison(models.Model):
    """How far an account's books were compared.

    ``stage`` is empty between runs. In one, ``after`` is the last row that was saved: a run that was killed goes on
    behind it. ``charges_at`` is Stripe's own time of the newest charge that was compared.
    """

    config = models.OneToOneField(StripeConfig, on_delete=models.PROTECT, related_name="comparison")
    charges_at = models.DateTimeField(null=True)
    events_at = models.DateTimeField(null=True)  # up to here Stripe's list of events was read
    month_at = models.DateTimeField(null=True)  # when 30 days were compared last
    compared_at = models.DateTimeField(null=True)
    objects_seen = models.PositiveIntegerField(default=0)  # in the last whole run
    error = models.CharField(max_length=300, blank=True)
    stage = models.CharField(max_length=8, blank=True)
    month = models.BooleanField(default=False)
    since = models.DateTimeField(null=True)
    after = models.CharField(max_length=80, blank=True)
    newest = models.DateTimeField(null=True)
    seen = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.config}: {self.compared_at}"


class Difference(models.Model):
    """Something that Stripe says and we do not, or the reverse. It closes itself when it is no more.

    One a person closed stays closed until its amounts change.
    """

    config = models.ForeignKey(StripeConfig, on_delete=models.PROTECT, related_name="differences")
    location = models.ForeignKey(Location, null=True, on_delete=models.PROTECT, related_name="+")  # where we know it
    kind = models.CharField(max_length=20, choices=DifferenceKind.choices())
    stripe_id = models.CharField(max_length=80)
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="differences")
    refund = models.ForeignKey(Refund, null=True, on_delete=models.PROTECT, related_name="differences")
    theirs = MoneyAmountField(null=True)
    their_currency = models.CharField(max_length=3, blank=True)
    ours = MoneyAmountField(null=True)
    our_currency = models.CharField(max_length=3, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    first_seen = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    close_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["config", "stripe_id", "kind"], name="difference_once")]
        indexes = [models.Index(fields=["config", "-id"], name="difference_open", condition=Q(closed_at=None))]

    def __str__(self) -> str:
        return f"{self.kind} {self.stripe_id}"

    @property
    def at_stripe(self) -> Money | None:
        """Return what Stripe says; None when it knows of nothing."""
        return None if self.theirs is None else Money(self.theirs, self.their_currency)

    @property
    def here(self) -> Money | None:
        """Return what we say; None when nothing is booked."""
        return None if self.ours is None else Money(self.ours, self.our_currency)

    @property
    def time_zone(self) -> str:
        """Return the zone of its location, else the account's."""
        return self.location.time_zone if self.location else self.config.time_zone

    @property
    def may_be_attached(self) -> bool:
        """Return whether it is money that can be booked for an invoice, or given back."""
        return self.kind in UNBOOKED
