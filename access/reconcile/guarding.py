"""Whom no run touches, and when a run holds back what takes something away."""

from collections.abc import Sequence

from access.enums import StepKind, StopCode
from access.reconcile.steps import Step, Stop
from access.rules import (
    CLOCK_SKEW,
    MANY_ALWAYS_ALLOWED,
    PLAIN_ROLES,
    POD_ROLES,
    REMOVAL_SHARE,
    SHRUNK_SHARE,
    same_address,
)
from access.world import Ours, Person, Rules, Snapshot

TAKING = frozenset({StepKind.REMOVE, StepKind.UNSUBSCRIBE})
_ALL = frozenset(StepKind)
# What each stop holds back.
HOLDS: dict[StopCode, frozenset[StepKind]] = {
    StopCode.INCOMPLETE: TAKING | {StepKind.FORGET},
    StopCode.SITE_EXPIRED: _ALL,
    StopCode.OTHER_SITE: _ALL,
    StopCode.OWN_USER: _ALL,
    StopCode.CLOCK: TAKING,
    StopCode.RESTORED: TAKING | {StepKind.FORGET},
    StopCode.SHRUNK: TAKING | {StepKind.FORGET},
    StopCode.NO_MAPPINGS: TAKING,
    StopCode.MANY_UNSUBSCRIBES: frozenset({StepKind.UNSUBSCRIBE}),
    StopCode.MANY_REMOVALS: TAKING,
}


def untouchable(person: Person, snapshot: Snapshot, rules: Rules) -> bool:
    """Return whether no run may touch ``person``.

    That is the site's owner, whom only the site itself tells; the user we sign in as; everybody with a role that does
    more than open doors, of a pod or blocked by staff; and whom the Sync Options protect.
    """
    return (
        person.platform == snapshot.site.owner
        or person.site_user == snapshot.me.site_user
        or person.platform == snapshot.me.platform
        or person.blocked
        or not person.roles <= PLAIN_ROLES
        or person.platform in rules.people
        or not rules.roles.isdisjoint(person.roles)
        or (bool(rules.domains) and same_address(person.email).rpartition("@")[2] in rules.domains)
    )


def may_manage(person: Person) -> bool:
    """Return whether a user has the rights a connection needs: subscribed, not blocked, and more than a plain user."""
    return person.subscribed and not person.blocked and not person.roles <= PLAIN_ROLES | POD_ROLES


def stops_of_facts(snapshot: Snapshot, ours: Ours) -> list[Stop]:
    """Return what is in doubt before anything is planned."""
    if not snapshot.site.valid:  # it suspends everybody, us too: whatever else is seen follows from it
        return [Stop(StopCode.SITE_EXPIRED, firm=True)]
    stops = []
    if not snapshot.complete:
        stops.append(Stop(StopCode.INCOMPLETE, firm=True))
    if ours.expected_site and ours.expected_site != snapshot.site.id:
        stops.append(Stop(StopCode.OTHER_SITE, firm=True))
    if not may_manage(snapshot.me):
        stops.append(Stop(StopCode.OWN_USER, firm=True))
    if abs(snapshot.skew) > CLOCK_SKEW:
        stops.append(Stop(StopCode.CLOCK, firm=True, numbers={"seconds": round(snapshot.skew.total_seconds())}))
    if ours.restored:
        stops.append(Stop(StopCode.RESTORED, firm=True))
    seen, before = len(snapshot.people), ours.users_before or 0
    if snapshot.whole and seen < before * (1 - SHRUNK_SHARE):
        stops.append(Stop(StopCode.SHRUNK, numbers={"before": before, "now": seen}))
    if not ours.mapped and ours.grants:
        stops.append(Stop(StopCode.NO_MAPPINGS, numbers={"grants": len(ours.grants)}))
    known = {stop.code for stop in stops}
    return stops + [Stop(StopCode(code)) for code in sorted(ours.carried) if code not in known]


def stops_of_plan(steps: Sequence[Step], ours: Ours, rules: Rules, *, subscribed: int) -> list[Stop]:
    """Return whether the plan takes more away at once than anybody should without a look.

    ``subscribed`` counts the users we manage who have a seat.
    """
    stops = []
    unsubscribes = sum(step.kind == StepKind.UNSUBSCRIBE for step in steps)
    most = max(rules.max_unsubscribes, int(subscribed * rules.max_share))
    if unsubscribes > most:
        numbers = {"planned": unsubscribes, "most": most, "of": subscribed}
        stops.append(Stop(StopCode.MANY_UNSUBSCRIBES, numbers=numbers))
    removals = sum(step.kind == StepKind.REMOVE for step in steps)
    grants = len(ours.grants) if ours.all_grants is None else ours.all_grants
    most = max(MANY_ALWAYS_ALLOWED, int(grants * REMOVAL_SHARE))
    if removals > most:
        stops.append(Stop(StopCode.MANY_REMOVALS, numbers={"planned": removals, "most": most, "of": grants}))
    return stops


def held_kinds(stops: Sequence[Stop], approved: frozenset[str]) -> frozenset[StepKind]:
    """Return the kinds of steps that ``stops`` hold back; those somebody approved hold nothing unless they are firm."""
    holding = [stop for stop in stops if stop.firm or stop.code not in approved]
    return frozenset().union(*(HOLDS[stop.code] for stop in holding))
