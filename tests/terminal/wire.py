"""The wire between product and sandbox, where a test can kill the caller or act while a call is under way."""

from collections.abc import Callable
from typing import Any

import requests
from django.db import connection

from tests.sandbox.wsgi_adapter import WsgiAdapter


class Killed(BaseException):
    """The process died here: no handler of the product may see it."""


class Wire(WsgiAdapter):
    """Kills the caller before or after one call, and runs what a test wants to happen while an answer is slow."""

    def __init__(self, application: Callable[..., Any]) -> None:
        super().__init__(application)
        self._kill: tuple[str, str] | None = None  # moment, "METHOD /path"
        self._meanwhile: list[Callable[[], Any]] = []
        self.answers: list[tuple[str, requests.Response]] = []  # answers to give instead of asking
        self.sent: list[tuple[str, Any]] = []  # "METHOD /path", time-outs

    def kill(self, moment: str, call: str) -> None:
        """Kill the next caller whose "METHOD /path" begins so, ``moment`` "before" the call or "after" it."""
        self._kill = (moment, call)

    def heal(self) -> None:
        """Kill nobody any more."""
        self._kill = None
        self._meanwhile.clear()

    def answer(self, call: str, status: int, body: str, **headers: str) -> None:
        """Give the next matching call this answer without asking the sandbox."""
        response = requests.Response()
        response.status_code, response._content = status, body.encode()
        response.headers.update(headers)
        self.answers.append((call, response))

    def meanwhile(self, deed: Callable[[], Any]) -> None:
        """Do something while the next slow call is under way."""
        self._meanwhile.append(deed)

    def pause(self, wait: Callable[[float], Any]) -> Callable[[float], None]:
        """Return the sandbox's sleep: first what happens meanwhile, then the time passes."""

        def sleep(seconds: float) -> None:
            while self._meanwhile:
                self._meanwhile.pop(0)()
            wait(seconds)

        return sleep

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Pass a call on, unless the test decided otherwise."""
        what = f"{request.method} {request.path_url}"
        ours = [block for block in connection.atomic_blocks if not block._from_testcase]
        assert ours == [], f"{what} inside a transaction"
        self.sent.append((what, kwargs.get("timeout")))
        if self._dies("before", what):
            raise Killed(what)
        for index, (call, response) in enumerate(self.answers):
            if what.startswith(call):
                del self.answers[index]
                response.url, response.request = request.url or "", request
                return response
        response = super().send(request, *args, **kwargs)
        if self._dies("after", what):
            raise Killed(what)
        return response

    def _dies(self, moment: str, what: str) -> bool:
        if self._kill and self._kill[0] == moment and what.startswith(self._kill[1]):
            self._kill = None
            return True
        return False
