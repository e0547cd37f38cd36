"""Why somebody can or cannot get in: from the contract to the lock, a sentence a link, with what puts it right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as written

from access.enums import ConnectionState, FindingKind, Origin
from access.explain.words import problem_words
from access.models import AccessGrant, SaltoKSConfig, SaltoUser, SyncOptions
from access.policy import Rights
from access.rules import NOT_SEATED

OK, WAIT, BAD, OFF = "ok", "warn", "bad", "off"


@dataclass(frozen=True, slots=True)
class Line:
    """One group of one person. ``inside``: None when nobody has looked since; ``until`` None: no end is known."""

    name: str
    lamp: str
    managed: bool
    inside: bool | None
    why: str
    until: datetime | None = None
    wanted: bool = True  # something they hold gives a reason
    state: str = ""
    at: datetime | None = None  # when SALTO KS showed them in it
    grant: AccessGrant | None = None  # that staff took away and that can be put back


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain. ``fixes`` are codes of buttons (see ``access/door_fix.html``)."""

    lamp: str
    title: str
    sentence: str
    fixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that is or was held, in words; ``mapped``: to one group at least."""

    name: str
    words: str
    holds: bool
    coming: bool
    mapped: bool


@dataclass(frozen=True, slots=True)
class DoorFacts:
    """All that the chain is told about one person at one connection."""

    name: str
    email: str
    config: SaltoKSConfig
    options: SyncOptions
    row: SaltoUser | None
    things: tuple[Thing, ...]
    rights: Rights
    withheld: bool
    lines: tuple[Line, ...]
    found: frozenset[str]  # kinds of findings of the newest run about them
    turn: int  # on the waiting list, 0: not on it
    match: bool  # a user of the site has their address, and is nobody of ours yet
    problem: str  # of the last step that failed
    unscheduled: tuple[str, ...]
    zone: ZoneInfo
    now: datetime


def chain(facts: DoorFacts) -> list[Link]:
    """Return the links in order. What comes behind one that stops everything is still told."""
    links = [_held(facts)]
    if any(thing.holds for thing in facts.things):
        links.append(_mapped(facts))
    links += [_connected(facts), _known(facts)]
    if facts.row and facts.row.site_user_id and not facts.row.gone_at:
        links += [_seat(facts), _groups(facts)]
        if any(line.inside for line in facts.lines):
            links.append(_lock(facts))
    return links


def verdict(facts: DoorFacts, links: Sequence[Link]) -> tuple[str, str]:
    """Return a lamp and the one sentence that answers whether they can get in."""
    open_here = [line.name for line in facts.lines if line.inside and line.name not in facts.unscheduled]
    row = facts.row
    awake = bool(row and row.subscription_state == "subscribed" and not row.blocked and not row.gone_at)
    if awake and open_here and facts.config.problem != "site_expired":
        if not facts.rights.groups:
            return BAD, f"{facts.name} can still get in at {joined(open_here)}, without a reason in Flexspace."
        if _invited(row):
            return WAIT, f"{facts.name} is let in at {joined(open_here)}, and has to accept the invitation first."
        missing = [line.name for line in facts.lines if line.lamp in (WAIT, BAD) and not line.inside]
        lamp = WAIT if missing else OK
        rest = f", not yet at {joined(missing)}" if missing else ""
        return lamp, f"{facts.name} can get in at {joined(open_here)}{rest}{_until(facts)}."
    first = next((link for link in links if link.lamp in (BAD, WAIT)), None)
    if not facts.rights.groups and not (first and any(thing.holds for thing in facts.things)):
        if any(thing.coming for thing in facts.things):
            return OFF, f"{facts.name} cannot get in yet: what they hold begins later."
        return OFF, f"{facts.name} cannot get in, and has no reason to."
    if first is None:
        return WAIT, f"{facts.name} cannot get in yet."
    yet = " yet" if first.lamp == WAIT else ""
    return first.lamp, f"{facts.name} cannot get in{yet}. {first.sentence}"


def _invited(row: SaltoUser | None) -> bool:
    """Return whether we invited somebody who has not accepted: until then their phone opens nothing."""
    return bool(row and row.origin == Origin.CREATED and not row.has_profile)


def _until(facts: DoorFacts) -> str:
    ends = [reason.until for reason in facts.rights.groups.values()]
    last = max((end for end in ends if end), default=None)
    return "" if last is None or None in ends else f", until {moment(last, facts.zone)}"


def _held(facts: DoorFacts) -> Link:
    title = "What they hold"
    now = [thing.words for thing in facts.things if thing.holds]
    if facts.withheld:
        return Link(BAD, title, "Doors are paused, because an invoice has been overdue for too long.", ("invoices",))
    if now:
        return Link(OK, title, ". ".join(now) + ".")
    coming = [thing.words for thing in facts.things if thing.coming]
    if coming:
        return Link(WAIT, title, ". ".join(coming) + ".")
    over = [thing.words for thing in facts.things]
    said = ". ".join(over[-2:]) + "." if over else "No membership, no pass used today, no desk and no room booked now."
    return Link(BAD, title, said, ("renew", "sell"))


def _mapped(facts: DoorFacts) -> Link:
    title = "What that opens"
    if facts.rights.groups:
        names = [line.name for line in facts.lines if line.wanted]
        return Link(OK, title, f"By the mapping it opens {joined(names)}.")
    what = [thing.name for thing in facts.things if thing.holds and not thing.mapped]
    if not what:
        return Link(OFF, title, "Nothing at the moment.")
    return Link(BAD, title, f"Nothing is mapped to any door for: {joined(what)}.", ("map",))


def _connected(facts: DoorFacts) -> Link:
    config, title = facts.config, "SALTO KS"
    if config.state != ConnectionState.READY:
        return Link(BAD, title, problem_words(config.problem) or "Nobody has signed in to SALTO KS yet.", ("connect",))
    if config.problem:
        return Link(BAD, title, problem_words(config.problem), ("connect", "sync"))
    if not facts.options.enabled:
        return Link(WAIT, title, "Flexspace only looks and writes nothing, because the sync is off.", ("options",))
    if config.last_good_sync_at is None:
        return Link(WAIT, title, "The site was not read yet.", ("sync",))
    seen = moment(config.last_good_sync_at, facts.zone)
    return Link(OK, title, f"{config.site_name} is connected; all of it was last read {seen}.")


def _known(facts: DoorFacts) -> Link:
    row, found, title = facts.row, facts.found, "Who they are there"
    if row is None or not row.site_user_id:
        return _unknown(facts)
    told = {
        row.gone_at is not None: ("Somebody removed them from the site in SALTO KS.", ("invite_again",)),
        row.blocked: ("They are blocked in SALTO KS. Only staff there can let go of that.", ()),
        not row.managed: ("They are left to staff: Flexspace changes nothing for them.", ("manage",)),
        FindingKind.PROTECTED in found: ("They are protected, so Flexspace changes nothing for them.", ()),
    }
    if True in told:
        sentence, fixes = next(value for key, value in told.items() if key)
        return Link(BAD if row.gone_at or row.blocked else WAIT, title, sentence, fixes)
    if _invited(row):
        sent = f" of {moment(row.invited_at, facts.zone)}" if row.invited_at else ""
        to = row.email or row.email_at_link
        said = f"They have not accepted the invitation{sent} to {to}: until then their phone opens nothing."
        return Link(WAIT, title, said)
    return Link(OK, title, f"{row.name}, {row.email}.")


def _unknown(facts: DoorFacts) -> Link:
    """Tell why there is no user of theirs at the site."""
    found, title = facts.found, "Who they are there"
    if not facts.email:
        return Link(BAD, title, "They have no e-mail address, so nobody can invite them.", ("edit",))
    if FindingKind.MATCH in found:
        said = f"Somebody in SALTO KS has the address {facts.email}. Say whether that is {facts.name}."
        return Link(WAIT, title, said, ("adopt",))
    if FindingKind.AMBIGUOUS in found:
        return Link(BAD, title, f"Several people share the address {facts.email}.", ("adopt", "edit"))
    if facts.turn:
        return Link(WAIT, title, f"No seat is free. They are number {facts.turn} on the waiting list.", ("seats",))
    if facts.problem:
        return Link(BAD, title, f"The invitation did not work. {problem_words(facts.problem)}", ("sync",))
    if facts.rights.groups:
        return Link(WAIT, title, "They are not there yet, and are invited by the next run.", ("sync",))
    if facts.match:
        said = f"Somebody in SALTO KS has the address {facts.email}, and nobody has said yet that it is {facts.name}."
        return Link(WAIT, title, said, ("adopt",))
    return Link(OFF, title, "They were never in SALTO KS.")


def _seat(facts: DoorFacts) -> Link:
    row, title = facts.row, "Their seat"
    assert row is not None
    if row.hold_until and row.is_held(facts.now):
        seat = "Subscribed" if row.subscription_state == "subscribed" else "Unsubscribed"
        said = f"{seat}, and left alone until {moment(row.hold_until, facts.zone)}: {row.hold_why}."
        return Link(WAIT if not facts.rights.groups else OK, title, said, ("release",))
    if row.subscription_state == "subscribed":
        return Link(OK, title, "Subscribed.") if facts.rights.groups else _kept_seat(facts, row)
    if facts.problem == NOT_SEATED:
        return Link(BAD, title, problem_words(facts.problem), ("sync",))
    if facts.turn:
        return Link(WAIT, title, f"No seat is free. They are number {facts.turn} on the waiting list.", ("seats",))
    if not row.unsubscribed_by_us_at:
        lamp = BAD if facts.rights.groups else OFF
        return Link(lamp, title, "Somebody unsubscribed them in SALTO KS.", ("subscribe",) if lamp == BAD else ())
    when = moment(row.unsubscribed_by_us_at, facts.zone)
    if facts.rights.groups:
        return Link(WAIT, title, f"Unsubscribed {when}. They get a seat again by the next run.", ("sync",))
    return Link(OFF, title, f"Unsubscribed {when}, because they had lost all access.", ("undo",))


def _kept_seat(facts: DoorFacts, row: SaltoUser) -> Link:
    """Tell why somebody without a right still takes a seat."""
    title = "Their seat"
    if any(line.inside and not line.managed for line in facts.lines) and facts.options.manual_groups_count:
        return Link(OFF, title, "Subscribed, because somebody in SALTO KS put them into a group.", ("hold",))
    if not facts.options.unsubscribe:
        return Link(WAIT, title, "Subscribed: unsubscribing is off in the Sync Options.", ("free", "options"))
    if row.no_access_since:
        over = row.no_access_since + timedelta(hours=facts.options.grace_hours)
        said = f"Subscribed. The seat is free {moment(over, facts.zone)}, when the grace period is over."
        return Link(WAIT, title, said, ("hold",))
    return Link(WAIT, title, "Subscribed, and nothing Flexspace gave was lost, so nobody takes the seat.", ("free",))


def _groups(facts: DoorFacts) -> Link:
    title = "Their groups"
    taken = [line.name for line in facts.lines if line.grant]
    if taken:
        return Link(BAD, title, f"Somebody in SALTO KS took them out of {joined(taken)}.", ("put_back",))
    missing = [line.name for line in facts.lines if line.lamp in (WAIT, BAD) and not line.inside]
    if missing:
        why = f" {problem_words(facts.problem)}" if facts.problem else ""
        return Link(WAIT, title, f"Not yet in {joined(missing)}.{why}", ("sync",))
    inside = [line.name for line in facts.lines if line.inside]
    if not inside:
        return Link(OFF, title, "In no group that Flexspace looks after.")
    bad = [line.name for line in facts.lines if line.lamp == BAD]
    if bad:
        return Link(BAD, title, f"In {joined(bad)} without a reason of ours.", ("hold", "sync"))
    return Link(OK, title, f"In {joined(inside)}.")


def _lock(facts: DoorFacts) -> Link:
    title = "The lock"
    idle = [line.name for line in facts.lines if line.inside and line.name in facts.unscheduled]
    if idle:
        return Link(BAD, title, f"{joined(idle)} has no time schedule in SALTO KS, so it opens nothing.", ("map",))
    said = "The cloud tells the locks, usually within a minute. One whose IQ is offline hears of it later."
    return Link(OK, title, said)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Return a moment as people there write it: "27 Nov, 09:02"."""
    return written(at.astimezone(zone), "j M, H:i")


def joined(names: Sequence[str]) -> str:
    """Return names as people list them: "A", "A and B", "A, B and C"."""
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0] if names else "no door"
