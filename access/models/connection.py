"""Connections to SALTO KS: who signs in, to which site, for which locations, and by which rules."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone

from access.enums import ConnectionState, ProtectionKind, WhenFull
from flexspace.core.encryption import mask
from flexspace.core.fields import EncryptedTextField
from flexspace.core.models import Location


class SaltoKSConfig(models.Model):
    """One connection to one site of SALTO KS, through a user of that site who signed in for us.

    ``previous_refresh_token`` is kept until the one that replaced it has worked: an answer may be lost on its way.
    ``own_site_user_id`` and ``owner_platform_id`` are the two people no run ever touches.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=80, unique=True)
    client_id = models.CharField(max_length=120)
    client_secret = EncryptedTextField(blank=True)
    access_token = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(blank=True)
    previous_refresh_token = EncryptedTextField(blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    site_id = models.CharField(max_length=36, blank=True)
    site_uid = models.CharField(max_length=40, blank=True)  # what is printed; never used in a call
    site_name = models.CharField(max_length=120, blank=True)
    owner_platform_id = models.CharField(max_length=36, blank=True)
    own_site_user_id = models.CharField(max_length=36, blank=True)
    own_email = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=12, choices=ConnectionState.choices(), default=ConnectionState.NEW)
    problem = models.CharField(max_length=40, blank=True)  # a code; ``access.explain`` has its sentence
    problem_at = models.DateTimeField(null=True, blank=True)
    rest_until = models.DateTimeField(null=True, blank=True)  # SALTO KS asked us to wait
    seats_bought = models.PositiveIntegerField(null=True, blank=True)
    seats_used = models.PositiveIntegerField(null=True, blank=True)
    users_seen = models.PositiveIntegerField(null=True, blank=True)  # by the last complete run
    last_good_sync_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "SALTO KS connection"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["site_id"], condition=~models.Q(site_id=""), name="salto_site_connected_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_secret(self) -> str:
        """Return what a page may show of the client secret."""
        return mask(self.client_secret)

    @property
    def is_ready(self) -> bool:
        """Return whether a run may be started."""
        return self.state == ConnectionState.READY and bool(self.site_id)


class ConnectionLocation(models.Model):
    """A location whose doors belong to a connection's site. A location has one at most."""

    connection = models.ForeignKey(SaltoKSConfig, on_delete=models.CASCADE, related_name="places")
    location = models.OneToOneField(Location, on_delete=models.PROTECT, related_name="salto_place")

    def __str__(self) -> str:
        return f"{self.location} → {self.connection}"


class SyncOptions(models.Model):
    """The Sync Options of a connection. Nothing is written to SALTO KS before ``enabled``."""

    connection = models.OneToOneField(SaltoKSConfig, on_delete=models.CASCADE, related_name="options")
    enabled = models.BooleanField(default=False)
    unsubscribe = models.BooleanField("Unsubscribe users who have lost all access", default=False)
    unsubscribe_since = models.DateTimeField(null=True, blank=True)  # whoever lost access before is opted in by hand
    grace_hours = models.PositiveSmallIntegerField(default=24, validators=[MaxValueValidator(24 * 90)])
    manual_groups_count = models.BooleanField("People with manual groups count as having access", default=True)
    resubscribe = models.BooleanField("Resubscribe by itself", default=True)
    when_full = models.CharField(max_length=4, choices=WhenFull.choices(), default=WhenFull.WAIT)
    max_unsubscribes = models.PositiveSmallIntegerField(default=5)
    max_share_percent = models.PositiveSmallIntegerField(default=10, validators=[MaxValueValidator(100)])
    pause_overdue = models.BooleanField("Pause access for overdue invoices", default=False)
    overdue_grace_days = models.PositiveSmallIntegerField(default=7)
    adopt_on_match = models.BooleanField("Adopt SALTO KS users of the same e-mail address", default=False)
    booking_lead_minutes = models.PositiveSmallIntegerField(default=15, validators=[MaxValueValidator(240)])
    booking_lag_minutes = models.PositiveSmallIntegerField(default=15, validators=[MaxValueValidator(240)])

    class Meta:
        verbose_name_plural = "sync options"

    def __str__(self) -> str:
        return f"Sync Options of {self.connection}"


class Protection(models.Model):
    """Somebody no run touches: a person, everybody of a role, or everybody of an e-mail domain."""

    connection = models.ForeignKey(SaltoKSConfig, on_delete=models.CASCADE, related_name="protections")
    kind = models.CharField(max_length=8, choices=ProtectionKind.choices())
    value = models.CharField(max_length=254)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["kind", "value"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "kind", "value"], name="salto_protection_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class OAuthAttempt(models.Model):
    """One trip to SALTO KS's sign-in page: its state works once, in the session that began it."""

    connection = models.ForeignKey(SaltoKSConfig, on_delete=models.CASCADE, related_name="trips")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state_hash = models.CharField(max_length=64, unique=True)
    session_hash = models.CharField(max_length=64)
    verifier = EncryptedTextField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Sign-in for {self.connection}"
