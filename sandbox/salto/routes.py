"""Which call does what, in which versions of the API, and who may make it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.salto.calls import Answer
from sandbox.salto.resources import groups, locks, sites, users

Handler = Callable[..., Answer]
BOTH, NEW, OLD = ("v1.1", "v1.2"), ("v1.2",), ("v1.1",)
VERSIONS = ("v1.1", "v1.2", "v2")

# Who may: anybody with a token, every user of the site, its admins, its admins while all is in order.
ANYBODY, USER, READ, WRITE = "anybody", "user", "read", "write"


@dataclass(frozen=True)
class Route:
    """One call below a version; `name` is how logs and faults call it."""

    method: str
    path: str
    versions: tuple[str, ...]
    needs: str
    handler: Handler

    @property
    def name(self) -> str:
        """Return method and path, without the part every path begins with."""
        return f"{self.method} {self.path.removeprefix('/sites/{site}/').lstrip('/')}"


def _site(*rows: tuple[str, str, tuple[str, ...], Handler]) -> list[Route]:
    """Return routes below a site: (method, rest of the path, versions, function) each."""
    return [
        Route(method, f"/sites/{{site}}/{rest}", versions, READ if method == "GET" else WRITE, run)
        for method, rest, versions, run in rows
    ]


_GROUP = "access_groups/{group}"
ROUTES = [
    Route("GET", "/sites", BOTH, ANYBODY, sites.sites),
    Route("GET", "/sites/{site}", BOTH, USER, sites.site),
    Route("GET", "/sites/{site}/me", NEW, USER, sites.me),
    Route("GET", "/sites/{site}/subscription", NEW, USER, sites.subscription),
    *_site(
        ("GET", "roles", NEW, sites.roles),
        ("GET", "users", BOTH, users.users),
        ("POST", "users", BOTH, users.add),
        ("POST", "users/existing", OLD, users.add_existing),
        ("GET", "users/{user}", BOTH, users.read),
        ("PATCH", "users/{user}", BOTH, users.change),
        ("DELETE", "users/{user}", BOTH, users.remove),
        ("PATCH", "users/{user}/subscription", NEW, users.subscribe),
        ("PUT", "users/{user}/pin", NEW, users.pin),
        ("GET", "users/{user}/keys", NEW, users.keys),
        ("POST", "guests", NEW, users.guest),
        ("GET", "access_groups", BOTH, groups.groups),
        ("POST", "access_groups", BOTH, groups.create),
        ("DELETE", _GROUP, BOTH, groups.delete),
        ("GET", f"{_GROUP}/users", OLD, groups.members),
        ("POST", f"{_GROUP}/users", BOTH, groups.add_member),
        ("PATCH", f"{_GROUP}/users", OLD, groups.change_members),
        ("DELETE", f"{_GROUP}/users/{{user}}", BOTH, groups.remove_member),
        ("GET", f"{_GROUP}/locks", BOTH, groups.locks),
        ("POST", f"{_GROUP}/locks", BOTH, groups.add_lock),
        ("DELETE", f"{_GROUP}/locks/{{lock}}", BOTH, groups.remove_lock),
        ("GET", f"{_GROUP}/time_schedules", OLD, groups.schedules),
        ("POST", f"{_GROUP}/time_schedules", OLD, groups.add_schedule),
        ("PATCH", f"{_GROUP}/time_schedules/{{schedule}}", OLD, groups.change_schedule),
        ("DELETE", f"{_GROUP}/time_schedules/{{schedule}}", OLD, groups.delete_schedule),
        ("GET", "locks", BOTH, locks.locks),
        ("GET", "locks/{lock}", BOTH, locks.read),
        ("GET", "iqs", NEW, locks.iqs),
        ("GET", "entries", OLD, locks.entries),
    ),
]
_PATTERNS = [(re.compile(re.sub(r"\{\w+\}", "([^/]+)", one.path)), one) for one in ROUTES]


@dataclass(frozen=True)
class Found:
    """What a path leads to: a route and the ids in it, or the methods that are there instead."""

    route: Route | None
    ids: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()


def match(method: str, version: str, path: str) -> Found:
    """Return the route of a call below its version."""
    fits = [(one, found.groups()) for pattern, one in _PATTERNS if (found := pattern.fullmatch(path))]
    for one, ids in fits:
        if one.method == method and version in one.versions:
            return Found(one, ids)
    return Found(None, allowed=tuple(sorted({one.method for one, _ in fits if version in one.versions})))


def known(path: str) -> bool:
    """Tell whether a path below a version exists in any of them."""
    return any(pattern.fullmatch(path) for pattern, _ in _PATTERNS)
