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
    "setup_intent.created": "Keeping a card was prepared",
    "setup_intent.succeeded": "A card was checked, to be kept",
    "setup_intent.setup_failed": "A card to be kept was refused",
    "setup_intent.canceled": "Keeping a card was cancelled",
    "payment_method.attached": "A card was kept",
    "payment_method.detached": "A kept card was removed",
    "payment_method.updated": "A kept card was changed",
    "payment_method.automatically_updated": "A bank renewed a kept card",
    "customer.created": "A customer was made",
    "customer.updated": "A customer was changed",
    "customer.deleted": "A customer was deleted",
    "charge.succeeded": "A card was charged",
    "charge.failed": "A charge failed",
    "charge.refunded": "Money went back to a card",
    "refund.created": "A refund was made",
    "refund.updated": "A refund was changed",
    "refund.failed": "A refund failed",
    "charge.dispute.created": "A payment was disputed at the bank",
    "charge.dispute.updated": "A dispute was changed",
    "charge.dispute.closed": "A dispute was decided",
    "charge.dispute.funds_withdrawn": "A dispute took money back",
    "charge.dispute.funds_reinstated": "A dispute gave money back",
    "payout.created": "A payout was made",
    "payout.updated": "A payout was changed",
    "payout.paid": "A payout arrived",
    "payout.failed": "A payout failed",
    "payout.canceled": "A payout was cancelled",
    "payout.reconciliation_completed": "What a payout holds can be read",
    "charge.updated": "A charge was completed with details",
    "terminal.reader.action_succeeded": "A reader finished its task",
    "terminal.reader.action_failed": "A reader could not finish its task",
    "checkout.session.completed": "A payment page was used",
    "checkout.session.expired": "A payment page was closed",
}


class WebhookEvent(models.Model):
    """One verified delivery. An event is a hint to read Stripe again, never a fact by itself."""

    config = models.ForeignKey(StripeConfig, on_delete=models.PROTECT, related_name="events")
    event_id = models.CharField(max_length=80)
    type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=80, blank=True)
    body = models.TextField()  # emptied once it is old: ``services.purge``
    about_id = models.CharField(max_length=80, blank=True)  # the intent, page or refund's payment it is about
    fetched = models.BooleanField(default=False)  # read from Stripe's list because no delivery came
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
            models.Index(fields=["about_id"], name="webhook_event_about", condition=~Q(about_id="")),
            models.Index(fields=["next_try_at"], name="webhook_event_due", condition=Q(next_try_at__isnull=False)),
            models.Index(fields=["received_at"], name="webhook_event_with_body", condition=~Q(body="")),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"

    @property
    def sentence(self) -> str:
        """Return the event's type in words."""
        return WORDS.get(self.type) or self.type.replace("_", " ").replace(".", ": ").capitalize()
