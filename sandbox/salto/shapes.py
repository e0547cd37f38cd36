"""What the API shows of an object: the fields SALTO KS answers with, and no other."""

from typing import Any

from sandbox.salto import people
from sandbox.salto.space import Body, Site

_PLATFORM = ("id", "email", "first_name", "last_name", "tag_number", "has_profile")
_FLAGS = (
    "override_privacy_mode",
    "toggle_easy_office_mode",
    "toggle_manual_office_mode",
    "tag_owned_by_this_site",
    "expires_at",
    "data_removal_expires_at",
)


def _iso(moment: float | None) -> str | None:
    return None if moment is None else people.utc(moment)


def platform_user(profile: Body) -> Body:
    """Return a person as the platform knows them: the `id` here is the one that groups want."""
    return {
        **{name: profile[name] for name in _PLATFORM},
        "is_managed_by_current_site": False,
        "image_url": None,
    }


def role(one: Body) -> Body:
    """Return a role."""
    return {name: one[name] for name in ("id", "customer_reference", "code", "parent_id", "is_hierarchical")}


def user(site: Site, one: Body, roles: dict[str, Body] | None = None, valid: bool | None = None) -> Body:
    """Return a person as the site knows them. A new one has no roles while the platform lags behind.

    A list gives the site's `roles`, and whether its subscription is `valid`, once for all.
    """
    known = site.roles() if roles is None else roles
    valid = site.valid if valid is None else valid
    held = [] if people.lags(site, one) else [role(known[each]) for each in one["role_ids"]]
    return {
        "id": one["id"],
        "user": platform_user(one["user"]),
        "roles": held,
        "alias": one["alias"],
        "blocked": one["blocked"],
        "subscription_state": one["subscription_state"] if valid else people.SUSPENDED,
        "remote_access": any(each["code"] == "site_mobile_user" for each in held),
        "use_pin": one["use_pin"],
        **{name: one[name] for name in _FLAGS},
    }


def site(one: Site) -> Body:
    """Return a site; the owner is to be seen here only."""
    body = one.body
    owner = one.realm.peek("salto.profile", body["owner"]) or {}
    return {
        "id": body["id"],
        "site_uid": body["site_uid"],
        "customer_reference": body["customer_reference"],
        "active_user_amount": people.seats_used(one),
        "subscribed_user_amount": body["seats"],
        "subscription_valid": body["subscription_valid"],
        "active_iq_amount": len([iq for iq in one.all("salto.iq") if iq["online"]]),
        "pin_enabled": body["pin_enabled"],
        "mkey_compatible": True,
        "country_code": body["country_code"],
        "time_zone": body["time_zone"],
        "installation_state": body["installation_state"],
        "store_events_ttl": "90.00:00:00",
        "owner": platform_user(owner) if owner else None,
    }


def group(one: Body) -> Body:
    """Return an access group."""
    return {"id": one["id"], "customer_reference": one["customer_reference"]}


def schedule(one: Body) -> Body:
    """Return a time schedule of a group."""
    return {name: value for name, value in one.items() if name not in ("object", "group")}


def iq(one: Body) -> Body:
    """Return an IQ, the box that connects locks."""
    return {
        "id": one["id"],
        "customer_reference": one["customer_reference"],
        "mac": one["mac"],
        "online": one["online"],
        "otp_enabled": True,
    }


def lock(place: Site, one: Body) -> Body:
    """Return a lock; it is online while its IQ is."""
    box = place.peek("salto.iq", one["iq"]) or {}
    return {
        "id": one["id"],
        "customer_reference": one["customer_reference"],
        "mac": one["mac"],
        "lock_type": "access_point",
        "locked_state": "locked",
        "online": bool(box.get("online")),
        "battery_level": "fresh",
        "privacy_mode": False,
        "iq": iq(box) if box else None,
        "vendor": {"code": "salto", "customer_reference": "SALTO"},
    }


def entry(line: Body) -> Body:
    """Return an event of a lock."""
    shown: Body = {name: value for name, value in line.items() if name != "at"}
    return {**shown, "utc_date_time": _iso(line["at"]), "ttl_in_seconds": 90 * 86400}


def key(pin: Body) -> Any:
    """Return a key a person holds; the PIN itself is not shown."""
    return {
        "type": "pin",
        "key_identifier": pin["id"],
        "expiry_date": pin["expiry_date"],
        "offline_access": False,
    }
