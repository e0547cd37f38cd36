"""Deliveries beside a real worker, without a schedule that would find what was missed."""

import time
from datetime import timedelta

import pytest

from terminal import webhooks
from terminal.models import WebhookEvent
from terminal.wake import PAUSE
from tests.e2e.counter import within
from tests.e2e.worker import running_worker
from tests.terminal.test_webhooks import config, event, post

__all__ = ["config"]  # the fixture
pytestmark = [
    pytest.mark.redis,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.terminal.urls"),
]


@pytest.fixture
def worker(redis_url, settings, transactional_db):
    """Return a running worker that gets the messages of this process."""
    with running_worker(redis_url, settings.STRIPE_API_BASE) as running:
        yield running


def waits():
    """Wait until every event is processed; return how long each took after it came, or fail."""
    deadline = time.monotonic() + 15
    while WebhookEvent.objects.filter(processed_at=None).exists():
        assert time.monotonic() < deadline, "An event was missed."
        time.sleep(0.02)
    return [done - came for came, done in WebhookEvent.objects.values_list("received_at", "processed_at")]


def test_every_delivery_is_processed_within_a_moment_whether_it_rang_or_not(worker, config, monkeypatch):
    post(config, event())
    waits()  # the worker's first task loads what it needs
    rung, plain = [], webhooks.enqueue
    monkeypatch.setattr(webhooks, "enqueue", lambda *call: (rung.append(call), plain(*call)))
    began = time.monotonic()
    for _ in range(40):
        post(config, event())
    assert len(rung) <= (time.monotonic() - began) / PAUSE + 1 < 40
    for pause in (0.1, 0.2, 0.3, 0.55, 1.1):
        time.sleep(pause)
        post(config, event())

    assert max(waits()) < timedelta(seconds=within(1))
