"""The plan for a site of 100 thousand users: seconds and memory. Goals: 5 seconds, 500 MB for the whole process.

Every user has a membership mapped to two of twenty groups; one in fifty left, one in fifty came, one in a hundred is a
stray. Reading entitlements into rights and planning are both measured.
"""

import argparse
import datetime as dt
import resource
import time
from dataclasses import dataclass

from access.policy import Terms, rights_of
from access.reconcile import plan
from access.world import Grant, Link, Newcomer, Ours, Person, Rules, Site, Snapshot

GOAL_SECONDS, GOAL_MEGABYTES = 5.0, 500
NOW = dt.datetime(2026, 11, 26, 8, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
GROUPS = [f"group-{number}" for number in range(20)]
USER = frozenset({"site_user", "site_mobile_user"})


@dataclass(frozen=True, slots=True)
class Held:
    member: int
    subject: int
    ends_at: dt.datetime | None
    kind: str = "membership"
    location: int = 1
    floor: int | None = None
    starts_at: dt.datetime = NOW - 100 * DAY
    end: str = "ended"


def world(users):
    """Return entitlements, snapshot and our rows for so many users."""
    people, links, grants, newcomers, held = [], [], [], [], []
    inside = {group: [] for group in GROUPS}
    for number in range(users):
        site_user, platform = f"site-user-{number:027d}", f"platform-{number:027d}"
        if number % 50 == 1:
            newcomers.append(Newcomer(number, f"person{number}@example.org"))
            held.append(Held(number, number % 10, None))
            continue
        people.append(Person(site_user, platform, f"person{number}@example.org", "Somebody", USER))
        mine = [GROUPS[number % 10], GROUPS[10 + number % 10]]
        for group in mine:
            inside[group].append(platform)
        if number % 100 == 3:
            continue
        links.append(Link(number, site_user, platform, email=f"person{number}@example.org"))
        grants += [Grant(number, group) for group in mine]
        held.append(Held(number, number % 10, NOW - DAY if number % 50 == 2 else None))
    me = Person("me", "me-platform", "desk@example.org", "Desk", frozenset({"site_admin"}))
    people.append(me)
    site = Site("site", owner="owner", used=len(people), bought=users + 100)
    groups = {group: group for group in GROUPS}
    members = {group: frozenset(platforms) for group, platforms in inside.items()}
    seen = Snapshot(site, me, tuple(people), groups, members, NOW)
    return held, seen, Ours(tuple(links), tuple(grants), tuple(newcomers), frozenset(GROUPS), "site", len(people))


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks access_planner", description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    options = parser.parse_args()
    mappings = {("plan", number): [GROUPS[number], GROUPS[10 + number]] for number in range(10)}
    held, seen, known = world(options.users)
    rules = Rules(unsubscribe=True, grace=dt.timedelta(0))
    began = time.perf_counter()
    rights = rights_of(held, Terms(mappings), NOW)
    read = time.perf_counter() - began
    result = plan(seen, known, rights, rules, NOW)
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{options.users} users: rights {read:.2f} s, with plan {took:.2f} s, process {peak:.0f} MB")
    print({kind.value: number for kind, number in result.count().items()}, f"{len(result.findings)} findings")
    good = took <= GOAL_SECONDS and peak <= GOAL_MEGABYTES
    print("goal met" if good else f"goal missed: {GOAL_SECONDS} s, {GOAL_MEGABYTES} MB")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
