"""Cards kept at Stripe, and the consent each is kept by. Never a card's number: only what Stripe shows of it."""

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.enums import CollectionReason, ConsentChannel, ConsentPurpose
from flexspace.core.cards import card_name
from flexspace.core.models import Location, PlacedQuerySet
from members.models import Company, Member

ONE_OWNER = Q(member__isnull=False, company=None) | Q(member=None, company__isnull=False)


class Consent(models.Model):
    """What somebody agreed to, word for word, when, to whom and how. It is withdrawn, never changed."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="consents")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=10, choices=ConsentPurpose.choices())
    wording_version = models.CharField(max_length=20)
    wording = models.TextField()
    language = models.CharField(max_length=10, default="en")
    channel = models.CharField(max_length=14, choices=ConsentChannel.choices())
    reader_label = models.CharField(max_length=80, blank=True)
    taken_by = models.CharField(max_length=120)
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=120, blank=True)
    withdraw_reason = models.CharField(max_length=300, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=ONE_OWNER, name="consent_of_one")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, version {self.version}"

    @property
    def version(self) -> str:
        """Return the number of the words that were agreed to, among those for the same purpose."""
        return str(self.wording_version.rpartition("-")[2])

    @property
    def owner(self) -> Member | Company:
        """Return who gave it."""
        owner = self.member or self.company
        assert owner is not None  # a database constraint
        return owner

    @property
    def redisplay(self) -> str:
        """Return Stripe's ``allow_redisplay``: a card for dues only is not offered for other purchases."""
        return "always" if self.purpose == ConsentPurpose.PURCHASES else "limited"

    @property
    def holds(self) -> bool:
        """Return whether it was not withdrawn."""
        return self.withdrawn_at is None


class SavedCardQuerySet(PlacedQuerySet):
    """Saved cards; each is where its consent was given."""

    def usable(self) -> Self:
        """Return those that may be charged: not removed, with a consent that holds."""
        return self.filter(removed_at=None, consent__withdrawn_at=None)


class SavedCard(models.Model):
    """A card that Stripe keeps for one member or company: the generated one, never the one that was presented.

    ``account`` and the ids are Stripe's. ``fingerprint`` tells that two saved cards are the same piece of plastic.
    ``location`` is its consent's: what is owed there it may be charged for, and nothing else.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="saved_cards")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="saved_cards")
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="cards")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    account = models.CharField(max_length=40)
    livemode = models.BooleanField(default=False)
    customer_id = models.CharField(max_length=60)
    payment_method_id = models.CharField(max_length=60)
    brand = models.CharField(max_length=20, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    exp_month = models.PositiveSmallIntegerField(null=True)
    exp_year = models.PositiveSmallIntegerField(null=True)
    fingerprint = models.CharField(max_length=40, blank=True)
    funding = models.CharField(max_length=12, blank=True)
    country = models.CharField(max_length=2, blank=True)
    wallet = models.CharField(max_length=20, blank=True)
    off_session_only = models.BooleanField(default=False)
    redisplay = models.CharField(max_length=12, blank=True)
    origin = models.CharField(max_length=80)  # the set-up intent, charge or checkout session that made it
    is_default = models.BooleanField(default=False)
    kept_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_reason = models.CharField(max_length=300, blank=True)
    replaced_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced")
    detach_due_at = models.DateTimeField(null=True, blank=True)  # until Stripe has forgotten a removed card
    checked_at = models.DateTimeField(null=True, blank=True)  # when Stripe was last asked whether it is still there
    refused_on = models.DateField(null=True, blank=True)  # since when it may be charged for nothing any more
    refused_why = models.CharField(max_length=20, blank=True)  # one of dunning.CONDEMNS; empty: its bank refused it

    objects = SavedCardQuerySet.as_manager()

    class Meta:
        ordering = ["-is_default", "-pk"]
        indexes = [
            models.Index(fields=["exp_year", "exp_month"], name="saved_card_expiry", condition=Q(removed_at=None)),
            models.Index(fields=["detach_due_at"], name="saved_card_detach", condition=Q(detach_due_at__isnull=False)),
            models.Index(fields=["customer_id"], name="saved_card_customer", condition=Q(removed_at=None)),
            models.Index(fields=["checked_at"], name="saved_card_checked", condition=Q(removed_at=None)),
        ]
        constraints = [
            models.CheckConstraint(condition=ONE_OWNER, name="saved_card_of_one"),
            models.CheckConstraint(
                condition=Q(removed_at=None, detach_due_at=None) | Q(removed_at__isnull=False, is_default=False),
                name="saved_card_removed_is_out",
            ),
            models.UniqueConstraint(fields=["account", "livemode", "payment_method_id"], name="saved_card_once"),
            models.UniqueConstraint(
                fields=["member", "location", "account", "livemode"],
                condition=Q(is_default=True, removed_at=None, member__isnull=False),
                name="saved_card_member_default",
            ),
            models.UniqueConstraint(
                fields=["company", "location", "account", "livemode"],
                condition=Q(is_default=True, removed_at=None, company__isnull=False),
                name="saved_card_company_default",
            ),
        ]

    def __str__(self) -> str:
        return card_name(self.brand, self.last4)

    @property
    def owner(self) -> Member | Company:
        """Return whose it is."""
        owner = self.member or self.company
        assert owner is not None  # a database constraint
        return owner

    @property
    def expires(self) -> str:
        """Return its last month as it stands on the card: "07/29"; empty when it has none."""
        return f"{self.exp_month:02}/{self.exp_year % 100:02}" if self.exp_month and self.exp_year else ""

    @property
    def refused(self) -> CollectionReason:
        """Return why its bank, or Stripe, takes no charge of it any more; NONE when it may be charged."""
        if self.refused_on is None:
            return CollectionReason.NONE
        return CollectionReason(self.refused_why or CollectionReason.CARD_REFUSED)

    def expired_on(self, day: date) -> bool:
        """Return whether its last month was over before ``day``; a card without a date never expires."""
        if not self.exp_year or not self.exp_month:
            return False
        return (self.exp_year, self.exp_month) < (day.year, day.month)

    def unfit_on(self, day: date) -> CollectionReason:
        """Return why it cannot be charged on ``day``, as dunning.hindrance sees it; NONE when it can."""
        return CollectionReason.CARD_EXPIRED if self.expired_on(day) else self.refused
