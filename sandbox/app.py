"""The sandbox as one object: a WSGI callable, its clock, its webhooks.

In-process:

    sandbox = Sandbox(db=":memory:", clock=clock, sleep=clock.advance)
    account = sandbox.add_account("sk_test_x", "DE", "eur", "Spreehaus")
    site = sandbox.salto.add_site(name="Harbour Works", seats=50)
    sandbox.wsgi(environ, start_response)   # may raise AnswerLost or RequestLost
    sandbox.tick()                          # what the clock made due
    sandbox.deliver_due(post)               # post(url, body, headers) -> status
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.accounts import Accounts
from sandbox.api import Api
from sandbox.control import Control
from sandbox.idempotency import forget_unfinished
from sandbox.jobs import run_due
from sandbox.messages import Reply, Request
from sandbox.pages import routes as pages
from sandbox.salto.app import Salto
from sandbox.store import Store
from sandbox.webhooks import Post, deliver_due

StartResponse = Callable[..., Any]

_REASONS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 302: "Found",
            303: "See Other", 400: "Bad Request", 401: "Unauthorized", 402: "Request Failed",
            403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict",
            415: "Unsupported Media Type", 429: "Too Many Requests", 500: "Internal Server Error",
            503: "Service Unavailable"}  # fmt: skip


class Sandbox:
    """A stateful emulator of the used parts of Stripe and of SALTO KS.

    `db` is a file or ":memory:"; `clock` returns unix seconds; `sleep` waits for seconds and, with
    a virtual clock, must advance it; `webhook_base` replaces scheme, host and port of endpoints;
    `page_base` is where browsers find the hosted pages, without it where the call came to.
    """

    def __init__(
        self,
        db: str = ":memory:",
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        webhook_base: str | None = None,
        page_base: str | None = None,
    ) -> None:
        self.store = Store(db)
        self.clock = clock
        self.webhook_base = webhook_base
        self.accounts = Accounts(self.store)
        self.control = Control(self.store, self.accounts, clock)
        self._api = Api(self.store, self.accounts, clock, sleep, page_base)
        self.salto = Salto(self.store, clock, sleep, page_base)
        forget_unfinished(self.store)

    def add_account(self, key: str, country: str, currency: str, name: str = "Sandbox", **more: Any) -> str:
        """Create an account (or find it by its key) and return its id."""
        given = {"key": key, "country": country, "currency": currency, "name": name, **more}
        with self.store.transaction():
            return str(self.accounts.add(given, self.clock())["id"])

    def answer(self, request: Request) -> Reply:
        """Answer one request. Raises AnswerLost or RequestLost where mischief says so."""
        if request.path.startswith("/v1/"):
            return self._api.answer(request)
        if request.path.startswith(("/salto/", "/_sandbox/salto/")) or request.path == "/salto":
            return self.salto.answer(request)
        if request.path.startswith("/_sandbox/"):
            return self.control.answer(request)
        self.tick()
        with self.store.transaction():
            return pages.answer(self.control, request, self.salto.card)

    def wsgi(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Serve as a WSGI application: https://peps.python.org/pep-3333/ ."""
        reply = self.answer(_request(environ))
        headers = {**reply.headers, "Content-Length": str(len(reply.body))}
        reason = _REASONS.get(reply.status, "Unknown")
        start_response(f"{reply.status} {reason}", list(headers.items()))
        return [reply.body]

    def tick(self) -> int:
        """Do what the clock has made due (bank answers, late commands …); return how much."""
        return run_due(self.store, self.clock())

    def deliver_due(self, post: Post) -> int:
        """Deliver the webhooks that are due; return how many were sent."""
        self.tick()
        return deliver_due(self.store, self.clock(), post, self.webhook_base)

    def close(self) -> None:
        """Close the store."""
        with self.store.lock:
            self.store.db.close()


def _request(environ: dict[str, Any]) -> Request:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    if "SERVER_NAME" in environ:
        port = environ.get("SERVER_PORT", "80")
        headers.setdefault("host", environ["SERVER_NAME"] + ("" if port == "80" else f":{port}"))
    return Request(
        environ["REQUEST_METHOD"],
        environ.get("PATH_INFO", "/"),
        environ.get("QUERY_STRING", ""),
        environ["wsgi.input"].read(length) if length else b"",
        headers,
    )
