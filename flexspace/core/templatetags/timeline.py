"""Timelines in words."""

from collections.abc import Iterable
from typing import Any

from django import template

from flexspace.core.models import AuditEvent
from flexspace.core.sentences import tell

register = template.Library()


@register.simple_tag
def audit_sentence(event: AuditEvent) -> str:
    """Return what happened, in words."""
    return tell(event).sentence


@register.simple_tag
def timeline_lines(events: Iterable[Any] | None, lines: Iterable[Any] | None = None) -> list[Any]:
    """Return a timeline's lines from audit events, or ``lines`` that somebody made already."""
    return [tell(row) if isinstance(row, AuditEvent) else row for row in events or lines or []]
