"""What Stripe paid out to the bank, and what each payout is made of."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from flexspace.core.fields import CurrencyField, MoneyAmountField
from flexspace.core.money import Money
from terminal.enums import PayoutSection, PayoutStatus
from terminal.models.config import StripeConfig

ASKED_FOR = timedelta(days=60)  # how long one whose lines Stripe does not show is asked about


class PayoutReading(models.Model):
    """How far an account's payouts were read.

    ``since`` is empty between runs. In one, ``after`` is the last payout that was saved: a run that was killed goes on
    behind it. ``newest_at`` is Stripe's own time of the newest payout that was read.
    """

    config = models.OneToOneField(StripeConfig, on_delete=models.PROTECT, related_name="payout_reading")
    newest_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField(null=True)
    after = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"{self.config}: {self.read_at}"


class Payout(models.Model):
    """One payout as Stripe showed it last. Amounts are minor units of ``currency``, the account's.

    ``lines_after`` is the last line that was saved, as long as not all were, and ``lines_at`` is when Stripe refused
    the rest; else it is when all were there. The sums are those of the lines once ``lines_complete``; ``fees`` counts
    what Stripe kept, so it is positive.
    """

    config = models.ForeignKey(StripeConfig, on_delete=models.PROTECT, related_name="payouts")
    stripe_id = models.CharField(max_length=80)
    amount = MoneyAmountField()
    currency = CurrencyField()
    status = models.CharField(max_length=12, choices=PayoutStatus.choices())
    automatic = models.BooleanField()  # made by Stripe; one made by hand or at once shows no lines
    reconciled = models.BooleanField(default=False)  # whether Stripe says that its lines are all there
    method = models.CharField(max_length=20, blank=True)
    arrival_on = models.DateField()  # UTC's day
    created_at = models.DateTimeField()  # by Stripe's clock
    failure_code = models.CharField(max_length=80, blank=True)
    failure_message = models.CharField(max_length=300, blank=True)
    statement_descriptor = models.CharField(max_length=80, blank=True)
    trace_id = models.CharField(max_length=80, blank=True)  # by which the bank finds it
    read_at = models.DateTimeField()

    lines_complete = models.BooleanField(default=False)
    lines_after = models.CharField(max_length=80, blank=True)
    lines_at = models.DateTimeField(null=True)
    lines_round = models.PositiveIntegerField(default=0)  # how often its lines were begun to be read
    line_count = models.PositiveIntegerField(default=0)
    gross = MoneyAmountField(default=0)
    back = MoneyAmountField(default=0)  # refunds: negative, or nothing
    other = MoneyAmountField(default=0)
    fees = MoneyAmountField(default=0)
    lines_net = MoneyAmountField(default=0)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["config", "stripe_id"], name="payout_once")]
        indexes = [
            models.Index(fields=["-arrival_on", "-id"], name="payout_arrival"),
            models.Index(fields=["config", "created_at"], name="payout_unfold", condition=Q(lines_complete=False)),
        ]

    def __str__(self) -> str:
        return f"{self.money} {self.stripe_id}"

    @property
    def money(self) -> Money:
        """Return what went to the bank; less than nothing when Stripe took it from there."""
        return Money(self.amount, self.currency)

    @property
    def lines_money(self) -> Money:
        """Return what the lines add up to."""
        return Money(self.lines_net, self.currency)

    @property
    def gross_money(self) -> Money:
        """Return what customers paid of it, before fees."""
        return Money(self.gross, self.currency)

    @property
    def back_money(self) -> Money:
        """Return what went back to customers: less than nothing, or nothing."""
        return Money(self.back, self.currency)

    @property
    def fees_money(self) -> Money:
        """Return what Stripe kept, as it makes the payout less."""
        return Money(-self.fees, self.currency)

    @property
    def adds_up(self) -> bool:
        """Return whether the lines add up to the payout; also while they are not all there."""
        return not self.lines_complete or self.lines_net == self.amount

    def is_given_up(self, now: datetime) -> bool:
        """Return whether the schedule asks no more for its lines, which Stripe did not have ready or refused."""
        asked_for = not self.reconciled or self.lines_at is not None
        return not self.lines_complete and asked_for and self.created_at <= now - ASKED_FOR

    @property
    def may_unfold(self) -> bool:
        """Return whether Stripe lists its lines. https://docs.stripe.com/payouts/reconciliation"""
        return self.automatic and self.reconciled


class PayoutLine(models.Model):
    """One movement of money that a payout holds; its own is not among them. ``net`` is ``amount`` less ``fee``."""

    config = models.ForeignKey(StripeConfig, on_delete=models.PROTECT, related_name="+")
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="lines")
    stripe_id = models.CharField(max_length=80)
    section = models.PositiveSmallIntegerField(choices=PayoutSection.choices())
    type = models.CharField(max_length=60)  # Stripe's word, any
    source_id = models.CharField(max_length=80, blank=True)  # the charge, refund, dispute or payout it belongs to
    amount = MoneyAmountField()
    fee = MoneyAmountField()
    net = MoneyAmountField()
    currency = CurrencyField()
    exchange_rate = models.DecimalField(max_digits=18, decimal_places=9, null=True)
    description = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()  # by Stripe's clock
    round = models.PositiveIntegerField(default=0)  # its payout's ``lines_round`` when it was read last

    class Meta:
        ordering = ["section", "pk"]
        constraints = [models.UniqueConstraint(fields=["config", "stripe_id"], name="payout_line_once")]
        indexes = [
            models.Index(fields=["payout", "section", "id"], name="payout_line_order"),
            models.Index(fields=["config", "source_id"], name="payout_line_source"),
            models.Index(fields=["config", "created_at"], name="payout_line_at"),
        ]

    def __str__(self) -> str:
        return f"{self.money} {self.stripe_id}"

    @property
    def money(self) -> Money:
        """Return what moved, before Stripe's fee."""
        return Money(self.amount, self.currency)

    @property
    def rate(self) -> str:
        """Return at which rate it was converted, "" when it was not."""
        return "" if self.exchange_rate is None else f"{self.exchange_rate.normalize():f}"

    @property
    def fee_money(self) -> Money:
        """Return what Stripe kept of it."""
        return Money(self.fee, self.currency)

    @property
    def net_money(self) -> Money:
        """Return what it adds to the payout."""
        return Money(self.net, self.currency)
