"""The sandbox's own endpoints under /_sandbox/salto: sites, staff, doors, mischief, the log. README.md has them all.

    POST /_sandbox/salto/clients       GET, POST /_sandbox/salto/sites
    GET  /_sandbox/salto/sites/{site}  and below it users, entries, mails, calls, counts, faults
    POST …/{site}/settings, console, door, fill, faults      DELETE …/{site}/faults[/{id}]
    GET, POST, DELETE /_sandbox/salto/faults[/{id}]: of every call, the identity server's too
    GET  /_sandbox/salto/calls, counts POST /_sandbox/salto/settings, revoke, reset

`{site}` is a site's id, its name or its printed number.
"""

from collections import Counter
from typing import Any

from sandbox import faults
from sandbox.salto import build, console, door, people, shapes, tokens
from sandbox.salto.mischief import KINDS
from sandbox.salto.resources.groups import MEMBER, OPENS
from sandbox.salto.space import REALM, REALM_DEFAULTS, SITE_DEFAULTS, Body, Realm, Site, Space


def answer(realm: Realm, method: str, path: list[str], body: Body, query: Body) -> Any:
    """Answer one request; None when there is no such endpoint. Raises ValueError for a wrong one."""
    name = path[0] if path else ""
    if name == "sites":
        return _sites(realm, method, path[1:], body, query)
    if name == "faults":
        return _faults(realm, method, path[1:], body)
    if (method, name) == ("POST", "clients"):
        return _client(tokens.add_client(realm, body))
    if (method, name) == ("GET", "clients"):
        return {"clients": [_client(one) for one in realm.all("salto.client")]}
    if (method, name) == ("POST", "settings"):
        realm.save({**realm.body, "settings": {**realm.body["settings"], **_known(body, REALM_DEFAULTS)}})
        return {**REALM_DEFAULTS, **realm.body["settings"]}
    if (method, name) == ("POST", "revoke"):
        return {"revoked": tokens.revoke(realm, _profile_id(realm, body.get("email")), body.get("what", "all"))}
    if (method, name) == ("POST", "reset"):
        return reset(realm)
    if method == "GET" and name in ("calls", "counts"):
        return calls(realm, name, query)
    return None


def _client(one: Body) -> Body:
    return {name: one[name] for name in ("client_id", "client_secret", "redirect_uris", "require_pkce")}


def _known(body: Body, known: Body) -> Body:
    unknown = set(body) - set(known)
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    return body


def _profile_id(realm: Realm, email: Any) -> str | None:
    if not email:
        return None
    profile = people.profile_of(realm, str(email))
    if profile is None:
        raise ValueError(f"nobody has the e-mail {email}")
    return str(profile["id"])


def reset(realm: Realm) -> Body:
    """Forget everything of SALTO KS."""
    for site in realm.sites():
        realm.store.clear(site.account)
    realm.store.clear(REALM)
    return {"reset": True}


def site_of(realm: Realm, name: str) -> Site:
    """Return a site by id, name or printed number. Raises ValueError when there is none."""
    for one in realm.sites():
        if name in (one.account, one.body["customer_reference"], one.body["site_uid"]):
            return one
    raise ValueError(f"no site {name}")


def _sites(realm: Realm, method: str, path: list[str], body: Body, query: Body) -> Any:
    if not path:
        if method == "POST":
            return whole(build.add_site(realm, body))
        return {"sites": [{"id": one.account, "name": one.body["customer_reference"]} for one in realm.sites()]}
    site, name = site_of(realm, path[0]), path[1] if len(path) > 1 else ""
    if name == "faults":
        return _faults(site, method, path[2:], body)
    if method == "POST":
        return _post(site, name, body)
    return _get(site, name, query) if method == "GET" else None


