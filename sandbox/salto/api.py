"""The way of one call of the Connect API: route, token, mischief, who may, execution, answer."""

import json
import re
import uuid
from collections.abc import Callable
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

from sandbox.messages import AnswerLost, Reply, Request
from sandbox.salto import people, routes, tokens
from sandbox.salto.calls import Answer, Call
from sandbox.salto.errors import (
    NO_SUBSCRIPTION,
    NOT_RELEASED,
    UNAUTHORISED,
    SaltoError,
    invalid,
    not_allowed,
)
from sandbox.salto.mischief import Raw, Strikes, after, before, logged, lost, strikes, wait
from sandbox.salto.routes import ANYBODY, READ, USER, WRITE, Route
from sandbox.salto.space import Body, Realm, realm_of
from sandbox.store import Store

PREFIX = "/salto/api"
_PATH = re.compile(r"/(v[\d.]+)(/.*)")
_UNAUTHORISED = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class Api:
    """Answers requests under /salto/api. `clock` gives unix seconds, `sleep` waits for some."""

    def __init__(self, store: Store, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._store, self._clock, self._sleep = store, clock, sleep

    def answer(self, request: Request) -> Reply:
        """Execute a call. Raises AnswerLost or RequestLost where mischief says so."""
        found = _PATH.fullmatch(request.path.removeprefix(PREFIX))
        version, path = found.groups() if found else ("v1.2", request.path)
        if found is None or version not in routes.VERSIONS or not (routes.known(path) or version == "v2"):
            return Reply(404, b"")
        try:
            return self._dated(self._known(request, version, path))
        except SaltoError as error:
            return self._dated(error.reply(version))

    def _dated(self, reply: Reply) -> Reply:
        """Return an answer with the time it was given, by the clock of the API."""
        with self._store.transaction():
            now = self._clock() + realm_of(self._store, self._clock()).setting("clock_skew_seconds")
        return Reply(reply.status, reply.body, {**reply.headers, "Date": formatdate(now, usegmt=True)})

    def _known(self, request: Request, version: str, path: str) -> Reply:
        if version == "v2":
            raise not_allowed("Forbidden")
        at = routes.match(request.method, version, path)
        if at.route is None:
            return Reply(405, b"", {"Allow": ", ".join(at.allowed)})
        site_id = at.ids[0] if at.ids else ""
        return logged(
            self._store, self._clock, site_id, request, at.route.name,
            lambda line: self._struck(request, version, path, at.route, at.ids, line),
        )  # fmt: skip

    def _struck(self, request: Request, version: str, path: str, route: Any, ids: tuple[str, ...], line: Body) -> Reply:
        """Let mischief happen before and after the execution of a call."""
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        line["params"] = query
        with self._store.transaction():
            realm = realm_of(self._store, self._clock())
            site = realm.site(ids[0]) if ids and realm.peek("salto.site", ids[0]) else None
            found = strikes(realm, site, route.name, query, f"{path} {request.body.decode(errors='replace')}")
            pause = float(site.setting("latency_seconds")) if site else 0.0
        wait(self._sleep, pause, found)
        before(found)
        try:
            reply = self._run(request, version, path, route, ids, query, found, line)
        except SaltoError:
            if lost(found):  # also a no may get lost on its way
                raise AnswerLost from None
            raise
        return after(self._sleep, found, reply)

    def _run(self, request: Request, version: str, path: str, route: Route, ids: tuple[str, ...],
             query: dict[str, str], found: Strikes, line: Body) -> Reply:  # fmt: skip
        address = f"http://{request.headers.get('host', 'localhost')}{PREFIX}/{version}{path}"
        with self._store.transaction():
            realm = realm_of(self._store, self._clock())
            call = Call(realm, _caller(realm, request), version, address, query)
            call.short = any(one["kind"] == "page_short" for one in found)
            if route.needs != ANYBODY:
                _enter(call, route, ids[0])
            call.body = line["body"] = _body(request)
            _uuids(ids[1:])
            return _reply(route.handler(call, *ids[1:]))


def _caller(realm: Realm, request: Request) -> Body:
    """Return the person behind the token. Raises the 401 of a missing or dead one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    found = tokens.holder(realm, token.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise SaltoError(401, UNAUTHORISED, "Unauthorized", _UNAUTHORISED)
    return found[0]


def _enter(call: Call, route: Route, site_id: str) -> None:
    """Find the site and the caller there. Raises what keeps them out."""
    _uuids((site_id,))
    call.realm.find("salto.site", site_id, "Site")
    call.place = site = call.realm.site(site_id)
    call.me = people.by_platform(site, call.caller["id"])
    if call.me is None:
        raise not_allowed()
    if route.needs == USER:
        return
    if site.body["installation_state"] != "released":
        raise SaltoError(400, NOT_RELEASED, "The site is not released")
    if not people.codes(site, call.me) & set(people.ADMINS):
        raise not_allowed()
    if route.needs == READ:
        return
    assert route.needs == WRITE
    if not site.valid:
        raise SaltoError(403, NO_SUBSCRIPTION, "No valid site subscription")
    if call.me["blocked"] or people.state(site, call.me) == people.SUSPENDED:
        raise not_allowed()


def _uuids(ids: tuple[str, ...]) -> None:
    for one in ids:
        try:
            uuid.UUID(one)
        except ValueError:
            raise invalid(f"The value '{one}' is not valid.") from None


def _body(request: Request) -> Body:
    if not request.body.strip():
        if request.method in ("POST", "PATCH"):
            raise invalid("A non-empty request body is required.")
        return {}
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Raw(415, b"", None)
    try:
        found = json.loads(request.body)
    except ValueError:
        raise invalid("The request body is not valid JSON.") from None
    if not isinstance(found, dict):
        raise invalid("The request body is not an object.")
    return found


def _reply(answer: Answer) -> Reply:
    if answer.body is None:
        return Reply(answer.status, b"")
    return Reply(answer.status, json.dumps(answer.body).encode(), {"Content-Type": "application/json; charset=utf-8"})
