"""Handing work to the queue: after the commit, and never at the price of the page."""

import time
from typing import Any

import pytest
from celery import Celery
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from flexspace.core import enqueue as module
from flexspace.core.enqueue import enqueue


class Task:
    name = "tests.task"

    def __init__(self, error=None):
        self.sent = []
        self.error = error

    def apply_async(self, args, retry):
        assert retry is False
        if self.error:
            raise self.error
        self.sent.append(args)


def nothing(*args: Any) -> None:
    """Do nothing."""


@pytest.fixture(autouse=True)
def _closed_breaker(monkeypatch):
    monkeypatch.setattr(module, "_broker_down_until", 0.0)


@pytest.mark.django_db(transaction=True)
def test_sent_after_the_commit_only():
    task = Task()
    with transaction.atomic():
        enqueue(task, 7, "x")
        assert task.sent == []
    assert task.sent == [(7, "x")]


@pytest.mark.django_db(transaction=True)
def test_not_sent_after_a_rollback():
    task = Task()
    with transaction.atomic():
        enqueue(task, 7)
        transaction.set_rollback(True)
    assert task.sent == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError("down"), ConnectionRefusedError(), TimeoutError()])
def test_broker_that_is_down_never_fails_the_page(error):
    task = Task(error)
    with transaction.atomic():
        enqueue(task, 7)
    assert module._broker_down_until > time.monotonic()


@pytest.mark.django_db(transaction=True)
def test_real_client_of_a_dead_broker_does_not_raise_and_does_not_wait_twice():
    app: Any = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    task = app.task(nothing, name="tests.dead")
    started = time.monotonic()
    with transaction.atomic():
        enqueue(task)
    assert time.monotonic() - started < 2
    started = time.monotonic()
    with transaction.atomic():
        enqueue(task)
    assert time.monotonic() - started < 0.1


@pytest.mark.django_db(transaction=True)
def test_sends_again_once_the_rest_is_over(monkeypatch):
    task = Task()
    monkeypatch.setattr(module, "_broker_down_until", time.monotonic() + 60)
    enqueue(task, 1)
    assert task.sent == []
    monkeypatch.setattr(module, "_broker_down_until", time.monotonic() - 1)
    enqueue(task, 2)
    assert task.sent == [(2,)]


@pytest.mark.redis
@pytest.mark.django_db(transaction=True)
def test_real_broker_gets_the_message(redis_url):
    app: Any = Celery(broker=redis_url, set_as_current=False)
    app.conf.task_default_queue = "tests-enqueue"
    task = app.task(nothing, name="tests.alive")
    enqueue(task, 7)
    with app.connection_for_read() as connection:
        message = connection.SimpleQueue("tests-enqueue").get(timeout=5)
        message.ack()
    assert message.headers["task"] == "tests.alive"
