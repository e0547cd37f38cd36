"""The lease of a job that must not run twice at once, when jobs began, and how watched things stood."""

from django.db import models
from django.utils import timezone

from flexspace.core.levels import Level
from flexspace.core.models.location import Location, PlacedQuerySet


class JobLease(models.Model):
    """Who runs the job ``key`` and until when that may be believed; ``job:…`` only says when a job last began."""

    key = models.CharField(max_length=80, primary_key=True)
    holder = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    last_started_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.key


class Condition(models.Model):
    """How something that is watched stood when it was looked at last, and since when."""

    key = models.CharField(max_length=120, primary_key=True)
    level = models.CharField(max_length=10, choices=Level.choices())
    since = models.DateTimeField()
    was = models.CharField(max_length=10, choices=Level.choices(), blank=True)  # before that; empty: nothing was

    def __str__(self) -> str:
        return f"{self.key}: {self.level}"


class SelfCheck(models.Model):
    """How a location stood when it was looked at before it opened, or since, when somebody asked; one a day."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="+")
    on_date = models.DateField()  # the location's
    at = models.DateTimeField()
    level = models.CharField(max_length=10, choices=Level.choices())
    looked_at = models.PositiveSmallIntegerField(default=0)  # how many things
    found = models.JSONField(default=list, blank=True)  # what was not well: label, level, said, cure

    objects = PlacedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["location", "on_date"], name="self_check_once_a_day")]

    def __str__(self) -> str:
        return f"{self.location} {self.on_date}: {self.level}"
