# ruff: noqa: PLC0415  (Django is set up inside)
"""The month's billing run beside a bare bulk insert of the same rows, and its memory from 2,000 to 50,000 members.

Two months are run; the second one, which compares every bill with the last, is measured batch by batch. After each
batch copies of the very rows it wrote are inserted in bulk and rolled back: the least that writing them costs. Goals:
as many queries for every batch, 2 seconds for 200 members, and memory that does not grow with the members.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.place import ROOT, databases, manage, vendors

GOAL_SECONDS = 2.0
GOAL_GROWTH = 1.1


class Counter:
    """Counts statements, and costs next to nothing."""

    def __init__(self):
        self.queries = 0

    def __call__(self, execute, sql, params, many, context):
        self.queries += 1
        return execute(sql, params, many, context)


def peak():
    """Return the most memory this process has had, in megabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def measure(months):
    """Run ``months`` months; return queries and seconds of the last one's batches, of the bare inserts, and memory."""
    import django

    django.setup()
    from datetime import UTC, datetime

    from django.utils import timezone

    from billing.dues.facts import Month
    from billing.services.billing_runs import start_run
    from flexspace.core.actors import Actor
    from flexspace.core.models import Location

    place, by = Location.objects.get(), Actor.job("bench")
    first = Month.of(timezone.now().date()).plus(-1)
    result = {"before": peak()}
    for number in range(months):
        month = first.plus(number)
        now = datetime(month.start.year, month.start.month, 2, tzinfo=UTC)
        run = start_run(by=by, location=place, month=month.start, now=now, bills_from=first.start)
        result["drafting"] = drafting(by, run, month.start, compared=number > 0)
        result["issuing"] = issuing(by, run, now)
        result["bills"] = run.items.count()
        result.setdefault("after", peak())  # of the first month, whose bills are not compared
    return result


def drafting(by, run, today, compared):
    """Draft everything; return the queries, the seconds and the bare seconds of each full batch."""
    from django.db import connection

    from billing.services.run_drafts import LIMIT, draft_batch

    found, seen = [], 0
    while True:
        counter = Counter()
        with connection.execute_wrapper(counter):
            began, own = time.perf_counter(), time.process_time()
            more = draft_batch(by=by, run=run, today=today)
            seconds, own = time.perf_counter() - began, time.process_time() - own
        now = run.items.count()
        if now - seen == LIMIT:
            found.append((counter.queries, seconds, own, bare(run, seen) if compared else 0.0))
        seen = now
        if not more:
            return found


def issuing(by, run, now):
    """Issue everything; return the queries and seconds of each full batch."""
    from django.db import connection

    from billing.services.run_decisions import approve
    from billing.services.run_issuing import issue_batch, start_issuing

    approve(by=by, run=run)
    start_issuing(by=by, run=run, now=now)
    found = []
    while True:
        counter = Counter()
        with connection.execute_wrapper(counter):
            began = time.perf_counter()
            more = issue_batch(by=by, run=run, now=now)
            seconds = time.perf_counter() - began
        if not more:
            return found
        found.append((counter.queries, seconds))


def bare(run, skip):
    """Return the seconds a bulk insert of the rows takes that the last batch wrote; they are rolled back."""
    import uuid

    from django.db import transaction
    from django.utils import timezone

    from billing.models import BilledPeriod, BillingRun, BillingRunItem, Invoice, InvoiceLine
    from flexspace.core.models import AuditEvent, AuditSubject

    items = list(run.items.order_by("pk")[skip:])
    invoices = [item.invoice_id for item in items]
    rows = {
        Invoice: list(Invoice.objects.filter(pk__in=invoices)),
        InvoiceLine: list(InvoiceLine.objects.filter(invoice__in=invoices)),
        BilledPeriod: list(BilledPeriod.objects.filter(line__invoice__in=invoices)),
        BillingRunItem: items,
    }
    subjects = AuditSubject.objects.filter(kind="billing.invoice", subject_id__in=invoices).values("event")
    rows[AuditEvent] = list(AuditEvent.objects.filter(pk__in=subjects))
    rows[AuditSubject] = list(AuditSubject.objects.filter(event__in=rows[AuditEvent]))
    with transaction.atomic():
        other = BillingRun.objects.create(location=run.location, month="2000-01-01", bills_from="2000-01-01")
        for row in (row for each in rows.values() for row in each):
            row.pk = None
            if hasattr(row, "uuid"):
                row.uuid = uuid.uuid4()
        for period in rows[BilledPeriod]:
            period.released_at, period.line = timezone.now(), None
        for item in items:
            item.run, item.invoice = other, None
        began = time.perf_counter()
        Invoice.objects.bulk_create(rows[Invoice])
        for number, line in enumerate(rows[InvoiceLine]):
            line.invoice_id, line.position = rows[Invoice][0].pk, number
        for model in (InvoiceLine, BilledPeriod, BillingRunItem, AuditEvent):
            model.objects.bulk_create(rows[model])
        for number, subject in enumerate(rows[AuditSubject]):
            subject.event_id = rows[AuditEvent][number // 2].pk
        AuditSubject.objects.bulk_create(rows[AuditSubject])
        seconds = time.perf_counter() - began
        transaction.set_rollback(True)
    return seconds


def one(environment, months):
    """Run the measurement in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.billing_run", "--inside", str(months)]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=2_000)
    parser.add_argument("--many", type=int, default=50_000, help="for the memory; 0 leaves it out")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--inside", type=int, help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()
    if options.inside:
        print(json.dumps(measure(options.inside)))
        return
    for vendor in vendors():
        if options.only in (None, vendor):
            report(vendor, options)


def report(vendor, options):
    """Print what one database measures."""
    sizes = {"few": options.members, **({"many": options.many} if options.many else {})}
    with databases(vendor, *sizes) as places:
        found = {}
        for size, count in sizes.items():
            manage(places[size], "make_rows", "--holders", str(count))
            found[size] = one({**os.environ, **places[size]}, 2 if size == "few" else 1)
    queries, seconds, own, bare_seconds = zip(*found["few"]["drafting"], strict=True)
    ratio = statistics.median(whole / least for _, whole, _, least in found["few"]["drafting"])
    verdict = "reached" if max(seconds) <= GOAL_SECONDS and len(set(queries)) == 1 else "missed"
    print(
        f"{vendor}: {found['few']['bills']} bills in {len(queries)} batches of 200, {sorted(set(queries))} queries each"
    )
    print(f"{vendor}: a batch {statistics.median(seconds):.2f} s (worst {max(seconds):.2f} s), goal {verdict}")
    print(f"{vendor}: of it this process computes {statistics.median(own):.2f} s")
    print(f"{vendor}: bare insert {statistics.median(bare_seconds):.2f} s, ratio {ratio:.1f}")
    queries, seconds = zip(*found["few"]["issuing"], strict=True)
    print(f"{vendor}: issuing 200: {statistics.median(seconds):.2f} s, {sorted(set(queries))} queries")
    for size, each in found.items():
        print(f"{vendor}: {sizes[size]} members: {each['before']:.0f} MB before, {each['after']:.0f} MB at the most")
    if options.many:
        growth = found["many"]["after"] / found["few"]["after"]
        print(f"{vendor}: memory × {growth:.2f}, goal {'reached' if growth <= GOAL_GROWTH else 'missed'}", flush=True)


if __name__ == "__main__":
    main()
