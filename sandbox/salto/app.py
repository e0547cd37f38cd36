"""SALTO KS as one object beside Stripe: identity server, Connect API, control, pages."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

from sandbox.messages import Reply, Request, json_reply
from sandbox.salto import build, control, tokens
from sandbox.salto import identity as identities
from sandbox.salto.api import PREFIX, Api
from sandbox.salto.errors import SaltoError
from sandbox.salto.mischief import after, before, logged, strikes, wait
from sandbox.salto.pages import routes as pages
from sandbox.salto.space import INDEXES, realm_of
from sandbox.store import Store

CONTROL = "/_sandbox/salto"


class Salto:
    """Answers requests under /salto and /_sandbox/salto. `clock` gives unix seconds, `sleep` waits for some."""

    def __init__(
        self, store: Store, clock: Callable[[], float], sleep: Callable[[float], None], page_base: str | None
    ) -> None:
        self._store, self._clock, self._sleep = store, clock, sleep
        self._api = Api(store, clock, sleep)
        self._identity = identities.Identity(store, clock, page_base)
        store.db.executescript(INDEXES)

    def add_site(self, **given: Any) -> dict[str, Any]:
        """Create a site (or find it by its name) and return it, as `POST /_sandbox/salto/sites` does."""
        with self._store.transaction():
            return control.whole(build.add_site(realm_of(self._store, self._clock()), given))

    def add_client(self, **given: Any) -> dict[str, Any]:
        """Register a client, as `POST /_sandbox/salto/clients` does."""
        with self._store.transaction():
            return tokens.add_client(realm_of(self._store, self._clock()), given)

    def card(self) -> str:
        """Return what the sandbox's first page shows of the sites. Call it inside a transaction."""
        return pages.card(realm_of(self._store, self._clock()))

    def answer(self, request: Request) -> Reply:
        """Answer one request. Raises AnswerLost or RequestLost where mischief says so."""
        if request.path.startswith(f"{PREFIX}/"):
            return self._api.answer(request)
        if request.path.startswith(f"{identities.PREFIX}/"):
            return self._identify(request)
        if request.path.startswith(CONTROL):
            return self._control(request)
        with self._store.transaction():
            return pages.answer(realm_of(self._store, self._clock()), request)

    def _identify(self, request: Request) -> Reply:
        """Answer for the identity server; what programs ask it for may go wrong on its way."""
        path = request.path.removeprefix(f"{identities.PREFIX}/")
        if path == "connect/authorize":
            with self._store.transaction():
                return self._identity.answer(request)
        try:
            return logged(
                self._store, self._clock, "", request, f"{request.method} {path}", lambda _: self._ask(request)
            )
        except SaltoError as error:
            return error.reply("v1.2")

    def _ask(self, request: Request) -> Reply:
        path = request.path.removeprefix(f"{identities.PREFIX}/")
        with self._store.transaction():
            found = strikes(realm_of(self._store, self._clock()), None, f"{request.method} {path}", {})
        wait(self._sleep, 0.0, found)
        before(found)
        with self._store.transaction():
            reply = self._identity.answer(request)
        return after(self._sleep, found, reply)

    def _control(self, request: Request) -> Reply:
        """Answer one control request; {"error"} with 400 for a wrong one, 404 for none such."""
        path = [unquote(part) for part in request.path.removeprefix(CONTROL).split("/") if part]
        try:
            body = json.loads(request.body) if request.body.strip() else {}
            if not isinstance(body, dict):
                raise ValueError("the body must be an object")
            with self._store.transaction():
                realm = realm_of(self._store, self._clock())
                found = control.answer(realm, request.method, path, body, dict(parse_qsl(request.query)))
        except (ValueError, KeyError, TypeError) as error:
            return json_reply({"error": str(error)}, 400)
        except SaltoError as error:
            return json_reply({"error": str(error)}, error.status)
        if found is None:
            return json_reply({"error": f"no {request.method} {request.path}"}, 404)
        return json_reply(found)
