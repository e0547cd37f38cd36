"""Whose webhook an address is: kept in this process for a moment, so that a delivery costs no query and no decryption.

However many are posted, and to whatever address, the table is read at most once in ``REST`` seconds.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

from terminal.models import StripeConfig

KEPT = 2.0  # seconds; so long a secret that was taken away is still good in another process
REST = 0.1  # seconds; so long a new secret may be unknown while somebody forges deliveries without a pause


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The account that posts to an address, and what it may sign with, the newest first."""

    config_id: int
    account_id: str
    livemode: bool
    secrets: tuple[str, ...]
    proven: bool = False  # a delivery signed with the newest has come


class Endpoints:
    """Every account's endpoint. They are few, so that all are read at once: a made-up address costs no read of its own.

    ``clock`` returns seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._changes = 0
        self._read: tuple[float, int, dict[UUID, Endpoint]] = (float("-inf"), 0, {})  # when, at which change, what

    def candidates(self, webhook_uuid: UUID) -> Iterator[Endpoint]:
        """Yield the endpoint as remembered; then, for who needs another one, as it is now if that is different."""
        remembered = self._fresh(KEPT).get(webhook_uuid)
        if remembered:
            yield remembered
        stored = self._fresh(REST).get(webhook_uuid)
        if stored and stored != remembered:
            yield stored

    def forget(self) -> None:
        """Read again at the next delivery."""
        self._changes += 1

    def _fresh(self, seconds: float) -> dict[UUID, Endpoint]:
        """Return what was read within ``seconds``; one thread reads, the others wait for it."""
        if not self._is_fresh(seconds):
            with self._lock:
                if not self._is_fresh(seconds):
                    now, changes = self._clock(), self._changes  # before the read: what changes during it is not in it
                    self._read = (now, changes, _stored())
        return self._read[2]

    def _is_fresh(self, seconds: float) -> bool:
        at, changes, _ = self._read
        return changes == self._changes and self._clock() - at < seconds


def _stored() -> dict[UUID, Endpoint]:
    rows = StripeConfig.objects.only(
        "webhook_uuid", "account_id", "livemode", "webhook_secret", "webhook_secret_previous", "webhook_proven_at"
    )
    return {
        row.webhook_uuid: Endpoint(
            row.pk, row.account_id, row.livemode, tuple(row.webhook_secrets), row.webhook_proven_at is not None
        )
        for row in rows
    }


endpoints = Endpoints()
