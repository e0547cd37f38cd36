"""Who did what to what: append-only, in the transaction that made the change."""

import uuid

from django.db import models
from django.utils import timezone

from flexspace.core.models.location import Location


class AuditEvent(models.Model):
    """One change. No foreign keys to what it is about, so that it blocks no deletion and outlives it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    action = models.CharField(max_length=60)  # dotted: billing.invoice.issued
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=120)
    location = models.ForeignKey(Location, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["location", "-at", "-id"], name="audit_location_at")]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_label}"


class AuditSubject(models.Model):
    """What an event is about; one event may belong to an attempt, its invoices and its reader at once."""

    event = models.ForeignKey(AuditEvent, on_delete=models.CASCADE, related_name="subjects")
    kind = models.CharField(max_length=40)  # the model's label: billing.invoice
    subject_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["kind", "subject_id", "-event"], name="audit_subject")]
        constraints = [models.UniqueConstraint(fields=["event", "kind", "subject_id"], name="audit_subject_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"
