"""Collecting an invoice from a saved card, and the mails that were sent about it."""

import uuid
from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.enums import DUE_STATES, HELD_UP, CollectionReason, CollectionState, NoticeKind, NoticeState
from billing.models.invoice import Invoice
from billing.models.payment import Payment
from flexspace.core.models import Location, PlacedQuerySet
from members.models import Company, Member


class Collection(models.Model):
    """How an invoice is collected without anybody present: when next, how often tried, what the bank said last."""

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="collection")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=CollectionState.choices(), default=CollectionState.SCHEDULED)
    next_try_on = models.DateField(null=True, blank=True)  # in the location's zone
    tries = models.PositiveSmallIntegerField(default=0)
    first_try_on = models.DateField(null=True, blank=True)
    last_tried_at = models.DateTimeField(null=True, blank=True)
    last_code = models.CharField(max_length=80, blank=True)
    last_decline_code = models.CharField(max_length=80, blank=True)
    last_advice = models.CharField(max_length=40, blank=True)
    last_contact_at = models.DateTimeField(null=True, blank=True)
    at_desk = models.BooleanField(default=False)  # ask at the next visit
    stop_reason = models.CharField(max_length=300, blank=True)
    mail_waived = models.BooleanField(default=False)  # a person had it charged though its mail did not go out
    updated_at = models.DateTimeField(default=timezone.now)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        ordering = ["next_try_on", "pk"]
        indexes = [
            models.Index(
                fields=["next_try_on", "id"],
                name="collection_due",
                condition=Q(state__in=["scheduled", "retry"], next_try_on__isnull=False),
            ),
            models.Index(fields=["location", "state", "id"], name="collection_worklist"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.state}"

    @property
    def reason(self) -> CollectionReason:
        """Return why it stands still, without the words that may be written beside it."""
        code = self.stop_reason.partition(": ")[0]
        return CollectionReason(code) if code in set(CollectionReason) else CollectionReason.NONE

    def held_up_on(self, today: date) -> bool:
        """Return whether it is due on the day ``today`` of its location and waits for staff to put something right."""
        is_due = self.state in DUE_STATES and self.next_try_on is not None and self.next_try_on <= today
        return is_due and self.reason in HELD_UP

    @property
    def lacks_mail(self) -> bool:
        """Return whether it waits because its invoice was not mailed."""
        return self.state in DUE_STATES and self.reason is CollectionReason.MAIL_NOT_SENT


class Notice(models.Model):
    """One mail. ``cause`` names what it is about; a cause is told at most once by each kind of mail."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=24, choices=NoticeKind.choices())
    cause = models.CharField(max_length=120)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="notices")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="notices")
    invoice = models.ForeignKey(Invoice, null=True, blank=True, on_delete=models.PROTECT, related_name="notices")
    payment = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="notices")
    to = models.EmailField()
    facts = models.JSONField(default=dict)  # what its text needs beyond the rows: links, codes
    state = models.CharField(max_length=8, choices=NoticeState.choices(), default=NoticeState.QUEUED)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["next_try_at"], name="notice_due", condition=Q(next_try_at__isnull=False)),
            models.Index(fields=["location", "-created_at", "-id"], name="notice_location"),
            models.Index(fields=["-created_at", "-id"], name="notice_at"),
        ]
        constraints = [models.UniqueConstraint(fields=["kind", "cause"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.cause}"

    @property
    def is_open(self) -> bool:
        """Return whether nobody has begun to send it, so that it may still go elsewhere or nowhere."""
        return self.state == NoticeState.DROPPED or (self.state == NoticeState.QUEUED and not self.tries)
