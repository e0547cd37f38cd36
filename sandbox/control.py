"""The sandbox's own endpoints under /_sandbox: state, mischief, and what Stripe's Dashboard can do.

JSON in, JSON out, no key: the sandbox is for a loopback address. `{account}` is an account's id
or one of its keys. README.md has every body and answer.

    POST /_sandbox/accounts            GET /_sandbox/accounts
    GET  /_sandbox/accounts/{account}  and below it calls, touches, books, mails, deliveries,
                                       faults, devices
    POST …/{account}/settings          POST …/{account}/devices
    POST …/{account}/faults            DELETE …/{account}/faults[/{id}]
    POST …/{account}/dashboard         POST …/{account}/events/{event}/resend
    POST …/{account}/payment_methods/{method}
    GET  /_sandbox/readers/{reader}
    POST /_sandbox/sessions/{session}/ pay, authenticate
    POST /_sandbox/readers/{reader}/   tap, pin, cancel, walk_away, faults, software
    DELETE /_sandbox/readers/{reader}/faults
    POST /_sandbox/tick                POST /_sandbox/reset
"""

import json
import re
from collections.abc import Callable
from typing import Any

from sandbox import control_readers, dashboard, faults, receipts, webhooks
from sandbox.accounts import Accounts
from sandbox.cards import DEFAULT_CARD
from sandbox.errors import ApiError
from sandbox.forms import decode
from sandbox.ids import new_id, random_text
from sandbox.jobs import run_due
from sandbox.messages import Reply, Request, json_reply
from sandbox.resources import hosted
from sandbox.store import Store
from sandbox.world import DEFAULTS, World, public

Body = dict[str, Any]
_WORDS = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "hazel",
    "inlet",
    "juniper",
)


class Control:
    """Answers requests under /_sandbox. `clock` gives unix seconds."""

    def __init__(self, store: Store, accounts: Accounts, clock: Callable[[], float]) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock

    def answer(self, request: Request) -> Reply:
        """Answer one control request; {"error"} with 400 for a wrong one, 404 for none such."""
        run_due(self._store, self._clock())
        try:
            body = json.loads(request.body) if request.body.strip() else {}
            if not isinstance(body, dict):
                raise ValueError("the body must be an object")
            with self._store.transaction():
                found = self._route(request.method, request.path, body, decode(request.query))
        except (ValueError, KeyError, TypeError) as error:
            return json_reply({"error": str(error)}, 400)
        except ApiError as error:
            return json_reply({"error": str(error)}, error.status)
        if found is None:
            return json_reply({"error": f"no {request.method} {request.path}"}, 404)
        return json_reply(found)

    def _route(self, method: str, path: str, body: Body, query: Body) -> Any:
        if (method, path) == ("POST", "/_sandbox/accounts"):
            return _account(self._accounts.add(body, self._clock()))
        if (method, path) == ("GET", "/_sandbox/accounts"):
            return {"accounts": [_account(one) for one in self._accounts.all()]}
        if (method, path) == ("POST", "/_sandbox/tick"):
            return {"done": run_due(self._store, self._clock())}
        if (method, path) == ("POST", "/_sandbox/reset"):
            self._reset(body.get("account"))
            return {"reset": True}
        found = re.fullmatch(r"/_sandbox/readers/(\w+)(?:/(\w+))?", path)
        if found:
            world, reader = self.reader(found[1])
            return control_readers.answer(world, reader, method, found[2] or "", body)
        found = re.fullmatch(r"/_sandbox/sessions/(\w+)/(pay|authenticate)", path)
        if found and method == "POST":
            return _at_page(*self.session(found[1]), found[2], body)
        found = re.fullmatch(r"/_sandbox/accounts/(\w+)(?:/(\w+))?(?:/(\w+))?(?:/(\w+))?", path)
        if found:
            return _of_account(
                self.world(found[1]),
                method,
                [one for one in found.groups()[1:] if one],
                body,
                query,
            )
        return None

    def _reset(self, name: str | None) -> None:
        """Forget objects but keep accounts and keys; of all accounts when none is named."""
        for account in self._accounts.all() if name is None else [self.world(name).account]:
            self._store.clear(account["id"], keep=("account",))

    def world(self, name: str) -> World:
        """Return the world of an account, by id or key. Raises the 404 when there is none."""
        account = self._store.get(name, "account", name) or self._accounts.by_key(name)
        if account is None:
            raise ApiError(404, f"no account {name}")
        return World(self._store, account, self._clock(), {"path": "dashboard"})

    def reader(self, reader_id: str) -> tuple[World, Body]:
        """Return a reader and its account's world. Raises the 404 when there is none."""
        owner = self._store.owner(reader_id)
        if owner is None:
            raise ApiError(404, f"no reader {reader_id}")
        world = self.world(owner)
        return world, world.find("terminal.reader", reader_id)

    def session(self, session_id: str) -> tuple[World, Body]:
        """Return a Checkout Session and its account's world. Raises the 404 when there is none."""
        owner = self._store.owner(session_id)
        if owner is None:
            raise ApiError(404, f"no session {session_id}")
        world = self.world(owner)
        return world, world.find("checkout.session", session_id)

    def all_well(self, world: World) -> None:
        """Switch off all faults of an account and of its readers."""
        _faults_off(world, [])

    def accounts(self) -> list[World]:
        """Return the worlds of all accounts, oldest first."""
        return [self.world(account["id"]) for account in self._accounts.all()]


