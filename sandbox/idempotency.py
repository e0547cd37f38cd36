"""Idempotency keys: the first answer is kept for 24 hours and given again.

https://docs.stripe.com/api/idempotent_requests , https://docs.stripe.com/error-low-level
"""

import hashlib
from dataclasses import dataclass

from sandbox.errors import ApiError, refused
from sandbox.store import Store

LIFETIME = 24 * 3600
LONGEST = 255


@dataclass(frozen=True)
class Kept:
    """An answer that was kept."""

    status: int
    body: str


def begin(store: Store, account: str, key: str, path: str, body: bytes, now: float) -> Kept | None:
    """Claim a key for a request, or return the answer that is kept for it.

    Raises a 400 `idempotency_error` when the key was used with other parameters, and a 409
    `idempotency_key_in_use` while its first request is being executed.
    """
    if len(key) > LONGEST:
        raise refused(f"Idempotency keys can only be up to {LONGEST} characters long.")
    fingerprint = hashlib.sha256(body).hexdigest()
    row = store.db.execute("SELECT * FROM answers WHERE account = ? AND key = ?", (account, key)).fetchone()
    if row is not None and row["at"] + LIFETIME <= now:
        forget(store, account, key)
        row = None
    if row is None:
        store.db.execute(
            "INSERT INTO answers (account, key, at, request, path) VALUES (?, ?, ?, ?, ?)",
            (account, key, now, fingerprint, path),
        )
        return None
    if row["path"] != path:
        raise _reused(f"the same endpoint they were first used for ('{row['path']}')", key)
    if row["request"] != fingerprint:
        raise _reused("the same parameters they were first used with", key)
    if row["status"] is None:
        raise ApiError(
            409,
            f"There is currently another in-progress request using this idempotency key: {key}",
            kind="idempotency_error",
            code="idempotency_key_in_use",
            stored=False,
        )
    return Kept(row["status"], row["body"])


def _reused(what: str, key: str) -> ApiError:
    return ApiError(
        400,
        f"Keys for idempotent requests can only be used for {what}. Try using a key other than "
        f"'{key}' if you meant to execute a different request.",
        kind="idempotency_error",
        stored=False,
    )


def remember(store: Store, account: str, key: str, status: int, body: str) -> None:
    """Keep the answer of a claimed key."""
    store.db.execute(
        "UPDATE answers SET status = ?, body = ? WHERE account = ? AND key = ?",
        (status, body, account, key),
    )


def forget(store: Store, account: str, key: str) -> None:
    """Free a key: nothing was executed, or its answer is too old."""
    store.db.execute("DELETE FROM answers WHERE account = ? AND key = ?", (account, key))


def forget_unfinished(store: Store) -> None:
    """Free the keys of requests that a stopped sandbox never finished, slow commands apart."""
    with store.transaction():
        store.db.execute(
            "DELETE FROM answers WHERE status IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM jobs WHERE jobs.account = answers.account"
            " AND json_extract(jobs.body, '$.key') = answers.key)"
        )
