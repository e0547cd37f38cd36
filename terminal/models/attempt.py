"""One try to move money on a reader: the row that makes a double charge impossible."""

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from billing.models import Consent, Invoice, Payment, Refund, SavedCard
from flexspace.core.fields import CurrencyField, MoneyAmountField
from flexspace.core.models import Location, PlacedQuerySet, User
from flexspace.core.money import Money
from members.models import Company, Member
from terminal.decide import AttemptView
from terminal.enums import (
    FINAL,
    LIVE,
    MAY_HOLD_READER,
    MUST_HOLD_READER,
    WITHOUT_CHARGE,
    AttemptKind,
    AttemptState,
    CancelReason,
    FlagKind,
    KeepResult,
)
from terminal.models.config import StripeConfig
from terminal.models.reader import Reader

WITHOUT_INTENT = [AttemptState.RESERVED, AttemptState.FAILED]


class AttemptQuerySet(PlacedQuerySet):
    """Attempts."""

    def live(self) -> Self:
        """Return those that are not over."""
        return self.filter(state__in=LIVE)


class Attempt(models.Model):
    """One try. Amount, currency, intent and key seed never change; ``version`` grows with every change of state."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=16, choices=AttemptKind.choices(), default=AttemptKind.READER_CHARGE)
    config = models.ForeignKey(StripeConfig, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="attempts")
    company = models.ForeignKey(Company, null=True, on_delete=models.PROTECT, related_name="attempts")
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    actor_label = models.CharField(max_length=120)
    amount = MoneyAmountField(null=True)  # nothing is charged when a card is only kept, or money goes back
    currency = CurrencyField()
    livemode = models.BooleanField()
    customer_id = models.CharField(max_length=60, blank=True)  # Stripe's, frozen before the intent is made
    consent = models.ForeignKey(Consent, null=True, on_delete=models.PROTECT, related_name="attempts")  # to keep a card
    saved_card = models.ForeignKey(SavedCard, null=True, on_delete=models.PROTECT, related_name="charges")
    refund = models.ForeignKey(Refund, null=True, on_delete=models.PROTECT, related_name="attempts")  # given back here
    previous = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="next_attempts")

    state = models.CharField(max_length=12, choices=AttemptState.choices(), default=AttemptState.RESERVED)
    version = models.PositiveIntegerField(default=1)
    revision = models.PositiveIntegerField(default=1)  # grows with everything a page shows
    state_since = models.DateTimeField(default=timezone.now)
    remote_id = models.CharField(max_length=80, null=True)

    reader = models.ForeignKey(Reader, null=True, on_delete=models.PROTECT, related_name="attempts")
    reader_stripe_id = models.CharField(max_length=60, blank=True)  # frozen when the command is committed
    next_reader = models.ForeignKey(Reader, null=True, on_delete=models.PROTECT, related_name="+")
    holds_reader = models.BooleanField(default=False)
    wants_dispatch = models.BooleanField(default=True)
    dispatch_seq = models.PositiveIntegerField(default=0)
    dispatch_from = models.CharField(max_length=12, blank=True)
    unanswered = models.PositiveIntegerField(default=0)
    automatic_dispatches = models.PositiveIntegerField(default=0)
    sent_again = models.PositiveIntegerField(default=0)
    call_timeout = models.PositiveSmallIntegerField(default=0)  # seconds the command on the wire may take
    cancel_seq = models.PositiveIntegerField(default=1)
    cancel_reason = models.CharField(max_length=20, blank=True, choices=CancelReason.choices())

    deadline_at = models.DateTimeField()
    next_check_at = models.DateTimeField(null=True)
    checks = models.PositiveIntegerField(default=0)
    last_code = models.CharField(max_length=80, blank=True)
    last_decline_code = models.CharField(max_length=80, blank=True)
    last_message = models.CharField(max_length=300, blank=True)
    last_request_id = models.CharField(max_length=80, blank=True)
    declines = models.PositiveSmallIntegerField(default=0)
    declined_charge = models.CharField(max_length=80, blank=True)  # the last one, so that a newer one is evidence
    last_advice = models.CharField(max_length=40, blank=True)  # what the bank advises after a decline
    intent_id = models.CharField(max_length=80, blank=True)  # of a pay link, once somebody pays; else remote_id is it
    keep_result = models.CharField(max_length=20, blank=True, choices=KeepResult.choices())
    card_brand = models.CharField(max_length=20, blank=True)  # of the card that was to be kept
    kept_card = models.ForeignKey(SavedCard, null=True, on_delete=models.PROTECT, related_name="kept_by")
    last_picture = models.CharField(max_length=20, blank=True)  # what the reader showed at the last look

    receipt_to = models.EmailField(null=True)  # chosen before it was paid; "" none, null nobody chose
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True)  # the five lamps
    on_reader_at = models.DateTimeField(null=True)
    card_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    booked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    rechecked_at = models.DateTimeField(null=True)
    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="attempt")

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["next_check_at"], name="attempt_due", condition=Q(state__in=sorted(LIVE))),
            models.Index(fields=["location", "-id"], name="attempt_location"),
            models.Index(fields=["location", "id"], name="attempt_live", condition=Q(state__in=sorted(LIVE))),
            models.Index(fields=["finished_at"], name="attempt_finished", condition=Q(state__in=sorted(FINAL))),
            models.Index(fields=["reader", "-id"], name="attempt_declined", condition=~Q(declined_charge="")),
            models.Index(fields=["reader", "-id"], name="attempt_kept", condition=Q(keep_result="kept")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["reader"], condition=Q(holds_reader=True), name="attempt_one_per_reader"),
            models.UniqueConstraint(
                fields=["remote_id"], condition=Q(remote_id__isnull=False), name="attempt_remote_id"
            ),
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(kind="card_capture", state__in=sorted(LIVE), member__isnull=False),
                name="attempt_one_capture_per_member",
            ),
            models.UniqueConstraint(
                fields=["company"],
                condition=Q(kind="card_capture", state__in=sorted(LIVE), company__isnull=False),
                name="attempt_one_capture_per_company",
            ),
            models.UniqueConstraint(
                fields=["refund"],
                condition=Q(refund__isnull=False, state__in=sorted(LIVE)),
                name="attempt_one_per_refund",
            ),
            models.CheckConstraint(
                condition=Q(kind="card_capture", amount=None, consent__isnull=False, refund=None)
                | Q(kind="reader_refund", amount=None, refund__isnull=False)
                | ~Q(kind__in=sorted(WITHOUT_CHARGE)) & Q(amount__gt=0, refund=None),
                name="attempt_positive",
            ),
            models.CheckConstraint(
                condition=~Q(kind="off_session") | Q(saved_card__isnull=False), name="attempt_off_session_card"
            ),
            models.CheckConstraint(
                condition=Q(remote_id__isnull=False) | Q(state__in=WITHOUT_INTENT), name="attempt_has_intent"
            ),
            models.CheckConstraint(
                condition=Q(holds_reader=False) | Q(state__in=sorted(MAY_HOLD_READER)), name="attempt_may_hold_reader"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(MUST_HOLD_READER)) | Q(holds_reader=True, reader__isnull=False),
                name="attempt_must_hold_reader",
            ),
            models.CheckConstraint(condition=Q(unanswered__lte=F("dispatch_seq")), name="attempt_unanswered"),
            models.CheckConstraint(
                condition=Q(payment__isnull=False) | ~Q(state="succeeded") | Q(kind__in=sorted(WITHOUT_CHARGE)),
                name="attempt_booked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.money or self.kind} {self.state}"

    @property
    def money(self) -> Money | None:
        """Return what is asked for; None when nothing is charged."""
        return None if self.amount is None else Money(self.amount, self.currency)

    @property
    def asked(self) -> Money | None:
        """Return the money that is to move, either way; None when a card is only kept."""
        return self.refund.money if self.refund else self.money

    @property
    def where(self) -> str:
        """Return where it is paid, for sentences: the reader's name, the saved card, or a payment page."""
        if self.reader:
            return self.reader.label
        if self.saved_card:
            return str(self.saved_card)
        return "a payment page" if self.kind == AttemptKind.PAY_LINK else ""

    @property
    def is_live(self) -> bool:
        """Return whether it is not over."""
        return self.state in LIVE

    @property
    def in_doubt_about_refund(self) -> bool:
        """Return whether an earlier command may still give money back, so that no other may be sent or wanted."""
        return self.refund_id is not None and (self.unanswered > 0 or self.state == AttemptState.UNKNOWN)

    @property
    def needs_a_look(self) -> bool:
        """Return whether its end waits for a manager. Refunds and disputes are another matter. Reads the flags."""
        return any(flag.closed_at is None and not flag.refund_id and not flag.dispute_id for flag in self.flags.all())

    def view(self, *, flags: bool = True) -> AttemptView:
        """Return what ``decide`` needs of this row; without the ``flags``, which take a query, where none counts."""
        return AttemptView(
            state=AttemptState(self.state),
            unanswered=self.unanswered,
            holds_reader=self.holds_reader,
            amount=self.amount,
            currency=self.currency,
            livemode=self.livemode,
            flags=frozenset(FlagKind(flag.kind) for flag in self.flags.all()) if flags else frozenset(),
            nobody_there=self.kind == AttemptKind.OFF_SESSION,
        )


class AttemptAllocation(models.Model):
    """An invoice that an attempt is for. ``live`` follows the attempt's state in the same transaction."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="allocations")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="attempt_allocations")
    amount = MoneyAmountField()
    live = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["invoice"], condition=Q(live=True), name="one_live_attempt_per_invoice"),
            models.UniqueConstraint(fields=["attempt", "invoice"], name="attempt_allocation_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="attempt_allocation_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.money} for {self.invoice}"

    @property
    def money(self) -> Money:
        """Return the part."""
        return Money(self.amount, self.attempt.currency)


class AttemptTransition(models.Model):
    """The log of an attempt: append-only, one row per version. Replaying it gives the row's state."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="transitions")
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    from_state = models.CharField(max_length=12)
    to_state = models.CharField(max_length=12)
    cause = models.CharField(max_length=40)
    code = models.CharField(max_length=80, blank=True)
    dispatch_seq = models.PositiveIntegerField(default=0)
    actor_kind = models.CharField(max_length=10)
    actor_label = models.CharField(max_length=120)
    stripe_request_id = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["attempt", "version"], name="attempt_transition_version")]

    def __str__(self) -> str:
        return f"{self.version}: {self.from_state} → {self.to_state}"
