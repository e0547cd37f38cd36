"""What has to be done for one person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from access.enums import FindingKind, StepKind
from access.policy import NOTHING, Rights
from access.reconcile.guarding import untouchable
from access.reconcile.steps import Finding, Step
from access.rules import BETWEEN_FLIPS, LOSSES, same_address
from access.world import Link, Newcomer, Ours, Person, Rules, Snapshot


@dataclass(slots=True)
class Facts:
    """The site and our rows, indexed once for a whole plan."""

    snapshot: Snapshot
    ours: Ours
    rules: Rules
    rights: Mapping[int, Rights]
    now: datetime
    by_site_user: dict[str, Person]
    by_platform: dict[str, Person]
    by_address: dict[str, list[Person]]
    groups_of: dict[str, set[str]]  # platform → groups in the snapshot
    granted: dict[int, dict[str, bool]]  # member → group → confirmed
    linked: set[str]  # platform ids
    shared: frozenset[str]  # addresses that several of those to invite have
    steps: list[Step] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def step(self, kind: StepKind, member: int, group: str = "", *, why: str = "", platform: str = "") -> None:
        """Plan a step."""
        since = self.rights.get(member, NOTHING).since
        self.steps.append(Step(kind, member, group, why, platform, since))

    def found(
        self, kind: FindingKind, member: int | None = None, person: Person | None = None, group: str = ""
    ) -> None:
        """Note what is left to people."""
        self.findings.append(Finding(kind, member, person.platform if person else "", group))


def plan_link(facts: Facts, link: Link) -> None:
    """Plan for a member whom we know at the site, or have invited."""
    rights = facts.rights.get(link.member, NOTHING)
    person = facts.by_site_user.get(link.site_user) if link.site_user else None
    if not link.site_user:
        invited = link.invited_at is not None
        plan_newcomer(facts, Newcomer(link.member, link.email_at_link or link.email), invited=invited)
    elif not link.managed:
        if rights.groups:
            facts.found(FindingKind.UNMANAGED, link.member, person)
    elif person is None:
        _gone(facts, link, rights)
    elif link.pod or untouchable(person, facts.snapshot, facts.rules):
        if rights.groups or link.member in facts.granted:
            facts.found(FindingKind.PROTECTED, link.member, person)
    else:
        _present(facts, link, person, rights)


def plan_newcomer(facts: Facts, newcomer: Newcomer, *, invited: bool = False) -> None:
    """Plan for a member without a user: find one of the same address, or invite.

    ``invited``: we asked SALTO KS to make one, after nobody of that address was there, and never heard the answer; so
    whoever is there now is the one.
    """
    rights = facts.rights.get(newcomer.member, NOTHING)
    if not rights.groups:
        return
    address = same_address(newcomer.email)
    if not address:
        facts.found(FindingKind.NO_EMAIL, newcomer.member)
        return
    same = facts.by_address.get(address, [])
    if address in facts.shared or len(same) > 1 or (same and same[0].platform in facts.linked):
        facts.found(FindingKind.AMBIGUOUS, newcomer.member, same[0] if same else None)
    elif same and untouchable(same[0], facts.snapshot, facts.rules):
        facts.found(FindingKind.PROTECTED, newcomer.member, same[0])
    elif same and not (invited or facts.rules.adopt_on_match):
        facts.found(FindingKind.MATCH, newcomer.member, same[0])
    elif same:
        _link(facts, newcomer.member, same[0], rights, invited=invited)
    elif facts.snapshot.complete:  # on a page that did not come may be somebody of that address
        facts.step(StepKind.CREATE, newcomer.member, why="entitled")
        _additions(facts, newcomer.member, rights.groups)


def _link(facts: Facts, member: int, person: Person, rights: Rights, *, invited: bool) -> None:
    facts.step(StepKind.LINK, member, why="invited" if invited else "same_address", platform=person.platform)
    facts.linked.add(person.platform)
    here = facts.groups_of.get(person.platform, set())
    wanted = [group for group in rights.groups if group not in here]
    if person.subscribed:
        _additions(facts, member, wanted)
    elif invited:  # made while no seat was free
        facts.step(StepKind.SUBSCRIBE, member, why="entitled")
        _additions(facts, member, wanted)
    else:
        facts.found(FindingKind.SUSPENDED_BY_STAFF, member, person)


def _gone(facts: Facts, link: Link, rights: Rights) -> None:
    """Plan for somebody who was removed from the site. Inviting them anew is for people to decide."""
    if not facts.snapshot.complete:
        return
    for group in facts.granted.get(link.member, ()):
        facts.step(StepKind.FORGET, link.member, group, why="user_gone")
    if rights.groups:
        facts.found(FindingKind.GONE, link.member)


def _present(facts: Facts, link: Link, person: Person, rights: Rights) -> None:
    here = facts.groups_of.get(person.platform, set())
    granted = facts.granted.get(link.member, {})
    read = facts.snapshot.members
    held = link.hold_until is not None and link.hold_until > facts.now
    leaving: set[str] = set()
    for group, confirmed in granted.items():
        if group not in facts.snapshot.groups and facts.snapshot.whole:
            facts.step(StepKind.FORGET, link.member, group, why="group_gone")
        if group in rights.groups or group not in read:
            continue
        if group not in here:
            facts.step(StepKind.FORGET, link.member, group, why="not_there" if confirmed else "never_came")
        elif held:
            facts.found(FindingKind.HELD, link.member, person, group)
        else:
            leaving.add(group)
            facts.step(StepKind.REMOVE, link.member, group, why=_loss(rights))
    if rights.groups:
        _entitled(facts, link, person, rights, here)
    elif facts.snapshot.whole:
        # One that is there without a confirmation let them in all the same: only our answer was lost.
        let_in = bool(leaving) or any(granted.values())
        _without_rights(facts, link, person, rights, here - leaving, let_in=let_in)


def _entitled(facts: Facts, link: Link, person: Person, rights: Rights, here: set[str]) -> None:
    """Plan for somebody with a right: a seat first, then the groups that are missing."""
    if not person.subscribed:
        ours = link.unsubscribed_by_us_at or link.waiting_since
        if not ours:
            facts.found(FindingKind.SUSPENDED_BY_STAFF, link.member, person)
            return
        if not facts.rules.resubscribe and not link.waiting_since:
            facts.found(FindingKind.SUSPENDED_BY_STAFF, link.member, person)
            return
        facts.step(StepKind.SUBSCRIBE, link.member, why="entitled")
    granted = facts.granted.get(link.member, {})
    missing = []
    for group in rights.groups:
        if group in here or (group in facts.snapshot.groups and group not in facts.snapshot.members):
            continue  # there already, or its page did not come
        if granted.get(group) and group in facts.snapshot.groups:  # it was there, so somebody took it away
            facts.found(FindingKind.TAKEN_OUT, link.member, person, group)
        else:
            missing.append(group)
    _additions(facts, link.member, missing)


def _additions(facts: Facts, member: int, groups: Iterable[str]) -> None:
    for group in groups:
        if group in facts.snapshot.groups:
            facts.step(StepKind.ADD, member, group, why="entitled")
        else:
            facts.found(FindingKind.GROUP_GONE, member, group=group)


def _without_rights(
    facts: Facts, link: Link, person: Person, rights: Rights, remaining: set[str], *, let_in: bool
) -> None:
    """Plan to free the seat of somebody who lost everything we gave, if all that the options ask for holds.

    ``let_in``: something that we gave lets them in, or did until this plan takes it away.
    """
    rules, now = facts.rules, facts.now
    if not person.subscribed:
        return
    if _freed_by_us(link):
        facts.found(FindingKind.SUBSCRIBED_BY_STAFF, link.member, person)
        return
    if not rules.unsubscribe or (rules.manual_groups_count and remaining):
        return
    since = no_access_since(link, let_in, now)
    if since is None or not _lost_for_good(rights) or now - since < rules.grace:
        return
    if link.hold_until is not None and link.hold_until > now:
        facts.found(FindingKind.HELD, link.member, person)
        return
    if rights.next_start is not None and rights.next_start - now <= rules.grace:
        return
    if link.last_flip_at is not None and now - link.last_flip_at < BETWEEN_FLIPS:
        return
    if rules.unsubscribe_since and since < rules.unsubscribe_since and not link.opted_in:
        return
    facts.step(StepKind.UNSUBSCRIBE, link.member, why=_loss(rights))


def no_access_since(link: Link, has_grants: bool, now: datetime) -> datetime | None:
    """Return since when nothing of ours lets somebody in; None for one we never let in since we last unsubscribed."""
    if has_grants:
        return now
    last, freed = link.last_access_at, link.last_unsubscribed_at
    return last if last is not None and (freed is None or last > freed) else None


def _freed_by_us(link: Link) -> bool:
    """Return whether SALTO KS confirmed that we unsubscribed them; a mark alone may be of a call that never arrived."""
    marked, confirmed = link.unsubscribed_by_us_at, link.last_unsubscribed_at
    return marked is not None and confirmed is not None and confirmed >= marked


def _lost_for_good(rights: Rights) -> bool:
    return bool(rights.losses) and rights.losses <= LOSSES


def _loss(rights: Rights) -> str:
    return ", ".join(sorted(rights.losses)) or "not_mapped"
