"""What a manager should look at: money, or a card, that came or went otherwise than expected."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.models import Dispute, Refund
from flexspace.core.models import User
from terminal.enums import FlagKind
from terminal.models.attempt import Attempt


class AttemptFlag(models.Model):
    """Something about an attempt that a manager must look at; closed with a reason."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="flags")
    refund = models.ForeignKey(Refund, null=True, blank=True, on_delete=models.PROTECT, related_name="flags")
    dispute = models.ForeignKey(Dispute, null=True, blank=True, on_delete=models.PROTECT, related_name="flags")
    kind = models.CharField(max_length=20, choices=FlagKind.choices())
    detail = models.CharField(max_length=300, blank=True)
    raised_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    close_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "kind"], condition=Q(refund=None, dispute=None), name="attempt_flag_once"
            ),
            models.UniqueConstraint(
                fields=["dispute", "kind"], condition=Q(dispute__isnull=False), name="dispute_flag_once"
            ),
            models.UniqueConstraint(
                fields=["refund", "kind"], condition=Q(refund__isnull=False), name="refund_flag_once"
            ),
        ]
        indexes = [models.Index(fields=["-id"], name="attempt_flag_open", condition=Q(closed_at=None))]

    def __str__(self) -> str:
        return self.kind

    @property
    def sentence(self) -> str:
        """Return what happened, in words."""
        if self.kind == FlagKind.LATE_SUCCESS and self.attempt.amount is None:
            return "A card was kept although its keeping was taken for ended"
        about = self.refund or self.dispute
        return f"{FlagKind(self.kind).sentence}: {about.money}" if about else FlagKind(self.kind).sentence
