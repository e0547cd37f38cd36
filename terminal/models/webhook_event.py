"""What Stripe posted, as it came."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from terminal.enums import EventState
from terminal.models.config import StripeConfig

WORDS = {
    "payment_intent.created": "A payment was prepared",
    "payment_intent.succeeded": "A payment succeeded",
    "payment_intent.payment_failed": "A card was refused",
    "payment_intent.canceled": "A payment was cancelled",
    "charge.succeeded": "A card was charged",
    "charge.failed": "A charge failed",
    "charge.updated": "A charge was completed with details",
    "terminal.reader.action_succeeded": "A reader finished its task",
    "terminal.reader.action_failed": "A reader could not finish its task",
}


class WebhookEvent(models.Model):
    """One verified delivery. An event is a hint to read Stripe again, never a fact by itself."""

    config = models.ForeignKey(StripeConfig, on_delete=models.PROTECT, related_name="events")
    event_id = models.CharField(max_length=80)
    type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=80, blank=True)
    body = models.TextField()
    received_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=EventState.choices(), default=EventState.RECEIVED)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, default=timezone.now)
    processed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    result = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["config", "event_id"], name="webhook_event_once")]
        indexes = [
            models.Index(fields=["state", "-id"], name="webhook_event_state"),
            models.Index(fields=["next_try_at"], name="webhook_event_due", condition=Q(next_try_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"

    @property
    def sentence(self) -> str:
        """Return the event's type in words."""
        return WORDS.get(self.type) or self.type.replace("_", " ").replace(".", ": ").capitalize()
