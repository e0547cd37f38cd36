"""Building a site as an installer and its staff would: roles, people, groups, locks."""

import secrets
from typing import Any

from sandbox.salto import people
from sandbox.salto.resources.groups import DAYS, MEMBER, OPENS, schedule_fields
from sandbox.salto.space import Body, Realm, Site, new_id

# code, label, in the hierarchy, code of the parent
_ROLES = [
    ("site_admin", "Site Admin", True, None),
    ("site_super_user", "Super User", True, "site_admin"),
    ("front_desk", "Front Desk", True, "site_admin"),
    ("site_user", "Site User", True, "site_super_user"),
    ("site_guest", "Site Guest", True, "site_user"),
    ("site_pod_member", "Site Pod Member", True, "site_user"),
    ("site_mobile_user", "Site Mobile User", False, None),
]
ALWAYS: Body = {**dict.fromkeys(DAYS, True), "start_time": "00:00", "end_time": "23:59"}


def add_site(realm: Realm, given: Body) -> Site:
    """Create a site, or find it by its name; README.md says what `given` may hold. Raises ValueError."""
    for one in realm.sites():
        if one.body["customer_reference"] == given.get("name"):
            return one
    body = realm.make(
        "salto.site",
        site_uid=f"{given.get('country', 'NL').upper()}{secrets.randbelow(10**10):010}",
        customer_reference=_text(given, "name"),
        seats=int(given.get("seats", 50)),
        subscription_valid=True,
        pin_enabled=bool(given.get("pin_enabled", True)),
        country_code=given.get("country", "NL").upper(),
        time_zone=given.get("time_zone", "Europe/Amsterdam"),
        installation_state="released" if given.get("released", True) else "installing",
        owner=None,
        service=None,
        settings={},
    )
    site = realm.site(body["id"])
    _add_roles(site)
    box = add_iq(site, "IQ 1")
    for lock in given.get("locks", ["Front door"]):
        add_lock(site, lock if isinstance(lock, str) else lock["name"], box)
    for group in given.get("groups", []):
        add_group(site, {"name": group} if isinstance(group, str) else group)
    _add_staff(site, given)
    for user in given.get("users", []):
        add_user(site, user)
    return site


def _text(given: Body, name: str) -> str:
    if not isinstance(given.get(name), str) or not given[name].strip():
        raise ValueError(f"{name} is missing")
    return str(given[name])


def _add_roles(site: Site) -> None:
    ids: dict[str | None, str | None] = {None: None}
    for code, label, hierarchical, parent in _ROLES:
        made = site.make(
            "salto.role",
            customer_reference=label,
            code=code,
            parent_id=ids[parent],
            is_hierarchical=hierarchical,
        )
        ids[code] = made["id"]


def _add_staff(site: Site, given: Body) -> None:
    """Add the owner and the integration's own user: both look like any admin, and both take a seat."""
    slug = "".join(letter for letter in given["name"].lower() if letter.isalnum())
    owner = {"first_name": "Olga", "last_name": "Owner", "email": f"owner@{slug}.example", **(given.get("owner") or {})}
    service = {
        "first_name": "Flexspace",
        "last_name": "Integration",
        "email": f"integration@{slug}.example",
        **(given.get("service") or {}),
    }
    for name, one in (("owner", owner), ("service", service)):
        user = add_user(site, {"roles": ["site_admin", "site_mobile_user"], "has_profile": True, **one})
        site.update(**{name: user["user"]["id"]})


def add_user(site: Site, given: Body) -> Body:
    """Add somebody who is at the site already: {first_name, last_name, email, roles, groups, tag, pin, …}."""
    email = given.get("email")
    profile = people.profile_of(site.realm, email) if email else None
    if profile is None:
        profile = people.make_profile(site.realm, {"first_name": "", "last_name": "", **given})
    if people.by_platform(site, profile["id"]) is not None:
        raise ValueError(f"{email} is at this site already")
    usual = ["site_pod_member"] if given.get("pod") else ["site_user", "site_mobile_user"]
    roles = [site.role(code)["id"] for code in given.get("roles", usual)]
    user = people.add(site, profile, roles, {**given, "pods": [new_id()] if given.get("pod") else []})
    if given.get("state") == people.SUSPENDED:
        people.subscribe(site, user, people.SUSPENDED)
    if given.get("tag"):
        people.give_tag(site, user, str(given["tag"]))
    if given.get("pin"):
        people.new_pin(site, user, None)
    for name in given.get("groups", []):
        site.store.link(site.account, MEMBER, group_of(site, name)["id"], user["id"], site.now)
    return user


def group_of(site: Site, name: str) -> Body:
    """Return a group by id or name. Raises ValueError when there is none."""
    for one in site.all("salto.group"):
        if name in (one["id"], one["customer_reference"]):
            return one
    raise ValueError(f"no group {name}")


def user_of(site: Site, name: str) -> Body:
    """Return a user by either id or e-mail. Raises ValueError when there is none."""
    user = site.peek("salto.user", name) or people.by_platform(site, name) or people.by_email(site, name)
    if user is None:
        raise ValueError(f"no user {name}")
    return user


def lock_of(site: Site, name: str) -> Body:
    """Return a lock by id or name. Raises ValueError when there is none."""
    for one in site.all("salto.lock"):
        if name in (one["id"], one["customer_reference"]):
            return one
    raise ValueError(f"no lock {name}")


def add_group(site: Site, given: Body) -> Body:
    """Add a group: {name, schedule: "always" | "none" | a schedule, locks: names, all of them by default}."""
    group = site.make("salto.group", customer_reference=_text(given, "name"))
    schedule = given.get("schedule", "always")
    if schedule != "none":
        fields = schedule_fields(ALWAYS if schedule == "always" else schedule, {})
        site.make("salto.schedule", group=group["id"], **fields)
    for lock in given.get("locks", [one["id"] for one in site.all("salto.lock")]):
        site.store.link(site.account, OPENS, group["id"], lock_of(site, lock)["id"], site.now)
    return group


def add_iq(site: Site, name: str) -> Body:
    """Add an IQ."""
    return site.make("salto.iq", customer_reference=name, mac=_mac(), online=True)


def add_lock(site: Site, name: str, box: Body) -> Body:
    """Add a lock that an IQ connects."""
    return site.make("salto.lock", customer_reference=name, mac=_mac(), iq=box["id"])


def add_tag(site: Site, number: str) -> Body:
    """Put a tag nobody holds yet into the drawer."""
    return site.make("salto.tag", tag_number=number)


def _mac() -> str:
    return ":".join(f"{secrets.randbelow(256):02X}" for _ in range(6))


def fill(site: Site, given: Body) -> dict[str, Any]:
    """Add many made-up people: {users, groups: names, per_user, prefix}. Quick, for large sites."""
    names = [group_of(site, name)["id"] for name in given.get("groups", [])]
    free = site.body["seats"] - people.seats_used(site)
    roles = [site.role(code)["id"] for code in ("site_user", "site_mobile_user")]
    prefix, per_user = given.get("prefix", "person"), int(given.get("per_user", 1 if names else 0))
    for number in range(int(given["users"])):
        told = {"first_name": "Person", "last_name": str(number), "email": f"{prefix}{number}@people.example"}
        profile = people.make_profile(site.realm, {**told, "has_profile": True})
        user = people.add(site, profile, roles, {}, free=number < free)
        for place in range(per_user):
            group = names[(number + place) % len(names)]
            site.store.link(site.account, MEMBER, group, user["id"], site.now)
    return {"users": int(given["users"])}
