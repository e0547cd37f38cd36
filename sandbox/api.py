"""The way of one API call: key, permission, mischief, parameters, execution, answer."""

import json
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from sandbox import faults, idempotency
from sandbox.accounts import Accounts, denied, key_of
from sandbox.commands import Underway
from sandbox.errors import ApiError
from sandbox.expand import render
from sandbox.forms import decode
from sandbox.ids import new_id
from sandbox.jobs import run_due
from sandbox.messages import AnswerLost, Reply, Request, RequestLost
from sandbox.params import check
from sandbox.routes import match
from sandbox.store import Store
from sandbox.world import API_VERSION, World

Strikes = list[dict[str, Any]]


class Api:
    """The /v1 part of the sandbox. `clock` gives unix seconds, `sleep` waits for some."""

    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        page_base: str | None = None,
    ) -> None:
        self._page_base = page_base
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._sleep = sleep

    def answer(self, request: Request) -> Reply:
        """Execute a call. Raises AnswerLost or RequestLost where mischief says so."""
        run_due(self._store, self._clock())
        request_id = new_id("request")
        headers = {
            "Content-Type": "application/json",
            "Date": formatdate(self._clock(), usegmt=True),
            "Request-Id": request_id,
            "Stripe-Version": request.headers.get("stripe-version") or API_VERSION,
        }
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key:
            headers["Idempotency-Key"] = key
        try:
            return self._counted(request, headers, key or None)
        except ApiError as error:
            return _error_reply(error, headers)

    def _counted(self, request: Request, headers: dict[str, str], key: str | None) -> Reply:
        """Write the call down, whatever becomes of it."""
        account = self._accounts.require(request)
        line: dict[str, Any] = {
            "id": headers["Request-Id"],
            "at": self._clock(),
            "method": request.method,
            "path": request.path,
            "idempotency_key": key,
            "replayed": False,
            "status": None,
            "code": None,
        }
        with self._store.transaction():
            number = self._store.write_log(account["id"], "call", line)
        try:
            reply = self._struck(request, account["id"], headers, key, line)
            line["status"] = reply.status
            if reply.status >= 400:
                line["code"] = json.loads(reply.body)["error"].get("code")
            return reply
        except ApiError as error:
            line.update(status=error.status, code=error.body.get("code"))
            raise
        except (AnswerLost, RequestLost) as lost:
            line["code"] = "answer_lost" if isinstance(lost, AnswerLost) else "request_lost"
            raise
        finally:
            with self._store.transaction():
                self._store.change_log(number, line)

    def _struck(
        self,
        request: Request,
        account_id: str,
        headers: dict[str, str],
        key: str | None,
        line: dict[str, Any],
    ) -> Reply:
        """Let mischief happen before and after the execution of a call."""
        with self._store.transaction():
            world = self._world(account_id, {})
            struck = faults.strikes(world, faults.CALLS, f"{request.method} {request.path}")
        self._before(struck, account_id, request, key)
        lost = any(fault["kind"] == "answer_lost" for fault in struck)
        try:
            reply = self._once(request, account_id, headers, key, line, struck)
        except ApiError:
            if lost:  # also a bank's no may get lost on its way
                raise AnswerLost from None
            raise
        if lost:
            raise AnswerLost
        return reply

    def _before(self, struck: Strikes, account_id: str, request: Request, key: str | None) -> None:
        for fault in struck:
            if fault["kind"] == "slow" and fault.get("when") == "before":
                self._sleep(fault["seconds"])
            if fault["kind"] == "request_lost":
                raise RequestLost
            if fault["kind"] == "unavailable":
                raise ApiError(503, "Service unavailable.", kind="api_error", stored=False)
            if fault["kind"] == "status":
                raise _status_error(fault)
            if fault["kind"] == "error_before":
                self._keep_error(fault, account_id, request, key)
                raise _server_error()

    def _keep_error(self, fault: dict[str, Any], account_id: str, request: Request, key: str | None) -> None:
        """Keep a 500 under the key, as Stripe does once execution began."""
        if not key or not fault.get("stored", True):
            return
        with self._store.transaction():
            now = self._clock()
            idempotency.begin(self._store, account_id, key, request.path, request.body, now)
            body = json.dumps({"error": _server_error().body})
            idempotency.remember(self._store, account_id, key, 500, body)

    def _once(
        self,
        request: Request,
        account_id: str,
        headers: dict[str, str],
        key: str | None,
        line: dict[str, Any],
        struck: Strikes,
    ) -> Reply:
        """Execute the call, or give its kept answer again."""
        found = match(request.method, request.path)
        if found is None:
            raise ApiError(404, f"Unrecognized request URL ({request.method}: {request.path}).",
                           stored=False)  # fmt: skip
        route, ids = found
        text = request.query if request.method != "POST" else request.body.decode()
        line["params"] = raw = decode(text)
        with self._store.transaction():
            denied(self._accounts.current(account_id), key_of(request), route.needed)
            if key:
                kept = idempotency.begin(self._store, account_id, key, request.path, request.body, self._clock())
                if kept:
                    line["replayed"] = True
                    again = {**headers, "Idempotent-Replayed": "true"}
                    return Reply(kept.status, kept.body.encode(), again)
        base = self._page_base or f"http://{request.headers.get('host', 'localhost')}"
        told = {"id": headers["Request-Id"], "idempotency_key": key, "path": route.path, "key": key, "base": base}
        return self._execute(route, ids, raw, account_id, headers, told, struck)

    def _execute(self, route: Any, ids: tuple[str, ...], raw: dict[str, Any], account_id: str,
                 headers: dict[str, str], told: dict[str, Any], struck: Strikes) -> Reply:  # fmt: skip
        key: str | None = told["key"]
        finished = False
        try:
            status, body = self._run(route, ids, raw, account_id, told)
            for fault in struck:
                if fault["kind"] == "slow" and fault.get("when") != "before":
                    self._sleep(fault["seconds"])
                if fault["kind"] == "error_after":
                    status, body = 500, json.dumps({"error": _server_error().body})
            self._keep(account_id, key, status, body)
            finished = True
            return Reply(status, body.encode(), headers)
        except Underway as underway:
            finished = True
            return self._wait(underway, account_id, key, headers)
        except ApiError as error:
            finished = True
            body = json.dumps({"error": _detail(error, headers)})
            self._keep(account_id, key, error.status if error.stored else None, body)
            raise
        finally:
            if not finished:
                self._keep(account_id, key, None, "")

    def _run(
        self,
        route: Any,
        ids: tuple[str, ...],
        raw: dict[str, Any],
        account_id: str,
        told: dict[str, Any],
    ) -> tuple[int, str]:
        """Execute in one transaction; an error that keeps its changes is raised after it."""
        kept: Exception | None = None
        with self._store.transaction():
            world = self._world(account_id, told)
            params = check(raw, route.table)
            expand = params.pop("expand", [])
            try:
                body = render(world, route.handler(world, params, *ids), expand)
            except Underway as underway:
                kept = underway
            except ApiError as error:
                if not error.keep:
                    raise
                kept = error
        if kept is not None:
            raise kept
        return 200, json.dumps(body)

    def _wait(self, underway: Underway, account_id: str, key: str | None, headers: dict[str, str]) -> Reply:
        """Wait with the caller until a slow command landed, unless its answer is to be lost."""
        if underway.answer == "lost" or not key:
            raise AnswerLost
        self._sleep(underway.seconds)
        run_due(self._store, self._clock())
        with self._store.transaction():
            row = self._store.db.execute(
                "SELECT status, body FROM answers WHERE account = ? AND key = ?", (account_id, key)
            ).fetchone()
        if row is None or row["status"] is None:
            raise AnswerLost
        return Reply(row["status"], row["body"].encode(), headers)

    def _keep(self, account_id: str, key: str | None, status: int | None, body: str) -> None:
        """Keep an answer under its key; with status None free the key."""
        if not key:
            return
        with self._store.transaction():
            if status is None:
                idempotency.forget(self._store, account_id, key)
            else:
                idempotency.remember(self._store, account_id, key, status, body)

    def _world(self, account_id: str, told: dict[str, Any]) -> World:
        return World(self._store, self._accounts.current(account_id), self._clock(), told)


def _server_error() -> ApiError:
    return ApiError(500, "An unknown error occurred.", kind="api_error")


def _status_error(fault: dict[str, Any]) -> ApiError:
    status = fault.get("status", 429)
    code = fault.get("code", "rate_limit" if status == 429 else "lock_timeout")
    message = fault.get("message", "Request rate limit exceeded.")
    return ApiError(status, message, code=code, stored=False)


def _detail(error: ApiError, headers: dict[str, str]) -> dict[str, Any]:
    url = f"https://dashboard.stripe.com/test/logs/{headers['Request-Id']}"
    return {**error.body, "request_log_url": url}


def _error_reply(error: ApiError, headers: dict[str, str]) -> Reply:
    body = json.dumps({"error": _detail(error, headers)})
    return Reply(error.status, body.encode(), headers)
