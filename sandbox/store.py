"""The sandbox's memory: every object, job, delivery and log line in one SQLite file.

Nothing here knows what the objects mean. All access happens under one lock and inside one
transaction; objects read within it are the same dicts for everybody, so a change is seen at once.
"""

import json
import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL,
    account TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (account, kind, seq);
CREATE TABLE IF NOT EXISTS answers (account TEXT NOT NULL, key TEXT NOT NULL, at REAL NOT NULL,
    request TEXT NOT NULL, path TEXT NOT NULL, status INTEGER, body TEXT,
    PRIMARY KEY (account, key));
CREATE TABLE IF NOT EXISTS jobs (seq INTEGER PRIMARY KEY AUTOINCREMENT, due REAL NOT NULL,
    account TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due, seq);
CREATE TABLE IF NOT EXISTS deliveries (seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL,
    event TEXT NOT NULL, endpoint TEXT NOT NULL, due REAL, tries INTEGER NOT NULL,
    state TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due);
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS links (seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL,
    kind TEXT NOT NULL, one TEXT NOT NULL, other TEXT NOT NULL, at REAL NOT NULL,
    UNIQUE (kind, one, other));
CREATE INDEX IF NOT EXISTS links_one ON links (kind, one, seq);
CREATE INDEX IF NOT EXISTS links_other ON links (other);
CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL,
    kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS log_kind ON log (account, kind, seq);
