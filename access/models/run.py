"""Runs of the sync: what was seen, planned and done; and how many seats there were each day."""

import uuid

from django.db import models
from django.utils import timezone

from access.enums import RunKind, RunState, StepKind, StepState
from access.models.connection import SaltoKSConfig
from access.models.group import AccessGroup
from access.models.user import SaltoUser
from members.models import Member


class SyncRun(models.Model):
    """One look at a site and what followed. ``stops`` and ``findings`` hold codes with parameters."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    connection = models.ForeignKey(SaltoKSConfig, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=8, choices=RunKind.choices())
    state = models.CharField(max_length=8, choices=RunState.choices(), default=RunState.RUNNING)
    actor_label = models.CharField(max_length=120)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    calls = models.PositiveIntegerField(default=0)
    users_seen = models.PositiveIntegerField(null=True, blank=True)
    seats_used = models.PositiveIntegerField(null=True, blank=True)
    seats_bought = models.PositiveIntegerField(null=True, blank=True)
    seats_after = models.IntegerField(null=True, blank=True)  # as planned
    stops = models.JSONField(default=list, blank=True)
    findings = models.JSONField(default=list, blank=True)  # the first of each kind
    finding_counts = models.JSONField(default=dict, blank=True)
    problem = models.CharField(max_length=40, blank=True)
    asked = models.JSONField(default=dict, blank=True)  # of a preview: the Sync Options it is made by
    approved_by = models.CharField(max_length=120, blank=True)  # who said "run anyway"

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["connection", "kind", "-id"], name="salto_run_newest")]

    def __str__(self) -> str:
        return f"{self.kind} run of {self.connection}, {self.started_at:%Y-%m-%d %H:%M}"


class SyncStep(models.Model):
    """One step of a run's plan, stored before anything is done, and what became of it."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=StepKind.choices())
    member = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    user = models.ForeignKey(SaltoUser, null=True, on_delete=models.SET_NULL, related_name="+")
    group = models.ForeignKey(AccessGroup, null=True, on_delete=models.SET_NULL, related_name="+")
    why = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=StepState.choices(), default=StepState.PLANNED)
    problem = models.CharField(max_length=60, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["run", "position"]
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="salto_step_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.user or self.member or ''}"


class SeatDay(models.Model):
    """Seats of a site on a day (UTC): the last that was seen, and the most."""

    connection = models.ForeignKey(SaltoKSConfig, on_delete=models.CASCADE, related_name="seat_days")
    day = models.DateField()
    bought = models.PositiveIntegerField()
    used = models.PositiveIntegerField()
    peak = models.PositiveIntegerField()
    freed = models.PositiveIntegerField(default=0)  # unsubscribed by us that day

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["connection", "day"], name="salto_seat_day_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.used}/{self.bought}"
