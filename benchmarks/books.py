# ruff: noqa: PLC0415  (Django is set up inside)
"""What comparing Stripe's books with ours costs: calls and milliseconds, with little and with much history."""

import argparse
import json
import os
import subprocess
import sys
import time

from benchmarks.place import ROOT, databases, vendors

NEW = 3


def measure(old):
    """Return calls and milliseconds of one round over three new payments, before and after ``old`` others were made."""
    import django

    django.setup()
    from django.utils import timezone

    from flexspace.core.models import Location, User
    from sandbox.app import Sandbox
    from terminal.models import Difference, StripeMoney
    from terminal.services.compare import compare
    from terminal.stripe_client import transport
    from tests.sandbox.wsgi_adapter import WsgiAdapter
    from tests.terminal.desk import Desk

    sandbox = Sandbox(db=":memory:", clock=time.time, sleep=lambda _seconds: None)
    sandbox.wire = None  # the desk of the tests may break it; nothing breaks here
    sent = []

    class Counted(WsgiAdapter):
        def send(self, request, *args, **kwargs):
            sent.append(request.path_url)
            return super().send(request, *args, **kwargs)

    transport.mount("http://stripe.test", Counted(sandbox.wsgi))
    sandbox.add_account("sk_test_bench", "DE", "eur", "Bench")
    place = Location.objects.create(
        name="Kai", code="KAI", time_zone="Europe/Berlin", currency="EUR", country="DE", city="Kiel"
    )
    desk = Desk(sandbox, None, place, "sk_test_bench")

    def round_():
        for _ in range(NEW):
            desk.dashboard("take_payment", "", amount=700)
        before, began = len(sent), time.perf_counter()
        assert compare(desk.config, now=timezone.now())
        return {"calls": len(sent) - before, "ms": (time.perf_counter() - began) * 1000}

    person = User.objects.create_user("boss@example.com", name="Boss", role="manager")
    compare(desk.config, now=timezone.now())
    little = round_()
    desk.dashboard("take_payment", "", amount=600, times=old, ago=86_400 * 3)
    compare(desk.config, now=timezone.now(), month=True)
    assert StripeMoney.objects.count() == old + NEW
    Difference.objects.update(closed_at=timezone.now(), closed_by=person)  # somebody dealt with them
    return {"little": little, "much": round_()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", type=int, default=1000)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()
    if options.inside:
        print(json.dumps(measure(options.old)))
        return
    for vendor in vendors():
        with databases(vendor, "books") as places:
            command = [sys.executable, "-m", "benchmarks.books", "--inside", "--old", str(options.old)]
            environment = {**os.environ, **places["books"]}
            done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        found = json.loads(done.stdout)
        little, much = found["little"], found["much"]
        print(
            f"{vendor}: {NEW} new payments, {little['calls']} calls to Stripe, {little['ms']:.0f} ms;"
            f" with {options.old} old ones {much['calls']} calls, {much['ms']:.0f} ms",
            flush=True,
        )


if __name__ == "__main__":
    main()
