"""An organisation whose people are members; it may pay for them."""

import uuid

from django.db import models
from django.utils import timezone

from flexspace.core.models import Location, PlacedQuerySet


class Company(models.Model):
    """An organisation."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=160)
    sort_name = models.CharField(max_length=160, editable=False)
    email = models.EmailField("e-mail for invoices", blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.TextField(blank=True)
    tax_id = models.CharField("tax id", max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "companies"
        ordering = ["sort_name", "pk"]
        indexes = [
            models.Index(fields=["sort_name", "id"], name="company_sort"),
            models.Index(fields=["location", "sort_name", "id"], name="company_location_sort"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Return the first two letters for the round picture."""
        return self.name[:2].upper()

    @property
    def hue(self) -> int:
        """Return which of the six colours the round picture has."""
        return (self.pk or 0) % 6 + 1
