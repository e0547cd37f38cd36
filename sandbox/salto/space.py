"""Where things are kept: the realm that all sites share, and one site at one moment."""

import uuid
from dataclasses import dataclass
from typing import Any

from sandbox.salto.errors import missing
from sandbox.store import Store

Body = dict[str, Any]
REALM = "salto"

INDEXES = """
CREATE INDEX IF NOT EXISTS salto_platform ON objects (account, json_extract(body, '$.user.id'))
    WHERE kind = 'salto.user';
CREATE INDEX IF NOT EXISTS salto_email ON objects (account, lower(json_extract(body, '$.user.email')))
    WHERE kind = 'salto.user';
CREATE INDEX IF NOT EXISTS salto_state ON objects (account, json_extract(body, '$.subscription_state'))
    WHERE kind = 'salto.user';
CREATE INDEX IF NOT EXISTS salto_profile ON objects (account, lower(json_extract(body, '$.email')))
    WHERE kind = 'salto.profile';
"""

SITE_DEFAULTS: Body = {
    # Elements on a page of a list when `$top` is not given, and at most.
    "page_size": 20,
    "page_max": 100,
    # What subscribing answers when no seat is free: "silent" (204, still suspended) or "error" (403).
    "when_full": "silent",
    # What adding an e-mail of somebody at this site does: "refuse" (400), "same" (answers the one), "double".
    "same_email": "refuse",
    # What an unknown id does in a bulk change of a group: "refuse" (404, nothing changes) or "ignore".
    "unknown_in_bulk": "refuse",
    # How many ids a bulk change of a group takes; 0 is any number.
    "bulk_max": 0,
    # Seconds each call takes.
    "latency_seconds": 0.0,
    # Seconds until a lock hears of somebody new in a group.
    "lock_delay_seconds": 0.0,
}

REALM_DEFAULTS: Body = {
    "access_seconds": 3600,
    "code_seconds": 300,
    # How long a refresh token lives, and how long a used one still works; 0 is for ever, and not at all.
    "refresh_seconds": 0,
    "refresh_reuse_seconds": 0,
    # How far the API's own clock, in the `Date` header of its answers, is ahead of everybody else's.
    "clock_skew_seconds": 0,
}


def new_id() -> str:
    """Return a fresh UUID."""
    return str(uuid.uuid4())


@dataclass
class Space:
    """The objects of one account of the store, at a moment (unix seconds)."""

    store: Store
    account: str
    now: float

    def each(self, kind: str) -> list[Body]:
        """Return all objects of a kind, newest first."""
        return self.store.each(self.account, kind)

    def all(self, kind: str) -> list[Body]:
        """Return all objects of a kind, oldest first."""
        return self.store.each(self.account, kind, newest_first=False)

    def peek(self, kind: str, object_id: Any) -> Body | None:
        """Return an object or None."""
        return self.store.get(self.account, kind, str(object_id)) if object_id else None

    def find(self, kind: str, object_id: str, what: str) -> Body:
        """Return an object. Raises the 404 that names `what` it should have been."""
        found = self.peek(kind, object_id)
        if found is None:
            raise missing(what)
        return found

    def save(self, body: Body) -> Body:
        """Keep an object; its `object` field is its kind."""
        self.store.save(self.account, body["object"], body)
        return body

    def make(self, kind: str, **fields: Any) -> Body:
        """Create an object with a UUID (or the id given), keep and return it."""
        return self.save({"id": new_id(), "object": kind, **fields})


@dataclass
class Realm(Space):
    """What belongs to no site: profiles of people, clients, tokens."""

    @property
    def body(self) -> Body:
        """Return the realm's own object, which holds its settings."""
        return self.peek("salto.realm", "salto-realm") or self.save(
            {"id": "salto-realm", "object": "salto.realm", "settings": {}}
        )

    def setting(self, name: str) -> Any:
        """Return a setting, or its default."""
        return self.body["settings"].get(name, REALM_DEFAULTS[name])

    def site(self, site_id: str) -> "Site":
        """Return a site; whether there is one shows when it is asked for something."""
        return Site(self.store, site_id, self.now)

    def sites(self) -> "list[Site]":
        """Return all sites, oldest first."""
        return [self.site(body["id"]) for body in self.all("salto.site")]


@dataclass
class Site(Space):
    """A site: its account in the store is its id."""

    @property
    def body(self) -> Body:
        """Return the site's own object; the realm keeps it."""
        return self.realm.find("salto.site", self.account, "Site")

    def update(self, **fields: Any) -> None:
        """Change the site itself."""
        self.realm.save({**self.body, **fields})

    @property
    def realm(self) -> Realm:
        """Return what all sites share."""
        return realm_of(self.store, self.now)

    @property
    def valid(self) -> bool:
        """Tell whether the site's subscription runs."""
        return bool(self.body["subscription_valid"])

    def setting(self, name: str) -> Any:
        """Return a setting, or its default."""
        return self.body["settings"].get(name, SITE_DEFAULTS[name])

    def roles(self) -> dict[str, Body]:
        """Return the site's roles by id."""
        return {role["id"]: role for role in self.all("salto.role")}

    def role(self, code: str) -> Body:
        """Return the role with a code. Raises ValueError when there is none."""
        for role in self.all("salto.role"):
            if role["code"] == code:
                return role
        raise ValueError(f"no role {code}")


def realm_of(store: Store, now: float) -> Realm:
    """Return what all sites share, at a moment (unix seconds)."""
    return Realm(store, REALM, now)