def _account(account: Body) -> Body:
    return {
        "id": account["id"],
        "name": account["_name"],
        "country": account["country"],
        "currency": account["default_currency"],
        "keys": account["_keys"],
        "settings": {**DEFAULTS, **account["_settings"]},
        "inactive_methods": account["_inactive_methods"],
    }


def _at_page(world: World, session: Body, doing: str, body: Body) -> Body:
    """Be the customer on a hosted page: type a card (and prove oneself), or answer the bank's question."""
    passed = bool(body.get("authenticate", True))
    if doing == "authenticate":
        said = hosted.authenticate(world, session, passed)
    else:
        said = hosted.submit(world, session, str(body.get("card", DEFAULT_CARD.number)))
        intent = hosted.intent_of(world, session)
        if not said and "authenticate" in body and intent and intent["status"] == "requires_action":
            said = hosted.authenticate(world, session, passed)
    return {"said": said, "session": public(session, world.now)}


def _of_account(world: World, method: str, path: list[str], body: Body, query: Body) -> Any:
    """Answer a request about one account; None when there is no such endpoint."""
    name = path[0] if path else ""
    if method == "GET":
        return _get(world, name, query) if len(path) < 2 else None
    if method == "DELETE" and name == "faults":
        return _faults_off(world, path[1:])
    if method != "POST":
        return None
    if name == "settings":
        return _settings(world, body)
    if name == "devices":
        return _unbox(world, body)
    if name == "faults":
        return public(faults.add(world, body), world.now)
    if name == "dashboard":
        return dashboard.do(world, body)
    if name == "events" and path[2:] == ["resend"]:
        return {"queued": webhooks.resend(world, path[1])}
    if name == "payment_methods" and len(path) == 2:
        found = world.find("payment_method", path[1])
        found |= {f"_{name}": body[name] for name in ("decline", "next") if name in body}
        world.save(found)
        return {"decline": found["_decline"], "next": found.get("_next")}
    return None


def _get(world: World, name: str, query: Body) -> Any:
    after, limit = int(query.get("after", 0)), int(query.get("limit", 0))
    if name == "":
        readers = [one["id"] for one in reversed(world.each("terminal.reader"))]
        return {**_account(world.account), "readers": readers, "faults": world.each("fault")}
    if name == "calls":
        return {"calls": world.store.read_log(world.account["id"], "call", after, limit)}
    if name == "touches":
        return {"touches": world.store.read_log(world.account["id"], "touch", after, limit)}
    if name == "deliveries":
        return {"deliveries": webhooks.history(world, limit or 50)}
    if name == "faults":
        return {"faults": list(reversed(world.each("fault")))}
    if name == "devices":
        return {"devices": world.each("device")}
    if name == "mails":
        return {"mails": receipts.mailed(world)}
    if name == "books":
        return dashboard.books(world)
    return None


def _faults_off(world: World, ids: list[str]) -> Body:
    """Switch one fault off, or all of them, those of the readers too."""
    found = [one for one in world.each("fault") if not ids or one["id"] in ids]
    for one in found:
        world.store.remove(one["id"])
    if not ids:
        for reader in world.each("terminal.reader"):
            control_readers.all_well(world, reader)
    return {"removed": [one["id"] for one in found]}


def _settings(world: World, body: Body) -> Body:
    inactive = body.pop("inactive_methods", None)
    unknown = set(body) - set(DEFAULTS)
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    if inactive is not None:
        world.account["_inactive_methods"] = list(inactive)
    world.account["_settings"].update(body)
    world.save(world.account)
    return _account(world.account)


def _unbox(world: World, body: Body) -> Body:
    """Unpack a physical reader: it shows a three-word code that registers it once."""
    model = body.get("model")
    if model not in ("stripe_s700", "stripe_s710", "bbpos_wisepos_e"):
        raise ValueError("model must be stripe_s700, stripe_s710 or bbpos_wisepos_e")
    taken = {device["code"] for device in world.each("device")}
    code = ""
    while not code or code in taken:
        code = "-".join(_WORDS[ord(letter) % len(_WORDS)] for letter in random_text(3))
    device = {
        "id": new_id("device"),
        "object": "device",
        "model": model,
        "code": code,
        "serial_number": f"{model.rpartition('_')[2].upper()}-{random_text(9).upper()}",
        "registered": False,
    }
    return world.save(device)
