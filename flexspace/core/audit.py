"""Writes the audit row of a change, and turns rows into sentences."""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from django.db import connection, models

from flexspace.core.actors import Actor
from flexspace.core.models import AuditEvent, AuditSubject, Location


def record(
    action: str,
    *,
    by: Actor,
    about: Iterable[models.Model],
    location: Location | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Store one event about every row of ``about``; call it in the transaction that makes the change.

    ``before`` and ``after`` hold plain JSON values; money as minor units beside a ``currency``. Never secrets.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An audit row is written in the transaction of its change.")
    event = AuditEvent.objects.create(
        action=action,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_label=by.label,
        location=location,
        before=dict(before or {}),
        after=dict(after or {}),
        reason=reason,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
    )
    subjects = {(row._meta.label_lower, row.pk) for row in about}
    AuditSubject.objects.bulk_create(
        AuditSubject(event=event, kind=kind, subject_id=pk) for kind, pk in sorted(subjects)
    )
    return event


def timeline(row: models.Model, *, limit: int = 50) -> list[AuditEvent]:
    """Return the newest events about ``row``, newest first."""
    subject = models.Q(subjects__kind=row._meta.label_lower, subjects__subject_id=row.pk)
    return list(AuditEvent.objects.filter(subject).order_by("-at", "-pk")[:limit])
