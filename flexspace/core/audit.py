"""Writes the audit row of a change, and turns rows into sentences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
    [event] = record_many(action, [Change(list(about), before or {}, after or {}, reason)], by=by, location=location)
    return event


@dataclass(frozen=True, slots=True)
class Change:
    """One of several changes of one kind; see ``record``."""

    about: Sequence[models.Model]
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


def record_many(
    action: str, changes: Iterable[Change], *, by: Actor, location: Location | None = None
) -> list[AuditEvent]:
    """Store one event for each of ``changes`` by two queries; else as ``record``."""
    if not connection.in_atomic_block:
        raise RuntimeError("An audit row is written in the transaction of its change.")
    changes = list(changes)
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    events = AuditEvent.objects.bulk_create(
        AuditEvent(
            action=action,
            actor_kind=by.kind,
            actor_id=by.id,
            actor_label=by.label,
            location=location,
            before=dict(change.before),
            after=dict(change.after),
            reason=change.reason,
            request_id=request_id,
        )
        for change in changes
    )
    AuditSubject.objects.bulk_create(
        AuditSubject(event=event, kind=kind, subject_id=pk)
        for event, change in zip(events, changes, strict=True)
        for kind, pk in sorted({(row._meta.label_lower, row.pk) for row in change.about})
    )
    return events


def tell_on(row: models.Model, *, of: models.Model, action: str) -> None:
    """Let the timeline of ``row``, which came of ``of``, tell too what was done to ``of`` by ``action``."""
    told = AuditSubject.objects.filter(kind=of._meta.label_lower, subject_id=of.pk, event__action=action)
    for event_id in told.order_by("pk").values_list("event_id", flat=True):
        AuditSubject.objects.get_or_create(event_id=event_id, kind=row._meta.label_lower, subject_id=row.pk)


def timeline(row: models.Model, *, limit: int = 50, only: Iterable[str] = ()) -> list[AuditEvent]:
    """Return the newest events about ``row``, newest first; ``only`` those whose action begins with one of these."""
    wanted = models.Q(subjects__kind=row._meta.label_lower, subjects__subject_id=row.pk)
    beginnings = models.Q()
    for beginning in only:
        beginnings |= models.Q(action__startswith=beginning)
    return list(AuditEvent.objects.filter(wanted, beginnings).order_by("-at", "-pk")[:limit])
