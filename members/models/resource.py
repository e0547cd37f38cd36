"""Floors, desks, offices and rooms; who holds a desk from when to when, and who has a room for some hours."""

import uuid
from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from flexspace.core.models import Location, PlacedQuerySet
from members.enums import ResourceKind
from members.models.company import Company
from members.models.member import Member
from members.models.plan import ONE_HOLDER, HeldQuerySet


class Floor(models.Model):
    """A storey, or any part of a location that has a door of its own."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="floors")
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name", "pk"]
        constraints = [models.UniqueConstraint(fields=["location", "name"], name="floor_name_once")]

    def __str__(self) -> str:
        return self.name


class ResourceQuerySet(PlacedQuerySet):
    """Desks, offices and rooms."""

    def active(self) -> Self:
        """Return those that were not archived."""
        return self.filter(archived_at=None)


class Resource(models.Model):
    """A desk, an office or a room. ``seats`` is how many people it is for."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=ResourceKind.choices())
    name = models.CharField(max_length=80)
    sort_name = models.CharField(max_length=160, editable=False)
    floor = models.ForeignKey(Floor, null=True, blank=True, on_delete=models.PROTECT, related_name="resources")
    seats = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "sort_name", "pk"]
        indexes = [models.Index(fields=["location", "kind", "sort_name", "id"], name="resource_place")]
        constraints = [
            models.UniqueConstraint(
                fields=["location", "name"], condition=Q(archived_at=None), name="resource_name_once"
            ),
            models.CheckConstraint(condition=Q(seats__gt=0), name="resource_seats"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_room(self) -> bool:
        """Return whether it is booked for hours, not assigned for days."""
        return self.kind == ResourceKind.ROOM


class AssignmentQuerySet(HeldQuerySet):
    """Who holds which desk or office."""

    location_path = "resource__location"

    def over(self, today: date) -> Self:
        """Return those of which nothing is left on ``today``, as ``Assignment.is_over`` tells it."""
        return self.filter(Q(ends_on__lt=today) | Q(ends_on__lt=F("starts_on")))

    def not_over(self, today: date) -> Self:
        """Return those that hold or will."""
        return self.that_begin().filter(Q(ends_on=None) | Q(ends_on__gte=today))


class Assignment(models.Model):
    """A desk or office that a member, or a company for all of its people, holds. Days are the location's.

    ``ends_on`` is the last day, inclusive; empty means until further notice. ``ended_at`` is when somebody ended it;
    empty while it ends as it was agreed. One that never began has an ``ends_on`` before ``starts_on``.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="assignments")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=300, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-pk"]
        indexes = [models.Index(fields=["resource", "-starts_on"], name="assignment_resource")]
        constraints = [models.CheckConstraint(condition=ONE_HOLDER, name="assignment_one_holder")]

    def __str__(self) -> str:
        return f"{self.resource} of {self.holder}"

    @property
    def holder(self) -> Member | Company:
        """Return who holds it."""
        holder = self.member or self.company
        assert holder is not None  # a database constraint
        return holder

    def is_over(self, today: date) -> bool:
        """Return whether nothing of it is left to end on ``today``: it ended, or it was ended before its start."""
        return self.ends_on is not None and (self.ends_on < today or self.ends_on < self.starts_on)


class BookingQuerySet(PlacedQuerySet):
    """Who has which room when."""

    location_path = "resource__location"

    def standing(self) -> Self:
        """Leave out those that were cancelled."""
        return self.filter(cancelled_at=None)

    def touching(self, start: datetime, end: datetime) -> Self:
        """Return those that have any moment from ``start`` to before ``end``."""
        return self.filter(starts_at__lt=end, ends_at__gt=start)


class Booking(models.Model):
    """A room for a member from ``starts_at`` to before ``ends_at``. A cancelled one stays, with when."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="bookings")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="bookings")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["resource", "starts_at"], name="booking_room"),
            models.Index(fields=["ends_at"], name="booking_ends"),
        ]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="booking_not_empty")]

    def __str__(self) -> str:
        return f"{self.resource} for {self.member}"
