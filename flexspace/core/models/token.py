"""Tokens: of the API, of a form that may be sent once, and the stored answer of a repeated API call."""

import uuid

from django.db import models
from django.utils import timezone

from flexspace.core.models.location import Location


class OneUseToken(models.Model):
    """A form's token after its one use; ``result`` says what that use made, so that a replay lands there."""

    token = models.UUIDField(primary_key=True)
    used_at = models.DateTimeField(default=timezone.now, db_index=True)
    user = models.ForeignKey("core.User", null=True, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=40)
    result = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"{self.purpose} {self.token}"


class ApiToken(models.Model):
    """A program's key to the API. Only its SHA-256 is kept; the token itself is shown once."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    locations = models.ManyToManyField(Location, related_name="+")
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class StoredAnswer(models.Model):
    """The first answer to an API call with an ``Idempotency-Key``, given again when the call is repeated."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)  # null while the first call is still running
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="stored_answer_once")]

    def __str__(self) -> str:
        return self.key
