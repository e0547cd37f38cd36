"""What is true of the door for somebody who has just paid and come in, short enough for a lamp."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from access.enums import ConnectionState, Origin
from access.explain.chain import BAD, OK, WAIT, Line, Link, joined
from access.explain.words import problem_words
from access.models import SaltoKSConfig, SaltoUser
from members.models import Member


@dataclass(frozen=True, slots=True)
class Arrival:
    """One person's line. ``pending``: the cloud has not answered yet, so it is worth asking again."""

    member: Member
    lamp: str
    sentence: str
    pending: bool = False


def arrival_of(
    member: Member, config: SaltoKSConfig, row: SaltoUser | None, lines: Sequence[Line], links: Sequence[Link],
    zone: ZoneInfo,
) -> Arrival:  # fmt: skip
    """Return what to say: "In Front door (cloud) 09:02", that something is awaited, or what is in the way."""
    if config.state != ConnectionState.READY or config.problem:
        return Arrival(member, BAD, problem_words(config.problem) or "SALTO KS is not connected.")
    if not config.options.enabled:
        return Arrival(member, WAIT, "Flexspace does not open doors here yet: the sync is off.")
    wanted = [line for line in lines if line.wanted]
    if not wanted:
        return Arrival(member, WAIT, "This opens no door: nothing is mapped to it.")
    if row and row.waiting_since:
        waits = next((one.sentence for one in links if "waiting list" in one.sentence), "")
        return Arrival(member, BAD, waits or problem_words(row.problem) or "No seat.")
    inside = [line for line in wanted if line.inside]
    if len(inside) < len(wanted):
        stuck = next((one for one in links if one.lamp == BAD), None)
        if stuck:
            return Arrival(member, BAD, stuck.sentence)
        if links[-1].title == "Who they are there" and "adopt" in links[-1].fixes:
            return Arrival(member, WAIT, links[-1].sentence)
        return Arrival(member, WAIT, "The door is being told …", pending=True)
    times = [line.at for line in inside if line.at]
    when = f" {max(times).astimezone(zone):%H:%M}" if times else ""
    said = f"In {joined([line.name for line in inside])} (cloud){when}"
    if row and row.origin == Origin.CREATED and not row.has_profile:
        return Arrival(member, WAIT, f"{said}. Must accept the invitation mailed to {row.email or row.email_at_link}.")
    return Arrival(member, OK, f"{said}.")
