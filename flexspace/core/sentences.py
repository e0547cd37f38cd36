"""Turns audit rows into what people read: by an app's own ``explain.py``, else by the table ``audit_words``."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models

from flexspace.core import audit, audit_words
from flexspace.core.models import AuditEvent

Teller = Callable[[AuditEvent], str]


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a timeline: ``tone`` is "", ok, warn, bad or reader; ``icon`` a name of the icon set.

    ``about`` holds pairs of a name and its address, where a page looked them up.
    """

    at: datetime
    sentence: str
    by: str
    reason: str
    tone: str
    icon: str
    about: tuple[tuple[str, str], ...] = ()


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


def tell(event: AuditEvent, about: tuple[tuple[str, str], ...] = ()) -> Told:
    """Return the line of ``event``."""
    known = _sayings.get(event.action)
    sentence, tone, icon = (known.teller(event), known.tone, known.icon) if known else audit_words.words(event)
    return Told(event.at, sentence, event.actor_label, event.reason, tone, icon, about)


def told_timeline(row: models.Model, *, limit: int = 50, only: Iterable[str] = ()) -> list[Told]:
    """Return the newest lines about ``row``, newest first; ``only`` as ``audit.timeline`` takes it."""
    return [tell(event) for event in audit.timeline(row, limit=limit, only=only)]
