"""People and seats: profiles on the platform, users of a site, and who of them holds a seat."""

import secrets
import time
from typing import Any

from sandbox import faults
from sandbox.salto.errors import POD_MEMBER, SaltoError, not_allowed
from sandbox.salto.space import Body, Realm, Site, new_id

SUBSCRIBED, SUSPENDED = "subscribed", "suspended"
ADMINS = ("site_admin", "site_super_user")


def utc(moment: float) -> str:
    """Return a moment (unix seconds) as the API writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def profile_of(realm: Realm, email: str) -> Body | None:
    """Return the person with an e-mail address, whatever its case, or None."""
    found = realm.store.query(
        realm.account, "salto.profile", "lower(json_extract(o.body, '$.email')) = ?", [email.lower()], limit=1
    )
    return found[0] if found else None


def make_profile(realm: Realm, given: Body) -> Body:
    """Create a person on the platform. `given` is {first_name, last_name, email, has_profile, password}."""
    return realm.make(
        "salto.profile",
        email=given.get("email"),
        first_name=given["first_name"],
        last_name=given["last_name"],
        tag_number=None,
        has_profile=bool(given.get("has_profile")),
        password=given.get("password", "sandbox"),
        sub=new_id(),
    )


def change_profile(realm: Realm, profile: Body, **fields: Any) -> None:
    """Change a person on the platform, and what every site shows of them."""
    profile.update(fields)
    realm.save(profile)
    for site in realm.sites():
        user = by_platform(site, profile["id"])
        if user is not None:
            user["user"].update({name: value for name, value in fields.items() if name in user["user"]})
            site.save(user)


def by_platform(site: Site, platform_id: str) -> Body | None:
    """Return the site's user with a platform id, or None."""
    where = "json_extract(o.body, '$.user.id') = ?"
    found = site.store.query(site.account, "salto.user", where, [platform_id], limit=1)
    return found[0] if found else None


def by_email(site: Site, email: str) -> Body | None:
    """Return the site's user with an e-mail address, whatever its case, or None."""
    where = "lower(json_extract(o.body, '$.user.email')) = ?"
    found = site.store.query(site.account, "salto.user", where, [email.lower()], limit=1)
    return found[0] if found else None


def seats_used(site: Site) -> int:
    """Return how many users are subscribed: the owner, admins and integrations too."""
    if not site.valid:
        return 0
    where = "json_extract(o.body, '$.subscription_state') = ?"
    return site.store.count(site.account, "salto.user", where, [SUBSCRIBED])


def state(site: Site, user: Body) -> str:
    """Return a user's state as it counts: nobody is subscribed at a site whose own subscription has ended."""
    return str(user["subscription_state"]) if site.valid else SUSPENDED


def lags(site: Site, user: Body) -> bool:
    """Tell whether the platform does not know a new user everywhere yet."""
    return bool(site.now < user["ready_at"])


def codes(site: Site, user: Body) -> set[str]:
    """Return the codes of a user's roles."""
    roles = site.roles()
    return {roles[one]["code"] for one in user["role_ids"]}


def add(site: Site, profile: Body, role_ids: list[str], given: Body, free: bool | None = None) -> Body:
    """Make a person a user of the site: subscribed if a seat is free, else suspended, and nothing is said.

    `free` is for a caller who counts the seats.
    """
    lag = faults.strikes(site, ("new_user_lag",), "")
    if free is None:
        free = seats_used(site) < site.body["seats"]
    seconds = max((float(one["seconds"] or 60) for one in lag), default=0.0)
    return site.make(
        "salto.user",
        user={name: profile[name] for name in ("id", "email", "first_name", "last_name", "tag_number", "has_profile")},
        role_ids=role_ids,
        alias=given.get("alias") or "",
        blocked=bool(given.get("blocked")),
        subscription_state=SUBSCRIBED if free else SUSPENDED,
        use_pin=bool(given.get("use_pin", site.body["pin_enabled"])),
        override_privacy_mode=bool(given.get("override_privacy_mode")),
        toggle_easy_office_mode=bool(given.get("toggle_easy_office_mode")),
        toggle_manual_office_mode=bool(given.get("toggle_manual_office_mode")),
        tag_owned_by_this_site=False,
        expires_at=given.get("expires_at"),
        data_removal_expires_at=None,
        pods=list(given.get("pods") or []),
        pin=None,
        ready_at=site.now + seconds,
        added_at=site.now,
    )


def invite(site: Site, profile: Body) -> None:
    """Mail an invitation, as the platform does to everybody who is added with an e-mail address."""
    site.store.write_log(
        site.account,
        "salto.mail",
        {"at": site.now, "to": profile["email"], "what": "added" if profile["has_profile"] else "invitation"},
    )


def touchable(site: Site, user: Body) -> None:
    """Raise the 403 of a user who is in a pod, or whom the platform does not know everywhere yet."""
    if user["pods"]:
        raise SaltoError(403, POD_MEMBER, "Not allowed because the site user is a pod member")
    if lags(site, user):
        raise not_allowed("No permission on this user")


def subscribe(site: Site, user: Body, wanted: str) -> bool:
    """Change a user's state. Tell whether it is now as wanted: without a free seat it stays suspended."""
    full = seats_used(site) >= site.body["seats"]
    if wanted == SUBSCRIBED and user["subscription_state"] == SUSPENDED and full:
        return False
    user["subscription_state"] = wanted
    site.save(user)
    return True


def remove(site: Site, user: Body) -> None:
    """Take a user off the site. Somebody who never signed up is gone altogether."""
    site.store.remove(user["id"])
    site.store.unlink_all(user["id"])
    platform_id = user["user"]["id"]
    if not user["user"]["has_profile"] and not any(by_platform(one, platform_id) for one in site.realm.sites()):
        site.store.remove(platform_id)


def new_pin(site: Site, user: Body, expiry: str | None) -> str:
    """Give a user a new PIN and forget the one before; return it as text, for it may begin with 0."""
    user["pin"] = {"id": new_id(), "value": f"{secrets.randbelow(10**6):06}", "expiry_date": expiry}
    site.save(user)
    return str(user["pin"]["value"])


def give_tag(site: Site, user: Body, number: str) -> None:
    """Give a user a tag by its number."""
    profile = site.realm.peek("salto.profile", user["user"]["id"])
    if profile is not None:
        change_profile(site.realm, profile, tag_number=number)
    user["user"]["tag_number"] = number
    user["tag_owned_by_this_site"] = True
    site.save(user)
