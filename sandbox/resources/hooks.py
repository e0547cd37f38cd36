"""Account, events and webhook endpoints.

https://docs.stripe.com/api/events , https://docs.stripe.com/api/webhook_endpoints
"""

from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from sandbox.errors import invalid, refused
from sandbox.ids import random_text
from sandbox.listing import page, within
from sandbox.resources.attributes import merge_metadata
from sandbox.world import World


def account(world: World, _params: dict[str, Any]) -> dict[str, Any]:
    """Return the account the key belongs to."""
    return world.account


def retrieve_event(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Return an event as it was made."""
    return _counted(world, world.find("event", object_id, "id"))


def list_events(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Return a page of events of the last 30 days, by type, moment and delivery."""
    if "type" in params and "types" in params:
        raise refused("You may only specify one of these parameters: type, types.", "types")
    kinds = params.get("types") or ([params["type"]] if "type" in params else ["*"])
    if len(kinds) > 20:
        raise refused("You may only specify up to 20 types.", "types")
    undelivered = _undelivered(world) if "delivery_success" in params else set()

    def keep(event: dict[str, Any]) -> bool:
        if event["created"] < world.now - 30 * 86400:
            return False
        delivered = event["id"] not in undelivered
        if params.get("delivery_success", delivered) is not delivered:
            return False
        right_time = within(event["created"], params.get("created"))
        return right_time and any(fnmatchcase(event["type"], kind) for kind in kinds)

    found = page(world, "event", params, "/v1/events", keep)
    return {**found, "data": [_counted(world, event) for event in found["data"]]}


def _undelivered(world: World) -> set[str]:
    """Return the events of which some delivery has not succeeded."""
    rows = world.store.db.execute(
        "SELECT DISTINCT event FROM deliveries WHERE account = ? AND state != 'delivered'",
        (world.account["id"],),
    )
    return {row["event"] for row in rows}


def _counted(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """Return an event with the number of deliveries that are still to come."""
    row = world.store.db.execute(
        "SELECT COUNT(DISTINCT endpoint) FROM deliveries WHERE event = ? AND state IN ('new', 'waiting')",
        (event["id"],),
    ).fetchone()
    return {**event, "pending_webhooks": row[0]}


def create(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Create an endpoint; only this answer shows its secret."""
    _check(params)
    if len(world.each("webhook_endpoint")) >= 16:
        raise invalid("You have reached the maximum of 16 test webhook endpoints.")
    secret = f"whsec_{random_text(32)}"
    endpoint = world.make(
        "webhook_endpoint",
        api_version=params.get("api_version"),
        application=None,
        description=params.get("description") or None,
        enabled_events=params["enabled_events"],
        metadata=dict(params.get("metadata") or {}),
        status="enabled",
        url=params["url"],
        _secret=secret,
    )
    return {**endpoint, "secret": secret}


def _check(params: dict[str, Any]) -> None:
    url = params.get("url")
    if url is not None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            message = "Invalid URL: An explicit scheme (such as https) must be provided."
            raise refused(message, "url", "url_invalid")
    for kind in params.get("enabled_events") or []:
        if kind != "*" and not all(part.isidentifier() for part in kind.split(".")):
            raise refused(f"Invalid enabled_events: {kind}", "enabled_events")


def retrieve(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Return an endpoint."""
    return world.find("webhook_endpoint", object_id, "webhook_endpoint")


def update(world: World, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Change an endpoint; `disabled` stops its deliveries."""
    endpoint = world.find("webhook_endpoint", object_id, "webhook_endpoint")
    _check(params)
    for name in ("description", "enabled_events", "url"):
        if name in params:
            endpoint[name] = params[name] or None
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    merge_metadata(endpoint, params.get("metadata"))
    return world.save(endpoint)


def delete(world: World, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Forget an endpoint; what waits for it is never delivered."""
    world.find("webhook_endpoint", object_id, "webhook_endpoint")
    world.store.remove(object_id)
    return {"id": object_id, "object": "webhook_endpoint", "deleted": True}


def listed(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Return a page of endpoints."""
    return page(world, "webhook_endpoint", params, "/v1/webhook_endpoints")
