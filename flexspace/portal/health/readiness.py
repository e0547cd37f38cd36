"""Whether everything that a running desk needs answers. Only yes, no and an age: the page is public."""

from dataclasses import dataclass

from celery import current_app
from django.db import DatabaseError, connection
from django.db.models import Max
from django.utils import timezone
from kombu.exceptions import OperationalError

from flexspace.core.models import JobLease

SCHEDULE_LATE = 300  # seconds without a scheduled job after which something is wrong


@dataclass(frozen=True, slots=True)
class Readiness:
    """``schedule_age`` is the seconds since a scheduled job last began; None when none ever did."""

    database: bool
    broker: bool
    schedule_age: int | None

    @property
    def ready(self) -> bool:
        """Return whether pages can be served and work goes on by itself."""
        return self.database and self.broker and self.schedule_age is not None and self.schedule_age < SCHEDULE_LATE


def readiness() -> Readiness:
    """Ask the database and the broker; takes a second or two at most when the broker is gone."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        last = JobLease.objects.aggregate(last=Max("last_started_at"))["last"]
    except DatabaseError:
        return Readiness(database=False, broker=broker_answers(), schedule_age=None)
    age = int((timezone.now() - last).total_seconds()) if last else None
    return Readiness(database=True, broker=broker_answers(), schedule_age=age)


def broker_answers() -> bool:
    """Return whether the broker takes a connection, within a second."""
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=0, timeout=1)
    except (OperationalError, OSError):
        return False
    return True
