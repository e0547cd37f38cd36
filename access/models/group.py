"""Access groups of a site, and what of ours is mapped to them."""

from django.db import models

from access.enums import Source
from access.models.connection import SaltoKSConfig


class AccessGroup(models.Model):
    """A group of a site as SALTO KS last showed it. ``scheduled`` is empty until its time schedules were read."""

    connection = models.ForeignKey(SaltoKSConfig, on_delete=models.CASCADE, related_name="groups")
    group_id = models.CharField(max_length=36)
    name = models.CharField(max_length=160)
    scheduled = models.BooleanField(null=True, blank=True)  # without a schedule a group opens nothing, silently
    members_seen = models.PositiveIntegerField(default=0)
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["connection", "group_id"], name="salto_group_once")]

    def __str__(self) -> str:
        return self.name


class GroupMapping(models.Model):
    """Whoever holds this is put into this group.

    ``subject_id`` is the id of a plan, location, floor, resource (also of a booking) or product (day pass), by
    ``source``. Those are archived and never deleted, so one column serves all six.
    """

    group = models.ForeignKey(AccessGroup, on_delete=models.PROTECT, related_name="mappings")
    source = models.CharField(max_length=8, choices=Source.choices())
    subject_id = models.BigIntegerField()

    class Meta:
        ordering = ["source", "subject_id", "group"]
        indexes = [models.Index(fields=["source", "subject_id"], name="salto_mapping_subject")]
        constraints = [
            models.UniqueConstraint(fields=["group", "source", "subject_id"], name="salto_mapping_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.subject_id} → {self.group}"
