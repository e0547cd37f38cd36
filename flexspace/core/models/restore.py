"""That the database was restored from a backup, until a manager says that it agrees with the world again."""

from django.db import models
from django.db.models import Q

from flexspace.core.models.user import User


class Restore(models.Model):
    """One restored backup. While ``held`` money and doors are read-only; ``found`` is what the comparing saw."""

    declared_at = models.DateTimeField()
    declared_by = models.CharField(max_length=120)
    newest_at = models.DateTimeField(null=True)  # the last thing that the restored database knows of
    held = models.BooleanField(default=True)
    found = models.JSONField(default=dict)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["held"], condition=Q(held=True), name="restore_one_held"),
            models.CheckConstraint(
                condition=Q(held=True, confirmed_at=None, confirmed_by=None)
                | Q(held=False, confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="restore_confirmed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"restored {self.declared_at:%Y-%m-%d %H:%M}"
