"""What people read about floors, desks, offices and rooms, and about who has them."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as written

from flexspace.core.badges import Badge
from flexspace.core.models import AuditEvent
from flexspace.core.sentences import says
from members.explain.costs import day_words
from members.explain.sold import day_of
from members.models import Assignment

_WORDS = {"name": "name", "kind": "kind", "floor": "floor", "seats": "seats"}


def hours_words(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """Return the hours as people write them: "on Thu 26 Nov, 10:00–11:30"; with both days when they differ."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if start.date() == end.date():
        return f"on {written(start, 'D j M')}, {start:%H:%M}–{end:%H:%M}"
    return f"from {written(start, 'D j M')}, {start:%H:%M}, to {written(end, 'D j M')}, {end:%H:%M}"


def held_words(row: Assignment, today: date) -> str:
    """Return for which days something is held: "since 1 Nov 2026", "from 1 Dec 2026", "1 Nov 2026 – 30 Nov 2026".

    Of one that was ended before its start: "was to begin on 1 Dec 2026".
    """
    if row.ends_on and row.ends_on < row.starts_on:
        return f"was to begin on {day_words(row.starts_on)}"
    if row.ends_on:
        return f"{day_words(row.starts_on)} – {day_words(row.ends_on)}"
    return f"{'from' if row.starts_on > today else 'since'} {day_words(row.starts_on)}"


def assignment_badge(row: Assignment, today: date) -> Badge:
    """Return how an assignment stands on ``today`` in a few words."""
    if row.ends_on and row.ends_on < row.starts_on:
        return Badge("Never begins" if row.starts_on > today else "Never began", "void")
    if row.ends_on and row.ends_on < today:
        return Badge(f"Ended {day_words(row.ends_on)}", "idle")
    if row.starts_on > today:
        return Badge(f"From {day_words(row.starts_on)}", "info")
    return Badge(f"Until {day_words(row.ends_on)}", "warn") if row.ends_on else Badge("Now", "ok")


def end_words(row: Assignment, today: date) -> str:
    """Return what comes, or came, of ending an assignment, as a sentence."""
    assert row.ends_on is not None  # ended
    if row.ends_on < row.starts_on:
        return f"{row.holder} does not get {row.resource}: it was to begin on {day_words(row.starts_on)}."
    if row.ends_on < today:
        return f"{row.resource} was given back on {day_words(row.ends_on)}."
    return f"{row.holder} has {row.resource} until {day_words(row.ends_on)}; then it is free."


@says("members.floor.created", icon="layers")
def floor_created(event: AuditEvent) -> str:
    """Tell that a floor was added."""
    return f"Floor {event.after.get('name')} added"


@says("members.floor.renamed", icon="pencil")
def floor_renamed(event: AuditEvent) -> str:
    """Tell the old and the new name."""
    return f"{event.before.get('name')} renamed to {event.after.get('name')}"


@says("members.resource.created", icon="circle-plus")
def resource_created(event: AuditEvent) -> str:
    """Tell that a desk, office or room was added."""
    facts = event.after
    where = f" on {facts['floor']}" if facts.get("floor") else ""
    return f"{facts.get('name')} added{where}"


@says("members.resource.updated", icon="pencil")
def resource_updated(event: AuditEvent) -> str:
    """Tell what of it changed, and to what."""
    after = event.after
    changed = [key for key in _WORDS if event.before.get(key) != after.get(key)]
    return "Changed " + ", ".join(f"{_WORDS[key]} to {after.get(key) or 'none'}" for key in changed)


@says("members.resource.archived", tone="warn", icon="archive")
def resource_archived(_event: AuditEvent) -> str:
    """Tell that it is not offered any more."""
    return "Archived"


@says("members.resource.brought_back", icon="archive-restore")
def resource_brought_back(_event: AuditEvent) -> str:
    """Tell that it is offered again."""
    return "Offered again"


@says("members.assignment.assigned", tone="ok", icon="lamp-desk")
def assigned(event: AuditEvent) -> str:
    """Tell what somebody got, and for how long."""
    facts = event.after
    until = f" to {day_of(facts, 'ends_on')}" if facts.get("ends_on") else ""
    return f"{facts.get('resource')} for {facts.get('holder')} from {day_of(facts, 'starts_on')}{until}"


@says("members.assignment.ended", tone="warn", icon="calendar-x")
def assignment_ended(event: AuditEvent) -> str:
    """Tell the last day."""
    facts = event.after
    what = f"{facts.get('resource')} for {facts.get('holder')}"
    return f"{what} never begins" if facts.get("never") else f"{what} ends on {day_of(facts, 'ends_on')}"


@says("members.booking.made", tone="ok", icon="calendar-plus")
def booked(event: AuditEvent) -> str:
    """Tell the room and the hours."""
    return f"{event.after.get('resource')} booked for {event.after.get('name')} {_hours(event.after)}"


@says("members.booking.cancelled", tone="warn", icon="calendar-x")
def booking_cancelled(event: AuditEvent) -> str:
    """Tell whose booking was cancelled, and for when it was."""
    return f"{event.after.get('resource')} for {event.after.get('name')} {_hours(event.after)} cancelled"


def _hours(facts: dict[str, Any]) -> str:
    try:
        start, end = (datetime.fromisoformat(str(facts.get(name))) for name in ("starts_at", "ends_at"))
        return hours_words(start, end, ZoneInfo(str(facts.get("zone"))))
    except (ValueError, KeyError):
        return ""
