"""Stripe accounts, and which location uses which."""

import uuid

from django.db import models, transaction
from django.utils import timezone

from flexspace.core.encryption import mask
from flexspace.core.fields import CurrencyField, EncryptedTextField
from flexspace.core.models import Location


class StripeConfig(models.Model):
    """One Stripe account. Stripe wants the account's country to be the location's, so there may be several."""

    name = models.CharField(max_length=80, unique=True)
    account_id = models.CharField(max_length=40)  # Stripe's; the same in live and in test mode
    country = models.CharField(max_length=2)
    currency = CurrencyField()
    livemode = models.BooleanField(default=False)
    secret_key = EncryptedTextField()
    key_changed_at = models.DateTimeField(default=timezone.now)
    key_rights = models.JSONField(default=dict, blank=True)  # permission → {"state": "proven" or "missing", "at"}
    webhook_uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    webhook_secret = EncryptedTextField(blank=True)
    webhook_secret_previous = EncryptedTextField(blank=True)  # still accepted while a secret is rolled
    webhook_endpoint_id = models.CharField(max_length=60, blank=True)
    webhook_endpoint_previous = models.CharField(max_length=60, blank=True)  # deleted once the new one is proven
    webhook_url = models.CharField(max_length=300, blank=True)  # where the endpoint that we made posts to
    webhook_proven_at = models.DateTimeField(null=True, blank=True)  # the first delivery signed with the newest secret
    webhook_asked_at = models.DateTimeField(null=True, blank=True)  # when Stripe was given something to post
    synced_at = models.DateTimeField(null=True, blank=True)
    sync_error = models.CharField(max_length=300, blank=True)
    mails_none_at = models.DateTimeField(null=True, blank=True)  # when an admin said that the Dashboard mails nothing
    mails_none_by = models.CharField(max_length=120, blank=True)
    clock_ahead = models.FloatField(null=True, blank=True)  # seconds our clock is ahead of Stripe's, at synced_at
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "Stripe account"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["account_id", "livemode"], name="stripe_account_mode_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_key(self) -> str:
        """Return what a page may show of the key."""
        return mask(self.secret_key)

    @property
    def key_is_wide(self) -> bool:
        """Return whether this is an unrestricted key of live mode, which can do all that the account's owner can."""
        return self.livemode and self.secret_key.startswith("sk_")

    @property
    def time_zone(self) -> str:
        """Return the zone of the account's first location, UTC without one; locations should be prefetched."""
        places = sorted(self.locations.all(), key=lambda row: row.pk)
        return places[0].location.time_zone if places else "UTC"

    @property
    def mails_none(self) -> bool:
        """Return whether an admin said, since the key was last changed, that Stripe's Dashboard mails no receipts."""
        return self.mails_none_at is not None and self.mails_none_at >= self.key_changed_at

    @property
    def webhook_secrets(self) -> list[str]:
        """Return the secrets a delivery may be signed with, the newest first."""
        return [secret for secret in (self.webhook_secret, self.webhook_secret_previous) if secret.strip()]


def note_right(config_pk: int, permission: str, state: str) -> None:
    """Keep what a call showed of a key: the ``permission`` is "proven" or "missing"."""
    with transaction.atomic():
        config = StripeConfig.objects.select_for_update().get(pk=config_pk)
        if config.key_rights.get(permission, {}).get("state") != state:
            config.key_rights[permission] = {"state": state, "at": timezone.now().isoformat()}
            config.save(update_fields=["key_rights"])


class LocationAccount(models.Model):
    """The Stripe account that a location charges through."""

    location = models.OneToOneField(Location, on_delete=models.PROTECT, related_name="stripe_account")
    config = models.ForeignKey(StripeConfig, on_delete=models.PROTECT, related_name="locations")

    def __str__(self) -> str:
        return f"{self.location} → {self.config}"
