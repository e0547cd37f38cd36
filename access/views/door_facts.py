"""Puts together what the pages say about one person's doors, in as many queries for one group as for many."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from access.enums import FindingKind, StepKind, StepState
from access.explain.chain import BAD, OK, WAIT, DoorFacts, Line, Link, Thing, chain, verdict
from access.models import AccessGroup, SaltoKSConfig, SaltoUser, SyncStep
from access.policy import NOTHING, Reason, Rights, Terms, groups_for, rights_of, window
from access.queries.doors import Known, known_of, may_undo, open_grants
from access.services.gathering import BACK, terms_of, withheld_at
from members.entitlements import Entitlement
from members.explain.entitlements import because, entitlement_words
from members.models import Member
from members.queries.entitlements import entitlements_of


@dataclass(frozen=True, slots=True)
class Door:
    """What is true of somebody at one connection, in words."""

    config: SaltoKSConfig
    row: SaltoUser | None
    lamp: str
    sentence: str
    links: list[Link]
    lines: tuple[Line, ...]
    match: SaltoUser | None
    known: Known

    @property
    def is_held(self) -> bool:
        """Return whether they are left alone at the moment."""
        return self.row is not None and self.row.is_held(timezone.now())

    @property
    def undo(self) -> SyncStep | None:
        """Return the step that unsubscribed them, while it can be undone."""
        step = next((one for one in self.known.steps if one.kind == StepKind.UNSUBSCRIBE), None)
        return step if step and may_undo(step, timezone.now()) else None


def door_of(config: SaltoKSConfig, member: Member, now: datetime) -> Door:
    """Return the doors of ``member`` at one connection."""
    row = SaltoUser.objects.filter(connection=config, member=member).first()
    terms = terms_of(config)
    held = entitlements_of([member.pk], at=now, locations=terms.places, back=BACK)
    paused = withheld_at(config, [member.pk], now)
    rights = rights_of(held, terms, now, withheld=paused).get(member.pk, NOTHING)
    known = known_of(config, member, row.platform_id if row else "")
    groups = {group.group_id: group for group in config.groups.all()}
    lines = _Lines(config, row, rights, known, groups, held, now).all()
    zone = member.location.zone
    match = _match(config, member, row)
    facts = DoorFacts(
        name=member.name,
        email=member.email,
        config=config,
        options=config.options,
        row=row,
        things=tuple(_thing(one, terms, zone, now) for one in held),
        rights=rights,
        withheld=member.pk in paused,
        lines=lines,
        found=frozenset(kind for kind, _ in known.findings),
        turn=_turn(config, row),
        match=match is not None,
        problem=row.problem if row else "",
        unscheduled=tuple(group.name for group in groups.values() if group.scheduled is False),
        zone=zone,
        now=now,
    )
    links = chain(facts)
    lamp, sentence = verdict(facts, links)
    return Door(config, row, lamp, sentence, links, lines, match, known)


def _thing(one: Entitlement, terms: Terms, zone: ZoneInfo, now: datetime) -> Thing:
    starts, ends = window(one, terms)
    holds = starts <= now and (ends is None or now < ends)
    return Thing(
        one.why.what, entitlement_words(one, zone, now), holds, starts > now, bool(groups_for(one, terms.mappings))
    )


def _turn(config: SaltoKSConfig, row: SaltoUser | None) -> int:
    """Return somebody's number on the waiting list, 0 for one who is not on it."""
    if row is None or row.waiting_since is None:
        return 0
    return SaltoUser.objects.filter(connection=config, waiting_since__lt=row.waiting_since).count() + 1


def _match(config: SaltoKSConfig, member: Member, row: SaltoUser | None) -> SaltoUser | None:
    """Return the user of the same address who is nobody of ours yet."""
    if not member.email or (row and row.site_user_id):
        return None
    return SaltoUser.objects.filter(connection=config, member=None, gone_at=None, email__iexact=member.email).first()


class _Lines:
    """The groups somebody is in or should be in."""

    def __init__(
        self, config: SaltoKSConfig, row: SaltoUser | None, rights: Rights, known: Known,
        groups: dict[str, AccessGroup], held: tuple[Entitlement, ...], now: datetime,
    ) -> None:  # fmt: skip
        self.config, self.row, self.rights, self.known, self.groups, self.now = config, row, rights, known, groups, now
        self.grants = {grant.group.group_id: grant for grant in open_grants(row)} if row else {}
        self.because = {(str(one.kind), one.subject): because(one) for one in held}

    def all(self) -> tuple[Line, ...]:
        """Return a line for each group, by name."""
        manual = {group for kind, group in self.known.findings if kind == FindingKind.NO_REASON}
        wanted = {group for group in {*self.rights.groups, *self.grants, *manual} if group in self.groups}
        return tuple(self._line(group) for group in sorted(wanted, key=lambda group: self.groups[group].name))

    def _line(self, group: str) -> Line:
        name, reason, grant = self.groups[group].name, self.rights.groups.get(group), self.grants.get(group)
        why = self._why(reason) if reason else ""
        until = reason.until if reason else None
        if grant and self.known.has(FindingKind.TAKEN_OUT, group):
            return Line(name, BAD, True, False, why, until, state="Taken out in SALTO KS", grant=grant)
        if grant and not reason:
            held = bool(self.row and self.row.is_held(self.now))
            state = "In the group, left alone for now" if held else "In the group, to be removed"
            return Line(name, BAD, True, True, "No reason any more", wanted=False, state=state)
        if grant:
            inside = grant.confirmed_at is not None
            state = "In the group" if inside else "Asked for"
            return Line(name, OK if inside else WAIT, True, inside, why, until, state=state, at=grant.confirmed_at)
        if not reason:
            return Line(name, BAD, False, True, "Given in SALTO KS", wanted=False, state="In the group")
        return self._not_granted(group, name, reason, why)

    def _not_granted(self, group: str, name: str, reason: Reason, why: str) -> Line:
        """Tell of a group that we did not give: staff had, or something is in the way."""
        step = next((one for one in self.known.steps if one.group and one.group.group_id == group), None)
        stuck = step is not None and step.kind == StepKind.ADD and step.state not in (StepState.DONE, StepState.DROPPED)
        looked = self.known.run is not None and self.known.run.started_at > reason.since
        there = self.row and self.row.site_user_id and self.row.subscription_state == "subscribed" and self.row.managed
        if there and looked and not stuck and self.config.options.enabled and not self.config.problem:
            return Line(name, OK, False, True, why, reason.until, state="In the group, given in SALTO KS")
        return Line(name, WAIT, True, False, why, reason.until, state="Not in the group yet")

    def _why(self, reason: Reason) -> str:
        return self.because.get((reason.kind, reason.subject), "")
