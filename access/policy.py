"""Who belongs in which access group, and why: what members hold, read through the mappings. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


class Held(Protocol):
    """What somebody holds or held, as ``members.entitlements`` says it. Times are UTC and half-open."""

    @property
    def member(self) -> int: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102  (membership, assignment, day_pass, booking)
    @property
    def subject(self) -> int: ...  # noqa: D102  (id of a plan, resource or product)
    @property
    def location(self) -> int: ...  # noqa: D102
    @property
    def floor(self) -> int | None: ...  # noqa: D102
    @property
    def starts_at(self) -> datetime: ...  # noqa: D102
    @property
    def ends_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def end(self) -> str | None: ...  # noqa: D102  (why it ends)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a connection reads entitlements.

    ``mappings``: (source, subject) → group ids. ``places``: ids of its locations; empty means all.
    """

    mappings: Mapping[tuple[str, int], Sequence[str]]
    places: frozenset[int] = frozenset()
    lead: timedelta = timedelta(minutes=15)  # a booking opens doors so long before it begins
    lag: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody is in a group: what they hold, since when and until when (None: no end is known)."""

    kind: str
    subject: int
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Rights:
    """What a member has a right to at one connection.

    ``losses``: why each of the things that once opened a door stopped doing so; empty when nothing is known of one.
    ``since`` is the earliest start of what holds now; ``next_start`` the next of what is still to come.
    ``next_change``: the next moment at which this answer may differ by the calendar alone.
    """

    member: int
    groups: Mapping[str, Reason] = field(default_factory=dict)
    losses: frozenset[str] = frozenset()
    since: datetime | None = None
    next_start: datetime | None = None
    next_change: datetime | None = None


NOTHING = Rights(0)


def rights_of(
    held: Iterable[Held], terms: Terms, now: datetime, *, withheld: frozenset[int] = frozenset()
) -> dict[int, Rights]:
    """Return the rights of every member whom a mapped entitlement names.

    ``withheld`` are members whose doors are paused (overdue invoices): they keep no group, and nothing is counted as
    lost for good.
    """
    found: dict[int, _Sum] = {}
    for item in held:
        if terms.places and item.location not in terms.places:
            continue
        groups = groups_for(item, terms.mappings)
        if not groups:
            continue
        total = found.get(item.member)
        if total is None:
            total = found[item.member] = _Sum()
        total.add(item, groups, *window(item, terms), now)
    return {member: total.rights(member, withheld=member in withheld) for member, total in found.items()}


def groups_for(item: Held, mappings: Mapping[tuple[str, int], Sequence[str]]) -> list[str]:
    """Return the ids of the groups that ``item`` is mapped to, each once."""
    kind = str(item.kind)
    if kind == "membership":
        keys = [("plan", item.subject), ("location", item.location)]
    elif kind == "assignment":
        keys = [("resource", item.subject), ("location", item.location)]
        if item.floor is not None:
            keys.append(("floor", item.floor))
    elif kind in ("day_pass", "booking"):
        keys = [(kind, item.subject)]
    else:
        return []
    return list(dict.fromkeys(group for key in keys for group in mappings.get(key, ())))


def window(item: Held, terms: Terms) -> tuple[datetime, datetime | None]:
    """Return from when until when ``item`` opens doors: a booking a little earlier and later than its hours.

    One that was cancelled opens nothing from that moment on, and never did when it had not begun.
    """
    if str(item.kind) != "booking":
        return item.starts_at, item.ends_at
    begins = item.starts_at - terms.lead
    if str(item.end) == "cancelled" and item.ends_at is not None:
        return min(begins, item.ends_at), item.ends_at
    return begins, item.ends_at + terms.lag if item.ends_at else None


class _Sum:
    """What all that one member holds comes to."""

    __slots__ = ("ended", "groups", "live", "next_change", "next_start", "since")

    def __init__(self) -> None:
        self.groups: dict[str, Reason] = {}
        self.ended: dict[tuple[str, int], tuple[datetime, str]] = {}
        self.live: set[tuple[str, int]] = set()
        self.since: datetime | None = None
        self.next_start: datetime | None = None
        self.next_change: datetime | None = None

    def add(self, item: Held, groups: list[str], starts: datetime, ends: datetime | None, now: datetime) -> None:
        """Count one thing held from ``starts`` to ``ends`` in."""
        key = (str(item.kind), item.subject)
        if ends is not None and ends <= now:
            if key not in self.ended or self.ended[key][0] < ends:
                self.ended[key] = (ends, str(item.end) if item.end else "expired")
            return
        if ends is not None and ends <= starts:
            return  # will never let anybody in
        if starts > now:
            self.next_start = _earlier(self.next_start, starts)
            self.next_change = _earlier(self.next_change, starts)
            return
        self.live.add(key)
        self.since = _earlier(self.since, starts)
        if ends is not None:
            self.next_change = _earlier(self.next_change, ends)
        reason = Reason(*key, starts, ends)
        for group in groups:
            self.groups[group] = _longer(self.groups.get(group), reason)

    def rights(self, member: int, *, withheld: bool) -> Rights:
        """Return the sum. Only the last word on each thing counts: a pause that is over is no reason any more."""
        losses = frozenset(why for key, (_, why) in self.ended.items() if key not in self.live)
        if withheld:
            return Rights(member, {}, losses | {"overdue"}, None, self.next_start, self.next_change)
        return Rights(member, self.groups, losses, self.since, self.next_start, self.next_change)


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other < one else one


def _longer(one: Reason | None, other: Reason) -> Reason:
    """Return the reason that lasts longer; of two without an end, the first."""
    if one is None or (one.until is not None and (other.until is None or other.until > one.until)):
        return other
    return one
