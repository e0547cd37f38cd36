# ruff: noqa: PLC0415  (Django is set up inside)
"""A full run of a site where nothing changed: calls, queries, seconds of this process, memory; the sandbox beside it.

Goals: 2 + ceil(U/100) + ceil(G/100) + Σ ceil(members/100) calls, one query a call (for the token) and a constant number
besides, 500 MB more than the sandbox takes.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.place import ROOT, databases, vendors

GROUPS = [f"Group {number:02}" for number in range(20)]


def memory():
    """Return the megabytes this process holds."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def peak():
    """Return the most megabytes this process has held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def fill(doors, users):
    """Let every user of the site be a member of ours with a plan mapped to the group they are in by us."""
    from django.utils import timezone

    from access.models import AccessGrant, AccessGroup, SaltoUser
    from members.models import Member, Membership, Plan

    place, now = doors.location, timezone.now()
    doors.at_site("POST", "fill", {"users": users, "groups": GROUPS, "per_user": 1})
    plans = Plan.objects.bulk_create([Plan(location=place, name=name) for name in GROUPS])
    for plan in plans:
        doors.map(plan, plan.name)
    groups = {group.name: group for group in AccessGroup.objects.all()}
    doors.run()
    rows = list(SaltoUser.objects.filter(email__endswith="@people.example").order_by("pk"))
    members = Member.objects.bulk_create(
        [Member(location=place, name=row.name, sort_name=row.name, email=row.email) for row in rows], batch_size=1000
    )
    numbers = [int(row.email.removeprefix("person").partition("@")[0]) for row in rows]
    for row, member in zip(rows, members, strict=True):
        row.member, row.managed = member, True
    SaltoUser.objects.bulk_update(rows, ["member", "managed"], batch_size=500)
    Membership.objects.bulk_create(
        [Membership(location=place, plan=plans[number % 20], member=member, starts_on="2020-01-01")
         for number, member in zip(numbers, members, strict=True)], batch_size=1000)  # fmt: skip
    AccessGrant.objects.bulk_create(
        [AccessGrant(user=row, group=groups[GROUPS[number % 20]], confirmed_at=now)
         for number, row in zip(numbers, rows, strict=True)], batch_size=1000)  # fmt: skip


def measure(users):
    """Return what a run costs."""
    import django

    django.setup()
    from django.db import connection

    from access.salto_client import transport
    from flexspace.core.models import Location, User
    from sandbox.app import Sandbox
    from tests.access.doors import HOST, Doors
    from tests.sandbox.wsgi_adapter import WsgiAdapter

    box = Sandbox(db=":memory:", clock=time.time, sleep=lambda _seconds: None)
    box.wire = WsgiAdapter(box.wsgi)
    transport.mount(HOST, box.wire)
    place = Location.objects.create(name="Kai", code="KAI", time_zone="Europe/Berlin", currency="EUR", country="DE")
    user = User.objects.create_user("bench@example.org", name="Bench", role="admin")
    doors = Doors(box, None, place, user, seats=users + 10, groups=GROUPS)
    fill(doors, users)
    sizes = [one["members"] for one in doors.at_site("GET")["groups"]]
    doors.run()
    queries = []
    before = memory()

    def count(execute, sql, params, many, context):
        queries.append(sql[:12])
        return execute(sql, params, many, context)

    began = time.process_time()
    with connection.execute_wrapper(count):
        run = doors.run()
    took = time.process_time() - began
    goal = 2 + math.ceil((users + 2) / 100) + 1 + sum(max(1, math.ceil(size / 100)) for size in sizes)
    assert run.steps.count() == 0, list(run.steps.values_list("kind", "state")[:5])
    return {"calls": run.calls, "goal": goal, "queries": len(queries), "seconds": took, "more": peak() - before}


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks access_sync", description=__doc__)
    parser.add_argument("--users", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--inside", type=int, default=0, help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()
    if options.inside:
        print(json.dumps(measure(options.inside)))
        return
    for vendor in vendors():
        for users in options.users:
            with databases(vendor, "doors") as places:
                command = [sys.executable, "-m", "benchmarks.access_sync", "--inside", str(users)]
                environment = {**os.environ, **places["doors"]}
                done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
            found = json.loads(done.stdout.splitlines()[-1])
            print(
                f"{vendor}, {users} users: {found['calls']} calls (goal {found['goal']}), {found['queries']} queries,"
                f" {found['seconds']:.1f} s with the sandbox in it, {found['more']:.0f} MB more",
                flush=True,
            )


if __name__ == "__main__":
    main()
