"""Money that went back: the refund with its log, the invoices it was taken from, and the credit notes it made."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.enums import REFUND_BACK, REFUND_LIVE, RefundMethod, RefundOrigin, RefundOutcome, RefundState
from billing.models.invoice import Invoice
from billing.models.payment import Payment
from flexspace.core.actors import Actor
from flexspace.core.fields import CurrencyField, MoneyAmountField
from flexspace.core.models import Location, PlacedQuerySet
from flexspace.core.money import Money

WITHOUT_REFERENCE = ["reserved", "sent", "failed"]


class RefundQuerySet(PlacedQuerySet):
    """Refunds."""

    def kept(self) -> "RefundQuerySet":
        """Return those that take something off their payment: they went back, or may yet."""
        return self.exclude(state__in=REFUND_BACK)


class Refund(models.Model):
    """Money of one payment that goes back. What and how much never changes; ``version`` grows with every change.

    ``reference`` is Stripe's refund id. ``calls`` counts the calls that were committed, ``unanswered`` those of them
    whose outcome is not known.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=8, choices=RefundMethod.choices())
    origin = models.CharField(max_length=10, choices=RefundOrigin.choices(), default=RefundOrigin.HERE)
    amount = MoneyAmountField()
    currency = CurrencyField()
    reason = models.CharField(max_length=300)
    outcome = models.CharField(max_length=10, choices=RefundOutcome.choices())
    take_back = models.JSONField(default=list, blank=True)  # ids of invoice lines whose day passes are taken back
    tell_payer = models.BooleanField(default=False)  # by mail, once the money has gone
    on_reader = models.BooleanField(default=False)  # the card that paid has to be there: only a reader gives it back
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=40)
    actor_label = models.CharField(max_length=120)

    state = models.CharField(max_length=10, choices=RefundState.choices(), default=RefundState.RESERVED)
    version = models.PositiveIntegerField(default=1)
    reference = models.CharField(max_length=80, null=True, blank=True, unique=True)
    calls = models.PositiveSmallIntegerField(default=0)
    unanswered = models.PositiveSmallIntegerField(default=0)
    only_look = models.BooleanField(default=False)  # no call is sent any more: Stripe's list ends the doubt
    checks = models.PositiveIntegerField(default=0)
    next_check_at = models.DateTimeField(null=True, blank=True)
    failure_code = models.CharField(max_length=80, blank=True)
    failure_message = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=80, blank=True)

    asked_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)  # the first call
    last_call_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["next_check_at"], name="refund_due", condition=Q(next_check_at__isnull=False)),
            models.Index(fields=["location", "-id"], name="refund_location"),
            models.Index(fields=["-finished_at", "-id"], name="refund_gone", condition=Q(state="succeeded")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_positive"),
            models.CheckConstraint(
                condition=~Q(method="card") | Q(reference__isnull=False) | Q(state__in=WITHOUT_REFERENCE),
                name="refund_has_reference",
            ),
            models.CheckConstraint(condition=Q(unanswered__lte=models.F("calls")), name="refund_unanswered"),
            models.CheckConstraint(
                condition=Q(state__in=["reserved", "sent", "pending"], finished_at=None)
                | Q(state__in=["succeeded", "failed", "canceled"], finished_at__isnull=False),
                name="refund_live_is_not_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.money} {self.state}"

    @property
    def money(self) -> Money:
        """Return what goes back."""
        return Money(self.amount, self.currency)

    @property
    def is_live(self) -> bool:
        """Return whether its end is not known yet."""
        return self.state in REFUND_LIVE

    @property
    def is_undecided(self) -> bool:
        """Return whether it went back in Stripe's Dashboard and nobody has said yet whether it is still to be paid."""
        return self.outcome == RefundOutcome.UNDECIDED and self.state == RefundState.SUCCEEDED

    @property
    def asker(self) -> Actor:
        """Return who asked for it."""
        return Actor(self.actor_kind, self.actor_id, self.actor_label)

    @property
    def seconds(self) -> float | None:
        """Return how long it took from the wish to the answer; None before it, and where nobody here asked."""
        if self.finished_at is None or self.origin != RefundOrigin.HERE:
            return None
        return (self.finished_at - self.asked_at).total_seconds()


class RefundAllocation(models.Model):
    """The part of a refund that was taken from an invoice. What no row names was never allocated to any."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="allocations")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="refund_allocations")
    amount = MoneyAmountField()
    surplus = MoneyAmountField(default=0)  # of a refund made elsewhere: what had been paid too much, so nobody owes it

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["refund", "invoice"], name="refund_allocation_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, surplus__gte=0, surplus__lte=models.F("amount")),
                name="refund_allocation_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.money} from {self.invoice}"

    @property
    def money(self) -> Money:
        """Return the part."""
        return Money(self.amount, self.refund.currency)


class RefundTransition(models.Model):
    """The log of a refund: append-only, one row a version."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="transitions")
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    from_state = models.CharField(max_length=10)
    to_state = models.CharField(max_length=10)
    cause = models.CharField(max_length=40)
    code = models.CharField(max_length=80, blank=True)
    actor_kind = models.CharField(max_length=10)
    actor_label = models.CharField(max_length=120)
    stripe_request_id = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["refund", "version"], name="refund_transition_version")]

    def __str__(self) -> str:
        return f"{self.version}: {self.from_state} → {self.to_state}"


class CreditNote(models.Model):
    """Takes an amount off an issued invoice, with its own number. Append-only; ``net + tax = amount``.

    ``rates`` holds name, basis points, net and tax of every rate, highest first, as an invoice shows them.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="credit_notes")
    number = models.CharField(max_length=20, unique=True, editable=False)
    amount = MoneyAmountField()
    net_amount = MoneyAmountField()
    tax_amount = MoneyAmountField()
    rates = models.JSONField(default=list)
    currency = CurrencyField()
    reason = models.CharField(max_length=300)
    issued_at = models.DateTimeField()
    issue_date = models.DateField()  # in the location's zone
    issued_by = models.CharField(max_length=120)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["refund", "invoice"], name="credit_note_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_note_positive"),
            models.CheckConstraint(
                condition=Q(amount=models.F("net_amount") + models.F("tax_amount")), name="credit_note_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def money(self) -> Money:
        """Return what it takes off."""
        return Money(self.amount, self.currency)
