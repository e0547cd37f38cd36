"""Whom Stripe knows as a customer, and links by which somebody adds a card."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.models import Consent, SavedCard
from flexspace.core.models import Location, PlacedQuerySet
from members.models import Company, Member
from terminal.enums import CardLinkState
from terminal.models.config import StripeConfig

ONE_OWNER = Q(member__isnull=False, company=None) | Q(member=None, company__isnull=False)


class StripeCustomer(models.Model):
    """A member or company as a Customer of one account. ``customer_id`` is empty until Stripe has answered.

    ``seq`` grows when Stripe no longer knows the Customer and another one is made.
    """

    config = models.ForeignKey(StripeConfig, on_delete=models.PROTECT, related_name="customers")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    customer_id = models.CharField(max_length=60, blank=True)
    seq = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=ONE_OWNER, name="stripe_customer_of_one"),
            models.UniqueConstraint(
                fields=["config", "member"], condition=Q(member__isnull=False), name="stripe_customer_member"
            ),
            models.UniqueConstraint(
                fields=["config", "company"], condition=Q(company__isnull=False), name="stripe_customer_company"
            ),
            models.UniqueConstraint(
                fields=["config", "customer_id"], condition=~Q(customer_id=""), name="stripe_customer_id_once"
            ),
        ]

    def __str__(self) -> str:
        return self.customer_id or "Customer to be made"


class CardLink(models.Model):
    """A link by which somebody adds a card on a page of Stripe's. ``session_id`` is the newest Checkout Session's."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    config = models.ForeignKey(StripeConfig, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="card_links")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="card_links")
    purpose = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=CardLinkState.choices(), default=CardLinkState.OPEN)
    session_id = models.CharField(max_length=100, blank=True)
    session_seq = models.PositiveSmallIntegerField(default=0)
    session_expires_at = models.DateTimeField(null=True, blank=True)
    consent = models.ForeignKey(Consent, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kept_card = models.ForeignKey(SavedCard, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_by = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    next_check_at = models.DateTimeField(null=True, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["next_check_at"], name="card_link_due", condition=Q(next_check_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=ONE_OWNER, name="card_link_of_one"),
            models.UniqueConstraint(fields=["session_id"], condition=~Q(session_id=""), name="card_link_session_once"),
        ]

    def __str__(self) -> str:
        return f"Card link {self.state}"
