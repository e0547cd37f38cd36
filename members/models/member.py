"""A person who uses the space."""

import uuid
from typing import Self

from django.db import models
from django.utils import timezone

from flexspace.core.models import Location, PlacedQuerySet
from members.models.company import Company


class MemberQuerySet(PlacedQuerySet):
    """Members."""

    def active(self) -> Self:
        """Return those who were not archived."""
        return self.filter(archived_at=None)


class Member(models.Model):
    """A person. One without a membership is a drop-in."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    name = models.CharField(max_length=160)
    sort_name = models.CharField(max_length=160, editable=False)
    email = models.EmailField("e-mail", blank=True)
    phone = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What a company held for all of its people is over for who left it, and can be told so.
    left_company = models.ForeignKey(
        Company, null=True, editable=False, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    left_company_at = models.DateTimeField(null=True, editable=False)

    objects = MemberQuerySet.as_manager()

    class Meta:
        ordering = ["sort_name", "pk"]
        indexes = [
            models.Index(fields=["sort_name", "id"], name="member_sort"),
            models.Index(fields=["location", "sort_name", "id"], name="member_location_sort"),
            models.Index(fields=["company", "sort_name", "id"], name="member_company_sort"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Return one or two letters for the round picture."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()

    @property
    def hue(self) -> int:
        """Return which of the six colours the round picture has: always the same one for a person."""
        return (self.pk or 0) % 6 + 1
