"""Stripe's Locations and Readers as we last read them, and our mapping."""

from typing import Self

from django.db import models

from flexspace.core.models import Location, PlacedQuerySet
from terminal.data import SMART_READERS, reader_name
from terminal.models.config import StripeConfig


class StripeLocation(models.Model):
    """A Stripe Location; mapped to one of ours, or waiting to be."""

    config = models.ForeignKey(StripeConfig, on_delete=models.PROTECT, related_name="stripe_locations")
    stripe_id = models.CharField(max_length=60)
    display_name = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2)
    address = models.CharField(max_length=300, blank=True)
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, related_name="stripe_locations"
    )
    gone_at = models.DateTimeField(null=True, blank=True)  # no longer at Stripe

    class Meta:
        ordering = ["display_name", "pk"]
        constraints = [models.UniqueConstraint(fields=["config", "stripe_id"], name="stripe_location_once")]

    def __str__(self) -> str:
        return self.display_name or self.stripe_id


class ReaderQuerySet(PlacedQuerySet):
    """Readers; they belong to a location through the Stripe Location's mapping."""

    location_path = "stripe_location__location"

    def usable(self) -> Self:
        """Return smart readers that are still at Stripe and in a mapped, existing Stripe Location."""
        return self.filter(
            gone_at=None,
            device_type__in=SMART_READERS,
            stripe_location__gone_at=None,
            stripe_location__location__isnull=False,
        )


class Reader(models.Model):
    """A card reader as Stripe describes it. ``status`` is advice for people and never decides anything."""

    config = models.ForeignKey(StripeConfig, on_delete=models.PROTECT, related_name="readers")
    stripe_id = models.CharField(max_length=60)
    stripe_location = models.ForeignKey(
        StripeLocation, null=True, blank=True, on_delete=models.PROTECT, related_name="readers"
    )
    label = models.CharField(max_length=120)
    device_type = models.CharField(max_length=60)
    serial_number = models.CharField(max_length=80, blank=True)
    software = models.CharField(max_length=80, blank=True)
    status = models.CharField(max_length=20, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)  # Stripe's word
    last_proof_at = models.DateTimeField(null=True, blank=True)  # it showed or ended a payment of ours
    read_at = models.DateTimeField(null=True, blank=True)
    shows = models.CharField(max_length=80, blank=True)  # what its slot held at the last read: an intent, or what else
    shows_since = models.DateTimeField(null=True, blank=True)
    cart_at = models.DateTimeField(null=True, blank=True)  # a cart of ours was put on its screen
    writing_until = models.DateTimeField(null=True, blank=True)  # its screen is being written: no payment is sent
    gone_at = models.DateTimeField(null=True, blank=True)

    objects = ReaderQuerySet.as_manager()

    class Meta:
        ordering = ["label", "pk"]
        constraints = [models.UniqueConstraint(fields=["config", "stripe_id"], name="reader_once")]

    def __str__(self) -> str:
        return self.label

    @property
    def model_name(self) -> str:
        """Return the device in words."""
        return reader_name(self.device_type)

    @property
    def is_wisepos(self) -> bool:
        """Return whether to draw the dark handheld rather than the white phone."""
        return "wisepos" in self.device_type

    @property
    def location(self) -> Location | None:
        """Return our location, when its Stripe Location is mapped."""
        return self.stripe_location.location if self.stripe_location else None
