"""Real processes, killed at random while customers pay and get money back: afterwards both books agree to the cent.

``make proof`` takes 200 charges on each database; FLEXSPACE_CHARGES says how many, FLEXSPACE_SEED repeats the choices.
"""

import datetime as dt
import os
import random
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from django.db import connection
from django.utils import timezone

from billing.enums import REFUND_LIVE, RefundMethod, RefundOutcome
from billing.models import Payment, Refund
from billing.queries.refunds import refundable
from flexspace.core.actors import Actor
from flexspace.core.api_tokens import create_token
from flexspace.core.errors import Conflict, DomainError
from flexspace.management.demo.broker import find_server
from flexspace.management.seed.data import HAFENPLATZ
from flexspace.management.seed.places import connect_stripe, listen
from terminal.enums import CancelReason
from terminal.models import Attempt, WebhookEvent
from terminal.services.cancel import request_cancel
from terminal.services.refund_step import due_refunds, step_refund
from terminal.services.step import advance, due_attempts
from tests.e2e.outside import GOOD, NO_FUNDS, Outside
from tests.factories.billing import make_issued_invoice
from tests.factories.refunds import give_back
from tests.kills.company import Company
from tests.terminal import invariants
from tests.terminal.money_back import FAILS_LATER

pytestmark = [
    pytest.mark.proof,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not find_server(), reason="needs a broker of its own to kill"),
]
FAULTS = ["answer_lost", "request_lost", "unavailable", "error_after", "status"]
CALLS = ["POST /v1/payment_intents", "POST /v1/terminal/readers", "GET /v1/payment_intents", "GET /v1/terminal/readers",
         "POST /v1/refunds", "GET /v1/refunds"]  # fmt: skip
CARDS = [GOOD, GOOD, FAILS_LATER, NO_FUNDS]
READERS = tuple((f"Reader {number}", "simulated-s700") for number in range(1, 5))
KILL_EVERY = (3.0, 12.0)  # seconds: long enough for a process to start and be in the middle of something


