"""How far our clock is ahead of Stripe's: read from what dates each answer, kept when readers are read."""

import time

import pytest
from django.utils import timezone

from terminal.services.readers import sync_account
from terminal.stripe_client import StripeProblem, transport

pytestmark = pytest.mark.django_db(transaction=True)


def read(desk, shift=0.0):
    desk.sandbox.clock = desk.sandbox._api._clock = lambda: time.time() + shift
    sync_account(desk.config_now(), now=timezone.now())
    return desk.config_now().clock_ahead


@pytest.mark.parametrize("shift", [0, 90, -400])
def test_kept_with_its_sign_within_a_second(desk, shift):
    assert read(desk, shift) == pytest.approx(-shift, abs=1)


def test_what_could_not_be_read_changes_nothing(desk):
    read(desk, 90)
    desk.fault("answer_lost", "GET /v1/terminal/readers", times=9)
    with pytest.raises(StripeProblem):
        read(desk)
    assert desk.config_now().clock_ahead == pytest.approx(-90, abs=1)


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 09:00:00 GMT"])
def test_answer_without_a_date_says_nothing(date):
    assert transport._ahead(date, 1_700_000_000.0) is None
