# ruff: noqa: PLC0415  (Django is set up inside)
"""What one event costs that settles a payment: queries and milliseconds, without those of the stand-in for Stripe."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from benchmarks.place import ROOT, databases, vendors
from tests.sandbox.wsgi_adapter import WsgiAdapter


class Stand(WsgiAdapter):
    """The stand-in for Stripe, which knows how long it took itself, and of what its processor."""

    spent = worked = 0.0

    def send(self, *args, **options):
        began, worked = time.perf_counter(), time.process_time()
        try:
            return super().send(*args, **options)
        finally:
            Stand.spent += time.perf_counter() - began
            Stand.worked += time.process_time() - worked


def timed(deed):
    """Do something, and return the milliseconds it took and those of the processor, without the stand-in's."""
    began, worked, spent, there = time.perf_counter(), time.process_time(), Stand.spent, Stand.worked
    deed()
    took = time.perf_counter() - began - (Stand.spent - spent)
    return took * 1000, (time.process_time() - worked - (Stand.worked - there)) * 1000


def measure(times):
    """Return queries and milliseconds of each event, and how many calls to Stripe the last one made."""
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from flexspace.core.models import Location
    from sandbox.app import Sandbox
    from terminal.event_handlers import process_event
    from terminal.models import Attempt, WebhookEvent
    from terminal.stripe_client import transport
    from tests.terminal.desk import Desk

    sandbox = Sandbox(db=":memory:", clock=time.time, sleep=lambda _seconds: None)
    sandbox.wire = None  # the desk of the tests may break it; nothing breaks here
    transport.mount("http://stripe.test", Stand(sandbox.wsgi))
    sandbox.add_account("sk_test_bench", "DE", "eur", "Bench")
    place = Location.objects.create(
        name="Kai", code="KAI", time_zone="Europe/Berlin", currency="EUR", country="DE", city="Kiel"
    )
    desk, spent, queries, calls = Desk(sandbox, None, place, "sk_test_bench"), [], [], 0
    for number in range(times + 3):
        attempt = desk.waiting(desk.invoice(14500))
        desk.tap()
        body = json.dumps({"data": {"object": {"id": attempt.remote_id}}})
        event = WebhookEvent.objects.create(
            config=desk.config, event_id=f"evt_{attempt.pk}", type="payment_intent.succeeded", body=body
        )
        before, pk = len(desk.calls()), event.pk
        if number < times:
            spent.append(timed(lambda pk=pk: process_event(pk, now=timezone.now())))
        else:  # counting takes time of its own
            with CaptureQueriesContext(connection) as seen:
                process_event(pk, now=timezone.now())
            queries.append(len([query for query in seen if query["sql"].split()[0] in ("SELECT", "INSERT", "UPDATE")]))
        calls = len(desk.calls()) - before
        assert Attempt.objects.get(pk=attempt.pk).state == "succeeded"
    return {"ms": spent, "queries": queries, "calls": calls}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()
    if options.inside:
        print(json.dumps(measure(options.times)))
        return
    for vendor in vendors():
        with databases(vendor, "settle") as places:
            command = [sys.executable, "-m", "benchmarks.settle", "--inside", "--times", str(options.times)]
            environment = {**os.environ, **places["settle"]}
            done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        found = json.loads(done.stdout)
        took, own = (statistics.median(column) for column in zip(*found["ms"], strict=True))
        print(
            f"{vendor}: {max(found['queries'])} queries, {found['calls']} calls to Stripe,"
            f" quickest {min(found['ms'])[0]:.1f} ms, median {took:.1f} ms, of which {own:.1f} ms of our own processor",
            flush=True,
        )


if __name__ == "__main__":
    main()
