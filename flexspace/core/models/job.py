"""The lease of a job that must not run twice at once, when jobs began, and how watched things stand."""

from django.db import models
from django.utils import timezone

from flexspace.core.levels import Level


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
