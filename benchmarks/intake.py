# ruff: noqa: PLC0415  (Django is set up inside)
"""Webhook intake beside a bare Django view that verifies the signature and inserts the row: how much does ours cost?

They go through the same WSGI application, middleware and database, in turns. The goal is 0.8 of the bare rate. A bare
view that also hands the row to the queue is measured too, because ours must: that tells where the difference goes.
Rates are deliveries for each second of the process's own CPU time: what else runs on the machine does not count.
"""

import argparse
import hashlib
import hmac
import json
import os
import statistics
import subprocess
import sys
import time

from benchmarks.place import ROOT, databases, vendors

GOAL = 0.8
SECRET = "whsec_" + "b" * 32


def measure(rounds, each):
    """Return the rates (deliveries a CPU second) of each round."""
    import django

    django.setup()
    from django.test import Client, override_settings

    from terminal.models import StripeConfig, WebhookEvent

    config = StripeConfig.objects.create(
        name="b", account_id="acct_b", country="DE", currency="EUR", secret_key="sk_test_bench", webhook_secret=SECRET
    )
    client, rates = Client(), {"bare": [], "queued": [], "ours": []}
    paths = {"bare": "/bare/", "queued": "/queued/", "ours": f"/webhooks/stripe/{config.webhook_uuid}/"}
    with override_settings(ROOT_URLCONF="benchmarks.intake_urls"):
        for number in range(rounds + 1):
            spent = dict.fromkeys(rates, 0.0)
            for index in range(each):  # the sides take turns call by call, so that a busy moment meets all of them
                for side in rates if index % 2 else reversed(rates):
                    body, headers = delivery(f"evt_{side}_{number}_{index}")
                    began = time.process_time()
                    answer = client.post(paths[side], body, content_type="application/json", headers=headers)
                    spent[side] += time.process_time() - began
                    assert answer.status_code == 200
            for side in rates if number else ():  # the first round warms up
                rates[side].append(each / spent[side])
    assert WebhookEvent.objects.count() == len(rates) * each * (rounds + 1)
    return rates


def delivery(event_id):
    """Return body and headers as Stripe sends them."""
    intent = {"id": "pi_bench", "object": "payment_intent", "metadata": {}, "padding": "x" * 2500}
    event = {"id": event_id, "object": "event", "type": "payment_intent.succeeded", "livemode": False}
    body = json.dumps(event | {"data": {"object": intent}})
    at = int(time.time())
    signature = hmac.new(SECRET.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return body, {"Stripe-Signature": f"t={at},v1={signature}"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--each", type=int, default=60)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()
    if options.inside:
        print(json.dumps(measure(options.rounds, options.each)))
        return
    for vendor in vendors():
        with databases(vendor, "intake") as places:
            command = [sys.executable, "-m", "benchmarks.intake", "--inside"]
            command += ["--rounds", str(options.rounds), "--each", str(options.each)]
            environment = {**os.environ, **places["intake"]}
            done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        rates = json.loads(done.stdout)
        ratios = {
            side: [ours / other for ours, other in zip(rates["ours"], rates[side], strict=True)]
            for side in ("bare", "queued")
        }
        bare, queued, ours = (statistics.median(rates[side]) for side in ("bare", "queued", "ours"))
        ratio, spread = statistics.median(ratios["bare"]), f"{min(ratios['bare']):.2f} to {max(ratios['bare']):.2f}"
        print(f"{vendor}: bare {bare:.0f}/s, bare with queue {queued:.0f}/s, ours {ours:.0f}/s")
        print(f"{vendor}: ratio {ratio:.2f} ({spread}), goal {GOAL} {'reached' if ratio >= GOAL else 'missed'}")
        print(f"{vendor}: beside the bare view with queue {statistics.median(ratios['queued']):.2f}", flush=True)


if __name__ == "__main__":
    main()
