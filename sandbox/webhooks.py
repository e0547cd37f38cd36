"""Delivery of events: signed, retried, and mistreated on demand.

https://docs.stripe.com/webhooks
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sandbox import faults
from sandbox.store import Store
from sandbox.world import API_VERSION, World

# Sends a body to a URL and returns the status; 0 when nothing answered.
Post = Callable[[str, bytes, dict[str, str]], int]

TRIES = 3
_STRIKING = ("webhook_lost", "webhook_doubled", "webhook_late")


@dataclass(frozen=True)
class _Letter:
    number: int
    account: str
    url: str
    body: bytes
    headers: dict[str, str]


def signature(secret: str, body: bytes, moment: int) -> str:
    """Return the `Stripe-Signature` header for a body; `moment` in unix seconds."""
    signed = f"{moment}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def moved(url: str, base: str | None) -> str:
    """Return an endpoint's URL with scheme, host and port of `base`; the path stays."""
    if not base:
        return url
    there, parts = urlsplit(base), urlsplit(url)
    return urlunsplit((there.scheme, there.netloc, parts.path, parts.query, ""))


def deliver_due(store: Store, now: float, post: Post, base: str | None = None) -> int:
    """Send every delivery that is due and return how many were sent.

    Nothing is locked while a delivery is on its way. An answer from 200 to 299 is success;
    anything else, a redirect too, is tried again later, three times in all.
    """
    with store.transaction():
        letters = _letters(store, now, base)
    for letter in letters:
        status = post(letter.url, letter.body, letter.headers)
        with store.transaction():
            _note(store, letter, status, now)
    return len(letters)


def _letters(store: Store, now: float, base: str | None) -> list[_Letter]:
    """Collect what is due, letting mischief have its way with it."""
    letters: list[_Letter] = []
    for account in store.each(None, "account", newest_first=False):
        world = World(store, account, now)
        if faults.active(world, "webhook_paused"):
            continue
        for row in _due(store, account["id"], "new", now):
            _first_time(world, row)
        mine = [_letter(world, row, base) for row in _due(store, account["id"], "waiting", now)]
        if faults.active(world, "webhook_reordered"):
            mine.reverse()
        letters.extend(letter for letter in mine if letter is not None)
    return letters


def _due(store: Store, account: str, state: str, now: float) -> list[Any]:
    return store.db.execute(
        "SELECT * FROM deliveries WHERE account = ? AND state = ? AND due <= ? ORDER BY due, seq",
        (account, state, now),
    ).fetchall()


def _first_time(world: World, row: Any) -> None:
    """Decide once, before the first try, whether a delivery is lost, doubled or late."""
    event = world.peek("event", row["event"])
    struck = faults.strikes(world, _STRIKING, event["type"] if event else "")
    kinds = {fault["kind"] for fault in struck}
    state = "lost" if "webhook_lost" in kinds else "waiting"
    due = row["due"] + sum(one["seconds"] for one in struck if one["kind"] == "webhook_late")
    for _copy in range(2 if "webhook_doubled" in kinds else 1):
        world.store.db.execute(
            "INSERT INTO deliveries (account, event, endpoint, due, tries, state, body)"
            " VALUES (?, ?, ?, ?, 0, ?, '{}')",
            (row["account"], row["event"], row["endpoint"], due, state),
        )
    world.store.db.execute("DELETE FROM deliveries WHERE seq = ?", (row["seq"],))


def _letter(world: World, row: Any, base: str | None) -> _Letter | None:
    event = world.peek("event", row["event"])
    endpoint = world.peek("webhook_endpoint", row["endpoint"])
    if event is None or endpoint is None or endpoint["status"] != "enabled":
        world.store.db.execute("UPDATE deliveries SET state = 'lost' WHERE seq = ?", (row["seq"],))
        return None
    shown = {name: value for name, value in event.items() if not name.startswith("_")}
    shown["api_version"] = endpoint["api_version"] or API_VERSION
    shown["pending_webhooks"] = 1
    body = json.dumps(shown).encode()
    secret = endpoint["_secret"]
    if faults.strikes(world, ("webhook_wrong_signature",), event["type"]):
        secret = "whsec_wrong"
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(secret, body, int(world.now)),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    return _Letter(row["seq"], row["account"], moved(endpoint["url"], base), body, headers)


def _note(store: Store, letter: _Letter, status: int, now: float) -> None:
    row = store.db.execute("SELECT * FROM deliveries WHERE seq = ?", (letter.number,)).fetchone()
    if row is None:
        return
    account = store.get(letter.account, "account", letter.account)
    tries = row["tries"] + 1
    history = json.loads(row["body"])
    history.setdefault("answers", []).append({"at": now, "status": status, "url": letter.url})
    state, due = "delivered", row["due"]
    if not 200 <= status < 300:
        state = "failed" if tries >= TRIES else "waiting"
        if account is not None and state == "waiting":
            due = now + World(store, account, now).setting("webhook_retry_seconds")[tries - 1]
    store.db.execute(
        "UPDATE deliveries SET tries = ?, state = ?, due = ?, body = ? WHERE seq = ?",
        (tries, state, due, json.dumps(history), letter.number),
    )


def resend(world: World, event_id: str) -> int:
    """Queue an event again for every endpoint that wants it; return how many."""
    event = world.find("event", event_id)
    endpoints = world.each("webhook_endpoint")
    for endpoint in endpoints:
        world.store.db.execute(
            "INSERT INTO deliveries (account, event, endpoint, due, tries, state, body)"
            " VALUES (?, ?, ?, ?, 0, 'waiting', '{}')",
            (world.account["id"], event["id"], endpoint["id"], world.now),
        )
    return len(endpoints)


def history(world: World, limit: int = 50) -> list[dict[str, Any]]:
    """Return the latest deliveries, newest first, for people and tests to read."""
    rows = world.store.db.execute(
        "SELECT * FROM deliveries WHERE account = ? ORDER BY seq DESC LIMIT ?",
        (world.account["id"], limit),
    ).fetchall()
    return [_line(world, row) for row in rows]


def _line(world: World, row: Any) -> dict[str, Any]:
    event = world.peek("event", row["event"])
    return {
        "id": row["seq"],
        "event": row["event"],
        "type": event["type"] if event else None,
        "endpoint": row["endpoint"],
        "state": "waiting" if row["state"] == "new" else row["state"],
        "tries": row["tries"],
        "due": row["due"],
        **json.loads(row["body"]),
    }
