"""Numbers every commit and every outside call of a flow, and lets the process die right before or after one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from terminal import webhooks
from terminal.endpoints import endpoints
from terminal.wake import Bell
from tests.terminal.wire import Killed, Wire

WRITES = ("INSERT", "UPDATE", "DELETE")


class Points:
    """One run of a flow: ``seen`` are its points in order, ``hit`` says whether the fatal one was reached."""

    def __init__(self, wire: Wire, *, fatal: int = 0, moment: str = "before") -> None:
        self.wire, self.fatal, self.moment = wire, fatal, moment
        self.seen: list[str] = []

    @property
    def hit(self) -> bool:
        """Return whether the process died."""
        return 0 < self.fatal <= len(self.seen)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Count from here on, and die at the fatal point; whoever reads on has a new process without memory."""
        commit, send = BaseDatabaseWrapper.commit, self.wire.send

        def watched_commit(on: BaseDatabaseWrapper) -> None:
            def die() -> None:
                on.run_on_commit = []  # who is dead tells nobody
                on.rollback()

            self._pass("commit", lambda: commit(on), die)

        def watched_send(request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            what = f"{request.method} {request.path_url}"
            return self._pass(what, lambda: send(request, *args, **kwargs))

        BaseDatabaseWrapper.commit, self.wire.send = watched_commit, watched_send  # type: ignore[method-assign]
        try:
            with connection.execute_wrapper(self._statement):
                yield
        except Killed:
            forget_everything()
        finally:
            BaseDatabaseWrapper.commit, self.wire.send = commit, send  # type: ignore[method-assign]

    def _statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Take a write outside of a transaction for the commit that it is."""
        if context["connection"].in_atomic_block or not sql.startswith(WRITES):
            return execute(sql, params, many, context)
        return self._pass("commit", lambda: execute(sql, params, many, context))

    def _pass(self, what: str, deed: Callable[[], Any], die: Callable[[], Any] = lambda: None) -> Any:
        self.seen.append(what)
        fatal = len(self.seen) == self.fatal
        if fatal and self.moment == "before":
            die()
            raise Killed(f"before {what}")
        result = deed()
        if fatal:
            die()
            raise Killed(f"after {what}")
        return result


def forget_everything() -> None:
    """Let a new process begin: it knows what the database holds, and nothing else."""
    connection.close()
    endpoints.forget()
    webhooks.refusals.reset()
    webhooks.bell = Bell()