def _post(site: Site, name: str, body: Body) -> Any:
    if name == "settings":
        site.update(settings={**site.body["settings"], **_known(body, SITE_DEFAULTS)})
        return {**SITE_DEFAULTS, **site.body["settings"]}
    if name == "console":
        return console.do(site, body)
    if name == "door":
        user, lock = build.user_of(site, str(body["user"])), build.lock_of(site, str(body["lock"]))
        return door.attempt(site, user, lock, body.get("by"))
    if name == "fill":
        return build.fill(site, body)
    return None


def _get(site: Site, name: str, query: Body) -> Any:
    if name == "":
        return whole(site)
    if name == "users":
        roles = site.roles()
        return {"users": [_user(site, one, roles) for one in site.all("salto.user")]}
    if name == "entries":
        lines = site.store.read_log(site.account, "salto.entry", int(query.get("after", 0)))
        return {"entries": [shapes.entry(one) for one in lines]}
    if name == "mails":
        return {"mails": site.store.read_log(site.account, "salto.mail", int(query.get("after", 0)))}
    if name in ("calls", "counts"):
        return calls(site.realm, name, {**query, "site": site.account})
    return None


def _user(site: Site, one: Body, roles: dict[str, Body]) -> Body:
    groups = [group for group, _ in site.store.linked_to(MEMBER, one["id"])]
    return {**shapes.user(site, one, roles), "groups": groups, "credentials": door.credentials(site, one)}


def whole(site: Site) -> Body:
    """Return a site with the ids of all that is in it but its people."""
    owner = people.by_platform(site, site.body["owner"])
    service = people.by_platform(site, site.body["service"])
    profile = site.realm.peek("salto.profile", site.body["service"]) or {}
    locks = {lock["id"]: lock["customer_reference"] for lock in site.all("salto.lock")}
    groups = [
        {
            **shapes.group(one),
            "members": site.store.count_links(MEMBER, one["id"]),
            "locks": [locks[lock] for lock, _ in site.store.linked_from(OPENS, one["id"]) if lock in locks],
            "scheduled": any(each["group"] == one["id"] for each in site.all("salto.schedule")),
        }
        for one in site.all("salto.group")
    ]
    return {
        **shapes.site(site),
        "name": site.body["customer_reference"],
        "seats": {"bought": site.body["seats"], "used": people.seats_used(site)},
        "owner_user_id": owner and owner["id"],
        "service": {
            "user_id": service and service["id"],
            "email": profile.get("email"),
            "password": profile.get("password"),
        },
        "roles": {one["code"]: one["id"] for one in site.all("salto.role")},
        "groups": groups,
        "locks": [shapes.lock(site, one) for one in site.all("salto.lock")],
        "settings": {**SITE_DEFAULTS, **site.body["settings"]},
        "faults": site.all("fault"),
    }


def _faults(space: Space, method: str, path: list[str], body: Body) -> Any:
    if method == "POST" and not path:
        return faults.add(space, body, KINDS)
    if method == "GET" and not path:
        return {"faults": space.all("fault")}
    if method == "DELETE":
        return faults_off(space, path)
    return None


def faults_off(space: Space, ids: list[str]) -> Body:
    """Switch some faults off, or all when no id is given."""
    found = [one["id"] for one in space.each("fault") if not ids or one["id"] in ids]
    for one in found:
        space.store.remove(one)
    return {"removed": found}


def calls(realm: Realm, name: str, query: Body) -> Body:
    """Return the calls of a site or of all after a number, oldest first, or how many of each there were."""
    site, after, limit = query.get("site"), int(query.get("after", 0)), int(query.get("limit", 0))
    lines = realm.store.read_log(REALM, "call", after, 0 if site else limit)
    lines = [one for one in lines if site in (None, one["site"])]
    if name == "calls":
        return {"calls": lines[-limit:] if limit else lines}
    counts = Counter(one["name"] for one in lines)
    last = lines[-1]["seq"] if lines else after
    return {"total": len(lines), "by_call": dict(sorted(counts.items())), "last": last}
