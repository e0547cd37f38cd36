"""Hands work to the queue after the commit. It never raises and is never relied on: beat finds what is due."""

import time
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)
_BROKER_REST_SECONDS = 5.0
_broker_down_until = 0.0


def enqueue(task: Any, *args: int | str) -> None:
    """Send ``task`` with ``args`` (ids only) once the current transaction has committed.

    With the broker down the page goes on: the failure is logged, and the next try waits a few seconds so that
    not every page pays for the time-out.
    """
    transaction.on_commit(partial(_send, task, args), robust=True)


def _send(task: Any, args: tuple[int | str, ...]) -> None:
    global _broker_down_until  # noqa: PLW0603  (one process-wide circuit breaker)
    if time.monotonic() < _broker_down_until:
        return
    try:
        task.apply_async(args=args, retry=False)
    except (OperationalError, OSError) as error:
        _broker_down_until = time.monotonic() + _BROKER_REST_SECONDS
        log.warning("queue.unreachable", task=task.name, error=type(error).__name__)
