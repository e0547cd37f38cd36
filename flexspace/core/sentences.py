"""Turns audit rows into what people read. Each app says its own actions in ``<app>/explain.py``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import models

from flexspace.core import audit
from flexspace.core.models import AuditEvent

Teller = Callable[[AuditEvent], str]


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a timeline: ``tone`` is "", ok, warn, bad or reader; ``icon`` a name of the icon set."""

    at: datetime
    sentence: str
    by: str
    reason: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class _Saying:
    teller: Teller
    tone: str
    icon: str


_sayings: dict[str, _Saying] = {}


def says(action: str, *, tone: str = "", icon: str = "circle-dot") -> Callable[[Teller], Teller]:
    """Register the decorated function as the one that tells events of ``action``."""

    def keep(teller: Teller) -> Teller:
        _sayings[action] = _Saying(teller, tone, icon)
        return teller

    return keep


def tell(event: AuditEvent) -> Told:
    """Return the line of ``event``; an action nobody registered is told by its own name."""
    known = _sayings.get(event.action) or _Saying(_plain, "", "circle-dot")
    return Told(event.at, known.teller(event), event.actor_label, event.reason, known.tone, known.icon)


def told_timeline(row: models.Model, *, limit: int = 50) -> list[Told]:
    """Return the newest lines about ``row``, newest first."""
    return [tell(event) for event in audit.timeline(row, limit=limit)]


def _plain(event: AuditEvent) -> str:
    return event.action.partition(".")[2].replace(".", " ").replace("_", " ").capitalize()
