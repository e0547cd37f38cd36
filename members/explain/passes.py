"""What people read about day passes, seats and check-ins."""

from datetime import date

from django.utils.dateformat import format as written

from flexspace.core.models import AuditEvent
from flexspace.core.sentences import says
from members.enums import DayPart
from members.passes import NoPass, Seats, WhyNone

PARTS = {DayPart.FULL: "day", DayPart.MORNING: "morning", DayPart.AFTERNOON: "afternoon"}


def on_day(day: date) -> str:
    """Return a day as people at the desk say it: "Tue 2 Dec"."""
    return written(day, "D j M")


def left_words(seats: Seats, part: DayPart = DayPart.FULL) -> str:
    """Return "11 of 30 left", "full", or nothing without a limit."""
    left = seats.left(part)
    if left is None:
        return ""
    return f"{left} of {seats.capacity} left" if left else "full"


def full_sentence(seats: Seats, day: date, part: DayPart, free: date | None) -> str:
    """Return why nothing can be sold for ``part`` of ``day``, and which day is free next."""
    what = on_day(day) if part is DayPart.FULL else f"The {PARTS[part]} of {on_day(day)}"
    taken = f"{seats.taken(part)} of {seats.capacity} day passes are taken"
    then = f"The next free day is {on_day(free)}." if free else "The days after it are full, too."
    return f"{what} is full: {taken}. {then}"


def no_right_sentence(name: str, found: NoPass) -> str:
    """Return why somebody cannot be checked in, and what to do about it."""
    cause = {
        WhyNone.NONE: f"{name} has no membership today and no day pass.",
        WhyNone.USED_UP: f"{name} has used up every day pass.",
        WhyNone.EXPIRED: f"{name}’s last day pass expired on {_day(found)}.",
        WhyNone.NOT_YET: f"{name}’s day pass is for {_day(found)}.",
        WhyNone.HALF_LEFT: f"{name} has a half day left, which is not enough for a whole day.",
        WhyNone.TAKEN_BACK: f"{name}’s day pass was taken back.",
    }[found.why]
    cure = "Check in for half of the day, or sell a day pass." if found.why is WhyNone.HALF_LEFT else "Sell a day pass."
    return f"{cause} {cure}"


def _day(found: NoPass) -> str:
    return on_day(found.day) if found.day else "another day"


@says("members.pass.granted", tone="ok", icon="ticket")
def granted(event: AuditEvent) -> str:
    """Tell how many credits there are, and until when."""
    until = event.after.get("until")
    limit = f", valid until {written(date.fromisoformat(until), 'j M Y')}" if until else ""
    return f"{_what(event)} credited{limit}"


@says("members.pass.used", icon="ticket-check")
def used(event: AuditEvent) -> str:
    """Tell what is left."""
    return f"{_what(event)} used, {event.after.get('left', 0)} left"


@says("members.pass.given_back", icon="undo-2")
def given_back(event: AuditEvent) -> str:
    """Tell what is left after a credit came back."""
    return f"{_what(event)} given back, {event.after.get('left', 0)} left"


@says("members.pass.revoked", tone="bad", icon="ban")
def revoked(event: AuditEvent) -> str:
    """Tell how many credits were taken back."""
    return f"{_what(event)} taken back, {event.before.get('left', 0)} unused"


@says("members.pass.applied", tone="ok", icon="badge-check")
def applied(event: AuditEvent) -> str:
    """Tell that its money went into a membership."""
    return f"{event.after.get('pass', 'Day pass')} of the day counts toward a membership"


@says("members.pass.counts_no_more", tone="warn", icon="undo-2")
def counts_no_more(event: AuditEvent) -> str:
    """Tell that it is a pass again."""
    return f"{event.after.get('pass', 'Day pass')} no longer counts toward a membership"


@says("members.check_in.made", tone="ok", icon="log-in")
def checked_in(event: AuditEvent) -> str:
    """Tell by which right somebody came."""
    return f"{event.after.get('name', 'Member')} checked in{_part(event)} by {event.after.get('right', 'a day pass')}"


@says("members.check_in.undone", tone="warn", icon="undo-2")
def check_in_undone(event: AuditEvent) -> str:
    """Tell that a check-in was a mistake."""
    return f"Check-in of {event.before.get('name', 'Member')} undone"


@says("members.seats.released", icon="timer-off")
def seats_released(event: AuditEvent) -> str:
    """Tell how many held seats nobody paid for."""
    count = event.after.get("seats", 0)
    seats = "1 seat" if count == 1 else f"{count} seats"
    return f"{seats} for {_seats_day(event)} free again: not paid in time"


@says("members.seats.capacity", icon="armchair")
def capacity_set(event: AuditEvent) -> str:
    """Tell the cap of a day."""
    day, cap = _seats_day(event), event.after.get("capacity")
    return f"{day}: the usual number of day passes" if cap is None else f"{day}: {cap} day passes at most"


def _seats_day(event: AuditEvent) -> str:
    on = event.after.get("on")
    return on_day(date.fromisoformat(on)) if on else "an unknown day"


def _what(event: AuditEvent) -> str:
    facts = {**event.before, **event.after}
    count, name = facts.get("credits", 1), facts.get("pass", "Day pass")
    return f"{name}" if count == 1 else f"{count} × {name}"


def _part(event: AuditEvent) -> str:
    part = event.after.get("part", DayPart.FULL)
    return "" if part == DayPart.FULL else f" for the {part}"
