"""A site on paper: plans are applied to plain values, as if SALTO KS did all it is told."""

import datetime as dt
from dataclasses import dataclass, replace

from access.policy import Reason, Rights
from access.reconcile import plan
from access.world import Grant, Link, Newcomer, Ours, Person, Rules, Site, Snapshot

NOW = dt.datetime(2026, 11, 26, 8, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
ME = Person("s-me", "p-me", "desk@example.org", roles=frozenset({"site_admin"}))
USER = frozenset({"site_user"})
EASY = Rules(unsubscribe=True, grace=dt.timedelta(0))


@dataclass(frozen=True)
class Held:
    """What somebody holds, in the shape of ``members.entitlements``."""

    member: int = 1
    kind: str = "membership"
    subject: int = 7
    location: int = 1
    floor: int | None = None
    starts_at: dt.datetime = NOW - 30 * 24 * HOUR
    ends_at: dt.datetime | None = None
    end: str | None = None


def person(number, **facts):
    facts = {"email": f"p{number}@example.org", "name": f"Person {number}", "roles": USER, **facts}
    return Person(f"s-{number}", f"p-{number}", **facts)


def link(number, **facts):
    return Link(number, f"s-{number}", f"p-{number}", email=f"p{number}@example.org", **facts)


def snapshot(people=(), members=None, *, bought=100, groups=("g1", "g2", "g3"), **facts):
    """Return what is read of a site; ``members`` is group → numbers of people."""
    people = (ME, *people)
    used = sum(one.subscribed for one in people)
    site = Site("site", owner="p-owner", used=used, bought=bought)
    inside = {group: frozenset(f"p-{number}" for number in (members or {}).get(group, ())) for group in groups}
    facts = {"site": site, "me": ME, "people": people, "groups": {group: group for group in groups}, **facts}
    return Snapshot(members=inside, read_at=NOW, **facts)


def entitled(member, *groups, since=NOW - 24 * HOUR, **facts):
    reasons = {group: Reason("membership", 7, since, None) for group in groups}
    return Rights(member, reasons, since=since if groups else None, **facts)


def lost(member, *why, **facts):
    return Rights(member, losses=frozenset(why or ["ended"]), **facts)


def ours(*links, grants=(), newcomers=(), mapped=("g1", "g2"), **facts):
    return Ours(
        links=links,
        grants=tuple(Grant(*one) for one in grants),
        newcomers=tuple(Newcomer(number, f"p{number}@example.org") for number in newcomers),
        mapped=frozenset(mapped),
        **facts,
    )


def planned(seen, known, rights, rules=EASY, now=NOW):
    return plan(seen, known, {one.member: one for one in rights}, rules, now)


def kinds(result):
    return [step.kind.value for step in result.steps]


class PaperSite:
    """Does what a plan says to a snapshot and to our own rows."""

    def __init__(self, seen, known):
        self.people = {one.site_user: one for one in seen.people}
        self.members = {group: set(inside) for group, inside in seen.members.items()}
        self.links = {one.member: one for one in known.links}
        self.grants = {(one.member, one.group): one for one in known.grants}
        self.newcomers = {one.member: one for one in known.newcomers}
        self.seen, self.known = seen, known
        self.most_used = seen.site.used

    @property
    def used(self):
        return sum(one.subscribed for one in self.people.values())

    def apply(self, result):
        for step in result.steps:
            getattr(self, f"_{step.kind.value}")(step)
            self.most_used = max(self.most_used, self.used)
        for finding in result.findings:
            if finding.kind == "waiting" and finding.member in self.links:
                self._change(finding.member, waiting_since=NOW)
        return self

    def snapshot(self):
        return replace(
            self.seen,
            people=tuple(self.people.values()),
            members={group: frozenset(inside) for group, inside in self.members.items()},
            site=replace(self.seen.site, used=self.used),
        )

    def ours(self):
        return replace(
            self.known,
            links=tuple(self.links.values()),
            grants=tuple(self.grants.values()),
            newcomers=tuple(self.newcomers.values()),
        )

    def _change(self, member, **facts):
        self.links[member] = replace(self.links[member], **facts)

    def _state(self, member, state):
        who = self.links[member].site_user
        self.people[who] = replace(self.people[who], state=state)

    def _remove(self, step):
        assert (step.member, step.group) in self.grants, "took away what we did not grant"
        self.members[step.group].discard(self.links[step.member].platform)
        del self.grants[step.member, step.group]
        self._change(step.member, last_access_at=NOW)

    def _forget(self, step):
        if self.grants.pop((step.member, step.group)).confirmed:  # one that never arrived let nobody in
            self._change(step.member, last_access_at=NOW)

    def _unsubscribe(self, step):
        self._state(step.member, "suspended")
        self._change(step.member, unsubscribed_by_us_at=NOW, last_unsubscribed_at=NOW, last_flip_at=NOW)

    def _subscribe(self, step):
        assert self.used < self.seen.site.bought, "no seat was free"
        self._state(step.member, "subscribed")
        self._change(step.member, unsubscribed_by_us_at=None, waiting_since=None, last_flip_at=NOW)

    def _create(self, step):
        assert self.used < self.seen.site.bought, "no seat was free"
        made = Person(f"s-n{step.member}", f"p-n{step.member}", f"p{step.member}@example.org", roles=USER, name="New")
        self.people[made.site_user] = made
        self._tie(step.member, made)

    def _link(self, step):
        self._tie(step.member, next(one for one in self.people.values() if one.platform == step.platform))

    def _tie(self, member, who):
        self.newcomers.pop(member, None)
        before = self.links.get(member, Link(member, email=who.email))
        waiting = NOW if before.invited_at and not who.subscribed else None
        self.links[member] = replace(before, site_user=who.site_user, platform=who.platform, waiting_since=waiting)

    def _add(self, step):
        who = self.links[step.member]
        assert self.people[who.site_user].subscribed, "put somebody without a seat into a group"
        self.members[step.group].add(who.platform)
        self.grants[step.member, step.group] = Grant(step.member, step.group)