class Shift:
    """Four readers, and staff who press again when nothing answers, as people do."""

    def __init__(self, company, outside, chance, hafen, ada):
        self.company, self.outside, self.chance = company, outside, chance
        self.hafen, self.ada = hafen, ada
        self.next_kill = 0.0
        self.calls = 0

    def post(self, path, body, key):
        """Press a button until something answers; the form's key is the same all along."""
        if self.calls % 20 == 0:  # a token may call sixty times a minute
            self.secret = self.new_secret()
        self.calls += 1
        headers = {"Authorization": f"Bearer {self.secret}", "Idempotency-Key": key}
        url = f"{self.company.addresses.web}/api/v1/{path}"
        for _ in range(200):
            with suppress(requests.RequestException):
                answer = requests.post(url, json=body, headers=headers, timeout=30)
                if answer.status_code < 500:
                    return answer
            self.trouble()
            time.sleep(0.2)
        raise AssertionError(self.company.said())

    def new_secret(self):
        now = timezone.now()
        _row, secret = create_token(by=self.ada, name=f"Till {uuid4()}", scopes=["charge"], locations=[self.hafen],
                                    expires_at=now + dt.timedelta(days=1), now=now)  # fmt: skip
        return secret

    def trouble(self):
        """Kill somebody, if it is time, and let the next calls to Stripe go wrong."""
        if time.monotonic() < self.next_kill:
            return
        self.next_kill = time.monotonic() + self.chance.uniform(*KILL_EVERY)
        self.company.kill(self.chance.choice(self.company.mortal))
        with suppress(OSError):
            self.outside.fault(self.chance.choice(FAULTS), self.chance.choice(CALLS), status=429)

    def round(self):
        """Charge four invoices on four readers, each until it is over or its customer has left."""
        for reader in self.outside.readers:
            invoice = make_issued_invoice(self.hafen, self.chance.randrange(100, 50000), now=timezone.now())
            part = {"invoice": str(invoice.uuid), "amount": {"amount": invoice.total_amount, "currency": "EUR"}}
            self.post("attempts/", {"reader": reader.stripe_id, "invoices": [part]}, str(uuid4()))
        patience = time.monotonic() + 40
        while Attempt.objects.live().exists() and time.monotonic() < patience:
            for reader in self.outside.readers:
                with suppress(OSError, AssertionError):
                    if self.outside.screen(reader)["state"] == "amount" and self.chance.random() < 0.5:
                        self.outside.tap(reader, self.chance.choice(CARDS))
            self.trouble()
            time.sleep(0.3)
        self.give_back()

    def give_back(self):
        """Let some of the customers have a part, or all, of what they paid; the worker sends it while it is killed."""
        payments = list(Payment.objects.order_by("-pk")[:8])
        for payment in self.chance.sample(payments, len(payments) // 3):
            here = [(invoice, part) for invoice, part in refundable(payment).parts.items() if part]
            for invoice, part in here:
                outcome = self.chance.choice([RefundOutcome.CREDIT, RefundOutcome.REOPEN])
                with suppress(DomainError):  # such as a refund of it that is still on its way
                    give_back(payment, parts={invoice: max(1, part // self.chance.choice([1, 2, 3]))},
                              method=RefundMethod.CARD, outcome=outcome, now=timezone.now())  # fmt: skip


class Books:
    """The sandbox's account, as the invariants ask for it."""

    def __init__(self, outside):
        self.outside = outside

    def books(self):
        return self.outside.intents()

    def calls(self, part=""):
        path = f"accounts/{self.outside.key}/calls?limit=100000"
        return [one for one in self.outside.control(path, method="GET")["calls"] if part in one["path"]]


@pytest.fixture
def company(transactional_db, settings):
    settings.CELERY_BROKER_URL = "memory://"
    with tempfile.TemporaryDirectory(prefix="fx-") as folder:
        one = Company(Path(folder), apart=connection.vendor == "postgresql")
        settings.SITE_URL = one.addresses.web
        settings.STRIPE_API_BASE = settings.SANDBOX_URL = one.addresses.sandbox
        try:
            one.start()
            yield one
        finally:
            one.stop()


@pytest.fixture
def outside(company, hafen):
    hafen.walk_off_seconds = 20
    hafen.save()
    place = replace(HAFENPLATZ, readers=READERS)
    config = connect_stripe(place, hafen)
    listen(place, config)
    found = Outside(company.addresses.sandbox, place.key)
    found.readers = list(config.readers.order_by("label"))
    return found


def sweep(seconds=300):
    """Let one process go on as the schedule does, until nothing is left to do."""
    deadline = time.monotonic() + seconds
    # Staff give up what would wait for another card, or for Stripe to forget an error that it repeats for a day.
    for attempt in Attempt.objects.live().filter(state__in=["declined", "reserved"]):
        with suppress(Conflict):
            request_cancel(attempt.pk, by=Actor.job("test"), now=timezone.now(), reason=CancelReason.STAFF)
    while _something_lives() and time.monotonic() < deadline:
        for attempt_id in due_attempts(timezone.now()):
            advance(attempt_id, now=timezone.now())
        for refund_id in due_refunds(timezone.now()):
            step_refund(refund_id, now=timezone.now())
        time.sleep(0.5)


def _something_lives():
    return Attempt.objects.live().exists() or Refund.objects.filter(state__in=REFUND_LIVE).exists()


def test_killed_processes_leave_both_books_equal_to_the_cent(company, outside, hafen, ada):
    number = int(os.environ.get("FLEXSPACE_SEED", random.SystemRandom().randrange(10**9)))
    charges = int(os.environ.get("FLEXSPACE_CHARGES", "200"))
    print(f"FLEXSPACE_SEED={number}")  # noqa: T201  (shown when it fails, kept in docs/proofs.md)
    began, shift = time.monotonic(), Shift(company, outside, random.Random(number), hafen, ada)
    while Attempt.objects.count() < charges:
        shift.round()
    company.wait()
    outside.control(f"accounts/{outside.key}/faults", method="DELETE")
    company.children["worker"].sweep()  # one sweep by one process, and it suffices
    sweep()
    books = Books(outside)
    for invariant in (*invariants.ALWAYS, *invariants.AT_REST):
        if invariant is not invariants.effects_are_single:  # mails were sent by processes that are gone
            invariant(books)
    taken = Payment.objects.count()
    attempts, refunds, events = Attempt.objects.count(), Refund.objects.count(), WebhookEvent.objects.count()
    back = sum(one["amount_refunded"] for one in outside.intents())
    print(f"{attempts} attempts, {taken} paid, {outside.received()} cents in both books, "  # noqa: T201
          f"{refunds} refunds, {back} cents back, {events} events, "
          f"killed {company.killed}, {time.monotonic() - began:.0f} s")  # fmt: skip
    assert taken > charges // 4
    assert sum(company.killed.values()) >= charges // 10
