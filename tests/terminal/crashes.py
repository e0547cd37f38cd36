"""Kills the process after a commit to the database, as ``Wire.kill`` does around a call to Stripe."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

from tests.terminal.wire import Killed


class Commits:
    """Counts commits, and lets the caller die right after one of them."""

    def __init__(self) -> None:
        self.seen = 0
        self.fatal = 0

    @contextmanager
    def watched(self, *, fatal: int = 0) -> Iterator[None]:
        """Count from here on; die after the commit with the number ``fatal``, 0 for none."""
        real = BaseDatabaseWrapper.commit

        def commit(connection: BaseDatabaseWrapper) -> None:
            real(connection)
            self.seen += 1
            if self.seen == self.fatal:
                raise Killed(f"after commit {self.fatal}")

        self.seen, self.fatal = 0, fatal
        BaseDatabaseWrapper.commit = commit
        try:
            yield
        finally:
            BaseDatabaseWrapper.commit = real
