"""The plan for a whole site: everybody's steps, the breaker, the seats, and the order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from access.enums import FindingKind, StepKind
from access.policy import Rights
from access.reconcile.guarding import held_kinds, stops_of_facts, stops_of_plan, untouchable
from access.reconcile.person import Facts, plan_link, plan_newcomer
from access.reconcile.steps import Finding, Plan, Step
from access.rules import same_address
from access.world import Ours, Person, Rules, Snapshot

# What frees a seat stands before what takes one; a group is given only to somebody who has a seat.
ORDER = {kind: place for place, kind in enumerate(StepKind)}
SEATED = (StepKind.SUBSCRIBE, StepKind.CREATE)
_FIRST = datetime.min.replace(tzinfo=UTC)


def plan(snapshot: Snapshot, ours: Ours, rights: Mapping[int, Rights], rules: Rules, now: datetime) -> Plan:
    """Return what to do so that the site agrees with ``rights``.

    Total: it raises for no input. It never takes away what our ledger does not hold, nothing at all on an incomplete
    snapshot, and touches nobody who is untouchable. Applied, its next answer is empty.
    """
    facts = _facts(snapshot, ours, rights, rules, now)
    for link in ours.links:
        plan_link(facts, link)
    for newcomer in ours.newcomers:
        plan_newcomer(facts, newcomer)
    if snapshot.whole:
        _look_around(facts)
    stops = stops_of_facts(snapshot, ours)
    managed = {link.site_user for link in ours.links if link.managed}
    subscribed = sum(person.subscribed for person in snapshot.people if person.site_user in managed)
    stops += stops_of_plan(facts.steps, ours, rules, subscribed=subscribed)
    held = held_kinds(stops, ours.approved)
    if StepKind.REMOVE in held:  # whoever keeps a group keeps the seat
        held |= {StepKind.UNSUBSCRIBE}
    steps = [step for step in facts.steps if step.kind not in held]
    seated, waiting = _seats(steps, snapshot, frozenset(link.member for link in ours.links if link.not_seated))
    facts.findings += [Finding(FindingKind.WAITING, member) for member in sorted(waiting)]
    done = [step for step in steps if step.member not in waiting or step.kind not in (*SEATED, StepKind.ADD)]
    return Plan(
        steps=tuple(sorted(done, key=_place)),
        held_back=tuple(sorted((step for step in facts.steps if step.kind in held), key=_place)),
        findings=tuple(facts.findings) if snapshot.site.valid else (),  # expired: everybody is suspended, no news
        stops=tuple(stops),
        seats_before=snapshot.site.used,
        seats_after=seated,
        seats_bought=snapshot.site.bought,
    )


def _facts(snapshot: Snapshot, ours: Ours, rights: Mapping[int, Rights], rules: Rules, now: datetime) -> Facts:
    by_address: dict[str, list[Person]] = {}
    for person in snapshot.people:
        if person.email:
            by_address.setdefault(same_address(person.email), []).append(person)
    groups_of: dict[str, set[str]] = {}
    for group, platforms in snapshot.members.items():
        for platform in platforms:
            groups_of.setdefault(platform, set()).add(group)
    granted: dict[int, dict[str, bool]] = {}
    for grant in ours.grants:
        granted.setdefault(grant.member, {})[grant.group] = grant.confirmed
    return Facts(
        snapshot=snapshot,
        ours=ours,
        rules=rules,
        rights=rights,
        now=now,
        by_site_user={person.site_user: person for person in snapshot.people},
        by_platform={person.platform: person for person in snapshot.people},
        by_address=by_address,
        groups_of=groups_of,
        granted=granted,
        shared=_shared(ours),
        linked={link.platform for link in ours.links if link.platform},
    )


def _shared(ours: Ours) -> frozenset[str]:
    asking = [one.email for one in ours.newcomers]
    asking += [link.email_at_link or link.email for link in ours.links if not link.site_user]
    return frozenset(address for address, times in Counter(map(same_address, asking)).items() if address and times > 1)


def _look_around(facts: Facts) -> None:
    """Note strays, people in mapped groups without a reason, and seats that open nothing."""
    snapshot, mapped = facts.snapshot, facts.ours.mapped
    member_of = {link.platform: link.member for link in facts.ours.links if link.platform}
    for person in snapshot.people:
        if untouchable(person, snapshot, facts.rules):
            continue
        here = facts.groups_of.get(person.platform, set())
        member = member_of.get(person.platform)
        if member is None and person.platform not in facts.linked:
            facts.found(FindingKind.STRAY, None, person)
        if person.subscribed and not here and snapshot.complete:
            facts.found(FindingKind.OPENS_NOTHING, member, person)
        for group in here & mapped:
            rights = facts.rights.get(member) if member is not None else None
            known = (rights is not None and group in rights.groups) or (
                member is not None and group in facts.granted.get(member, {})
            )
            if not known:
                facts.found(FindingKind.NO_REASON, member, person, group)


def _seats(steps: Sequence[Step], snapshot: Snapshot, refused: frozenset[int]) -> tuple[int, set[int]]:
    """Return the seats in use after the plan, and the members for whom none is left: the latest to start.

    Those whom SALTO KS ``refused`` a seat come last, or the seat they will not get would be kept from everybody else.
    """
    used = snapshot.site.used - sum(step.kind == StepKind.UNSUBSCRIBE for step in steps)
    asking = sorted(
        (step for step in steps if step.kind in SEATED), key=lambda step: (step.member in refused, *_turn(step))
    )
    free = max(0, snapshot.site.bought - used)
    return used + min(free, len(asking)), {step.member for step in asking[free:]}


def _turn(step: Step) -> tuple[datetime, int]:
    return step.since or _FIRST, step.member


def _place(step: Step) -> tuple[int, str, datetime, int]:
    """Return the place of a step in its run: by kind, and where a seat is needed by start, else by group."""
    return (ORDER[step.kind], step.group, *_turn(step))
