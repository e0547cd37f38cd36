"""Day passes: credits that check-ins use up, and the seats of a day."""

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from flexspace.core.models import Location, PlacedQuerySet
from members.enums import DayPart, PassEntryKind, SeatState
from members.models.company import Company
from members.models.member import Member
from members.models.plan import ONE_HOLDER, Membership
from members.models.product import Product


class DayPassQuerySet(PlacedQuerySet):
    """Day passes."""

    def usable(self, on: date) -> Self:
        """Return those that hold on ``on``; their balance is the sum of their entries."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on), valid_from__lte=on, revoked_at=None)


class DayPass(models.Model):
    """Credits bought at once. What is left is the sum of the entries; ``valid_until`` is the last day, inclusive.

    ``source_line`` is the id of the paid invoice line that made it, so that a line makes its pass once.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="day_passes")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="day_passes")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    is_half = models.BooleanField(default=False)
    credits = models.PositiveSmallIntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    source_line = models.BigIntegerField(null=True, blank=True, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = DayPassQuerySet.as_manager()

    class Meta:
        ordering = ["valid_until", "pk"]
        constraints = [
            models.CheckConstraint(condition=ONE_HOLDER, name="day_pass_one_holder"),
            models.CheckConstraint(condition=Q(credits__gt=0), name="day_pass_credits"),
        ]

    def __str__(self) -> str:
        return f"{self.credits} × {self.product or 'day pass'}"


class DayPassEntry(models.Model):
    """A change of a day pass's credits. Append-only: undoing is another entry."""

    day_pass = models.ForeignKey(DayPass, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12, choices=PassEntryKind.choices())
    credits = models.SmallIntegerField()
    on_date = models.DateField()
    part = models.CharField(max_length=10, choices=DayPart.choices(), default=DayPart.FULL)
    used_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    actor_label = models.CharField(max_length=120)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(credits=0), name="day_pass_entry_changes")]

    def __str__(self) -> str:
        return f"{self.credits:+} {self.kind}"


class CheckIn(models.Model):
    """Somebody is here: once for a person, location, day and part of it. An undone one stays, with when."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="check_ins")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    on_date = models.DateField()
    part = models.CharField(max_length=10, choices=DayPart.choices(), default=DayPart.FULL)
    at = models.DateTimeField(default=timezone.now)
    actor_label = models.CharField(max_length=120)
    entry = models.OneToOneField(DayPassEntry, null=True, on_delete=models.PROTECT, related_name="check_in")
    membership = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    warnings = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["location", "on_date", "-id"], name="check_in_location_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "location", "on_date", "part"], condition=Q(undone_at=None), name="check_in_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.on_date}"


class CapacityDay(models.Model):
    """The day passes of one location and date. The row is locked to count its seats."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    on_date = models.DateField()
    capacity = models.PositiveSmallIntegerField(null=True, blank=True)  # empty = the location's own

    class Meta:
        constraints = [models.UniqueConstraint(fields=["location", "on_date"], name="capacity_day_once")]

    def __str__(self) -> str:
        return f"{self.location} {self.on_date}"


class SeatHold(models.Model):
    """A seat of a day: held until a time while somebody pays, sold, or released. A full day takes both halves."""

    day = models.ForeignKey(CapacityDay, on_delete=models.PROTECT, related_name="holds")
    part = models.CharField(max_length=10, choices=DayPart.choices(), default=DayPart.FULL)
    state = models.CharField(max_length=8, choices=SeatState.choices(), default=SeatState.HELD)
    held_until = models.DateTimeField(null=True, blank=True)
    source_line = models.BigIntegerField(null=True, blank=True, unique=True)  # an invoice line's id
    check_in = models.OneToOneField(CheckIn, null=True, blank=True, on_delete=models.PROTECT, related_name="seat")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["held_until"], name="seat_hold_due", condition=Q(state="held")),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(state="held") | Q(held_until__isnull=False), name="seat_hold_ends")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.part} {self.state}"
