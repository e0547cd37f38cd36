"""How a reader is, before a customer stands in front of it."""

import datetime as dt

import pytest
from django.utils import timezone

from flexspace.core.levels import Level
from terminal.explain.reader_care import ReaderFacts, care, is_old, restarts_about
from terminal.models import Reader
from terminal.queries import cares_of
from terminal.services.readers import sync_account

NOON, NIGHT = dt.time(12), dt.time(0, 5)


def facts(**more):
    known = {"local": NOON, "status": "online", "seen_age": 20, "proof_age": 3600, "software": "2.43.1.0", **more}
    return ReaderFacts(**known)


@pytest.mark.parametrize(
    ("known", "level", "said", "cure"),
    [
        ({}, "green", "Seen by Stripe 20 s ago, part of a payment 1 h ago, software 2.43.1.0.", ""),
        ({"seen_age": None, "proof_age": None, "software": ""}, "green", "no payment yet, software unknown", ""),
        ({"status": "offline", "seen_age": 40000}, "amber", "heard from it 11 h ago", "power and network"),
        ({"status": "offline", "seen_age": None}, "amber", "never heard from it", "power and network"),
        ({"status": "offline", "local": NIGHT}, "green", "restarts each night", ""),
        ({"software": "2.27.7.0"}, "amber", "Its software is 2.27.7.0", "overnight"),
        ({"shows": "pi_1", "shows_age": 720}, "amber", "For 12 min it has shown a payment", "clear it"),
        ({"shows": "collect_inputs", "shows_age": 720}, "amber", "it has shown something", "clear it"),
        ({"shows": "pi_1", "shows_age": 60}, "green", "Seen by Stripe", ""),
    ],
)
def test_the_worst_that_is_known_is_said_with_its_cure(known, level, said, cure):
    found = care(facts(**known))
    assert (found.level, said in found.said, cure in found.cure) == (Level(level), True, True)
    assert bool(found.cure) == (level != "green")


def test_the_nightly_restart_and_old_software():
    assert [restarts_about(dt.time(*at)) for at in ((23, 57), (23, 58), (0, 19), (0, 20), (12, 0))] == [
        False, True, True, False, False]  # fmt: skip
    assert [is_old(text) for text in ("2.28.2.9", "2.28.3.0", "2.9", "10.1", "", "beta")] == [
        True, False, True, False, False, False]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_what_is_read_at_stripe_says_how_a_reader_is(desk):
    def now_says():
        sync_account(desk.config, now=timezone.now())
        readers = list(Reader.objects.select_related("stripe_location__location"))
        return cares_of(readers, timezone.now())[desk.reader.pk].said

    attempt = desk.waiting(desk.invoice(14500))
    now_says()
    desk.clock.shift(dt.timedelta(minutes=5))
    assert "Seen by Stripe" in now_says()  # ours: somebody waits for it
    desk.cancel(attempt)
    desk.settle(attempt)
    other = desk.api(
        "payment_intents", {"amount": 900, "currency": "eur", "allowed_payment_method_types[0]": "card_present"}
    )
    desk.api(f"terminal/readers/{desk.reader.stripe_id}/process_payment_intent", {"payment_intent": other["id"]})
    assert "Seen by Stripe" in now_says()
    desk.clock.shift(dt.timedelta(minutes=3))
    assert f"For 3 min it has shown a payment that nobody here waits for ({other['id']})." in now_says()
    desk.api(f"terminal/readers/{desk.reader.stripe_id}/cancel_action")
    assert "Seen by Stripe" in now_says()
