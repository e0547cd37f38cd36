"""A leased job lock in the database: the same on PostgreSQL and SQLite, and nothing sticks when a process dies."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from flexspace.core.models import JobLease


class Lease:
    """A lease that was won. ``renew`` keeps it while the work goes on."""

    def __init__(self, key: str, holder: uuid.UUID, seconds: int) -> None:
        self.key, self.holder, self.seconds = key, holder, seconds

    def renew(self) -> bool:
        """Extend the lease; False when it ran out and somebody else took it: stop then."""
        until = timezone.now() + timedelta(seconds=self.seconds)
        return bool(JobLease.objects.filter(key=self.key, holder=self.holder).update(leased_until=until))


@contextmanager
def only_one(key: str, *, seconds: int) -> Iterator[Lease | None]:
    """Hold the lease ``key`` for up to ``seconds``, or yield None because another run has it."""
    lease = _take(key, seconds)
    try:
        yield lease
    finally:
        if lease:
            JobLease.objects.filter(key=key, holder=lease.holder).update(holder=None, leased_until=None)


def _take(key: str, seconds: int) -> Lease | None:
    now = timezone.now()
    with transaction.atomic():
        JobLease.objects.bulk_create([JobLease(key=key)], ignore_conflicts=True)
        holder = uuid.uuid4()
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        won = JobLease.objects.filter(free, key=key).update(
            holder=holder, leased_until=now + timedelta(seconds=seconds), last_started_at=now
        )
    return Lease(key, holder, seconds) if won else None


def note_start(key: str, *, now: datetime) -> None:
    """Write down that the job ``key`` began; it need not hold a lease."""
    if not JobLease.objects.filter(key=key).update(last_started_at=now):
        JobLease.objects.bulk_create([JobLease(key=key, last_started_at=now, created_at=now)], ignore_conflicts=True)


def last_start(key: str) -> datetime | None:
    """Return when the job ``key`` last began; None when it never did."""
    return JobLease.objects.filter(key=key).values_list("last_started_at", flat=True).first()
