"""SALTO's JSON as our own values."""

from typing import Any

from access.world import Person, Site


def site(item: dict[str, Any]) -> Site:
    """Return a site. The names mislead: ``subscribed_user_amount`` is what was bought, ``active_…`` what is used."""
    return Site(
        id=item["id"],
        uid=text(item, "site_uid"),
        name=text(item, "customer_reference"),
        owner=text(item.get("owner") or {}, "id"),
        used=int(item.get("active_user_amount") or 0),
        bought=int(item.get("subscribed_user_amount") or 0),
        valid=bool(item.get("subscription_valid", True)),
    )


def person(item: dict[str, Any]) -> Person:
    """Return a user of a site, with both ids."""
    user = item["user"]
    pods = [*(item.get("member_of_pods") or []), *(item.get("guest_of_pods") or [])]
    roles = {text(role, "code") for role in item.get("roles") or []}
    return Person(
        site_user=item["id"],
        platform=user["id"],
        email=text(user, "email"),
        name=f"{text(user, 'first_name')} {text(user, 'last_name')}".strip() or text(item, "alias"),
        roles=frozenset(roles | ({"site_pod_member"} if pods else set())),
        state=item["subscription_state"],
        blocked=bool(item.get("blocked")),
        has_profile=bool(user.get("has_profile")),
    )


def text(item: dict[str, Any], name: str) -> str:
    """Return a text of the item; "" where there is none."""
    return str(item.get(name) or "")
