"""The lease of a job that must not run twice at once."""

from django.db import models


class JobLease(models.Model):
    """Who runs the job ``key`` and until when that may be believed."""

    key = models.CharField(max_length=80, primary_key=True)
    holder = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    last_started_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.key