"""

TABLES = ("objects", "answers", "jobs", "deliveries", "links", "log")


class Store:
    """A SQLite file (or ":memory:") holding JSON objects by id, account and kind."""

    def __init__(self, path: str) -> None:
        self.lock = threading.RLock()
        self._depth = 0
        self._known: dict[str, dict[str, Any]] = {}
        self._dirty: dict[str, tuple[str, str]] = {}
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        # A process that is killed keeps what it committed; only a power cut could lose it.
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock; commit at the end, roll back on an exception. May be nested."""
        with self.lock:
            if self._depth == 0:
                self.db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self.flush()
                    self.db.execute("COMMIT")
            except BaseException:
                if self._depth == 1:
                    self.db.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._known.clear()
                    self._dirty.clear()

    def flush(self) -> None:
        """Write changed objects, so that a query sees them."""
        for object_id, (account, kind) in self._dirty.items():
            self.db.execute(
                "INSERT INTO objects (id, account, kind, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (object_id, account, kind, json.dumps(self._known[object_id])),
            )
        self._dirty.clear()

    def save(self, account: str, kind: str, body: dict[str, Any]) -> None:
        """Create or change an object; its id is `body["id"]`."""
        self._known[body["id"]] = body
        self._dirty[body["id"]] = (account, kind)

    def get(self, account: str, kind: str, object_id: str) -> dict[str, Any] | None:
        """Return the account's object of that kind, or None."""
        self.flush()
        row = self.db.execute(
            "SELECT * FROM objects WHERE id = ? AND account = ? AND kind = ?",
            (object_id, account, kind),
        ).fetchone()
        return self._load(row) if row else None

    def owner(self, object_id: str) -> str | None:
        """Return the account an object belongs to, or None."""
        self.flush()
        row = self.db.execute("SELECT account FROM objects WHERE id = ?", (object_id,)).fetchone()
        return row["account"] if row else None

    def remove(self, object_id: str) -> None:
        """Forget an object."""
        self.flush()
        self._known.pop(object_id, None)
        self.db.execute("DELETE FROM objects WHERE id = ?", (object_id,))

    def each(self, account: str | None, kind: str, newest_first: bool = True) -> list[dict[str, Any]]:
        """Return the objects of one kind, of one account or of all (None)."""
        self.flush()
        where, values = ("", []) if account is None else (" AND account = ?", [account])
        order = "DESC" if newest_first else "ASC"
        rows = self.db.execute(
            f"SELECT * FROM objects WHERE kind = ?{where} ORDER BY seq {order}", [kind, *values]
        ).fetchall()
        return [self._load(row) for row in rows]

    def place(self, account: str, kind: str, object_id: str) -> int | None:
        """Return an object's place in the order of creation, or None."""
        self.flush()
        row = self.db.execute(
            "SELECT seq FROM objects WHERE id = ? AND account = ? AND kind = ?",
            (object_id, account, kind),
        ).fetchone()
        return int(row["seq"]) if row else None

    def walk(
        self, account: str, kind: str, older_than: int | None = None, newer_than: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield objects one by one, away from a place: newest first, or oldest first after one."""
        self.flush()
        side, place = ("seq > ?", newer_than) if newer_than is not None else ("seq < ?", older_than)
        order = "ASC" if newer_than is not None else "DESC"
        rows = self.db.execute(
            f"SELECT * FROM objects WHERE account = ? AND kind = ? AND {side} ORDER BY seq {order}",
            (account, kind, sys.maxsize if place is None else place),
        )
        for row in rows:
            yield self._load(row)

    def query(
        self, account: str, kind: str, where: str = "", values: Sequence[Any] = (), order: str = "",
        limit: int = -1, offset: int = 0,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """Return objects that meet an SQL condition on `o.body`, in the order given, by default as they are found."""
        self.flush()
        if offset and not where and order == "o.seq":  # to where the page begins by the index alone
            begins = f"SELECT seq FROM objects WHERE account = ? AND kind = '{kind}' ORDER BY seq LIMIT 1 OFFSET ?"
            where, values, offset = f"o.seq >= ({begins})", (account, offset), 0
        # The kind is written out: indexes for one kind are not used for a bound value.
        tail = f" ORDER BY {order}" if order else ""
        rows = self.db.execute(
            f"SELECT o.* FROM objects o WHERE o.account = ? AND o.kind = '{kind}'{where and f' AND ({where})'}{tail}"
            " LIMIT ? OFFSET ?",
            (account, *values, limit, offset),
        ).fetchall()
        return [self._load(row) for row in rows]

    def count(self, account: str, kind: str, where: str = "", values: Sequence[Any] = ()) -> int:
        """Return how many objects meet an SQL condition on `o.body`."""
        self.flush()
        row = self.db.execute(
            f"SELECT COUNT(*) FROM objects o WHERE o.account = ? AND o.kind = '{kind}'{where and f' AND ({where})'}",
            (account, *values),
        ).fetchone()
        return int(row[0])

    def link(self, account: str, kind: str, one: str, other: str, at: float) -> None:
        """Link two objects since a moment; a link that exists stays as it is."""
        self.db.execute(
            "INSERT OR IGNORE INTO links (account, kind, one, other, at) VALUES (?, ?, ?, ?, ?)",
            (account, kind, one, other, at),
        )

    def unlink(self, kind: str, one: str, other: str) -> bool:
        """End a link; tell whether there was one."""
        found = self.db.execute("DELETE FROM links WHERE kind = ? AND one = ? AND other = ?", (kind, one, other))
        return found.rowcount > 0

    def unlink_all(self, object_id: str) -> None:
        """End all links from or to an object."""
        self.db.execute("DELETE FROM links WHERE one = ?", (object_id,))
        self.db.execute("DELETE FROM links WHERE other = ?", (object_id,))

    def linked_from(self, kind: str, one: str, limit: int = -1, offset: int = 0) -> list[tuple[str, float]]:
        """Return what an object links to, and since when, oldest link first."""
        rows = self.db.execute(
            "SELECT other, at FROM links WHERE kind = ? AND one = ? ORDER BY seq LIMIT ? OFFSET ?",
            (kind, one, limit, offset),
        )
        return [(row["other"], row["at"]) for row in rows]

    def linked_to(self, kind: str, other: str) -> list[tuple[str, float]]:
        """Return what links to an object, and since when, oldest link first."""
        rows = self.db.execute("SELECT one, at FROM links WHERE kind = ? AND other = ? ORDER BY seq", (kind, other))
        return [(row["one"], row["at"]) for row in rows]

    def count_links(self, kind: str, one: str) -> int:
        """Return how many objects an object links to."""
        row = self.db.execute("SELECT COUNT(*) FROM links WHERE kind = ? AND one = ?", (kind, one)).fetchone()
        return int(row[0])

    def _load(self, row: sqlite3.Row) -> dict[str, Any]:
        known = self._known.get(row["id"])
        if known is None:
            known = self._known[row["id"]] = json.loads(row["body"])
        return known

    def write_log(self, account: str, kind: str, entry: dict[str, Any]) -> int:
        """Add a log line and return its number."""
        row = self.db.execute(
            "INSERT INTO log (account, kind, body) VALUES (?, ?, ?)",
            (account, kind, json.dumps(entry)),
        )
        return int(row.lastrowid or 0)

    def change_log(self, number: int, entry: dict[str, Any]) -> None:
        """Replace a log line (a call gets its outcome when it ends)."""
        self.db.execute("UPDATE log SET body = ? WHERE seq = ?", (json.dumps(entry), number))

    def read_log(self, account: str, kind: str, after: int = 0, limit: int = 0) -> list[dict[str, Any]]:
        """Return the last `limit` log lines (0: all), oldest first, numbered as `seq`."""
        tail = f" DESC LIMIT {int(limit)}" if limit else ""
        rows = self.db.execute(
            f"SELECT * FROM log WHERE account = ? AND kind = ? AND seq > ? ORDER BY seq{tail}",
            (account, kind, after),
        ).fetchall()
        lines = [{"seq": row["seq"], **json.loads(row["body"])} for row in rows]
        return sorted(lines, key=lambda line: int(line["seq"]))

    def add_job(self, account: str, due: float, body: dict[str, Any]) -> None:
        """Remember work that becomes due at a moment of the sandbox's clock."""
        self.db.execute(
            "INSERT INTO jobs (due, account, body) VALUES (?, ?, ?)",
            (due, account, json.dumps(body)),
        )

    def take_job(self, now: float) -> tuple[str, float, dict[str, Any]] | None:
        """Remove the earliest due job and return its account, moment and body."""
        row = self.db.execute("SELECT * FROM jobs WHERE due <= ? ORDER BY due, seq LIMIT 1", (now,)).fetchone()
        if row is None:
            return None
        self.db.execute("DELETE FROM jobs WHERE seq = ?", (row["seq"],))
        return row["account"], row["due"], json.loads(row["body"])

    def clear(self, account: str | None = None, keep: tuple[str, ...] = ()) -> None:
        """Forget everything of one account or of all; objects whose kind is in `keep` stay."""
        self.flush()
        self._known.clear()
        for table in TABLES:
            where, values = [], []
            if account is not None:
                where.append("account = ?")
                values.append(account)
            if table == "objects" and keep:
                where.append(f"kind NOT IN ({', '.join('?' * len(keep))})")
                values.extend(keep)
            clause = f" WHERE {' AND '.join(where)}" if where else ""
            self.db.execute(f"DELETE FROM {table}{clause}", values)
