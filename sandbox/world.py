"""One account's world at one moment: finding, saving, making objects, and telling about changes."""

import json
from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import missing
from sandbox.ids import new_id
from sandbox.store import Store

API_VERSION = "2026-10-28.endive"

# How the 404 names an object.
_NAMES = {
    "terminal.location": "location",
    "terminal.reader": "reader",
    "payment_method": "PaymentMethod",
}

DEFAULTS: dict[str, Any] = {
    # Seconds between a card and the bank's answer.
    "authorize_seconds": 1.2,
    # Seconds a reader waits for a PIN before the payment fails.
    "pin_seconds": 60.0,
    # Seconds until a charge gets its balance transaction and `charge.updated`.
    "settle_seconds": 1.0,
    # Seconds until the refund of the card "refund fails" turns to failed.
    "refund_fail_seconds": 2.0,
    # Seconds until a refund that is on its way (pending) has gone through; 0 is at once.
    "refund_pending_seconds": 0.0,
    # Seconds until a payout has arrived at the bank and can be unfolded.
    "payout_seconds": 1.0,
    # Seconds a reader waits for a card; 0 means for ever (how long real ones wait is not public).
    "collect_seconds": 0.0,
    # Waits before the second and the third try of a webhook.
    "webhook_retry_seconds": [60.0, 3600.0],
    # The Dashboard's "Successful payments" under "Customer emails": no call tells whether it is on.
    "mails_customers": False,
    # Three answers nobody has documented; off means the lenient reading.
    "show_processing": False,
    "soft_decline_on_intent": False,
    "cancel_idle_is_error": False,
}


@dataclass
class World:
    """The account, the moment (unix seconds) and the call, if any, that makes things change."""

    store: Store
    account: dict[str, Any]
    now: float
    request: dict[str, Any] = field(default_factory=dict)
    # No event is made: a reader that died takes them with it.
    muted: bool = False

    @property
    def country(self) -> str:
        """Return the account's country, as in "DE"."""
        return str(self.account["country"])

    @property
    def currency(self) -> str:
        """Return the account's default currency in lower case."""
        return str(self.account["default_currency"])

    def setting(self, name: str) -> Any:
        """Return a setting of the account, or its default."""
        return self.account["_settings"].get(name, DEFAULTS[name])

    def peek(self, kind: str, object_id: Any) -> dict[str, Any] | None:
        """Return an object or None."""
        return self.store.get(self.account["id"], kind, object_id) if object_id else None

    def find(self, kind: str, object_id: str, param: str = "id") -> dict[str, Any]:
        """Return an object. Raises the 404 `resource_missing` that names `param`."""
        found = self.peek(kind, object_id)
        if found is None:
            raise missing(_NAMES.get(kind, kind.replace(".", " ")), object_id, param)
        return found

    def each(self, kind: str) -> list[dict[str, Any]]:
        """Return all objects of one kind, newest first."""
        return self.store.each(self.account["id"], kind)

    def save(self, body: dict[str, Any]) -> dict[str, Any]:
        """Keep an object; its `object` field is its kind."""
        self.store.save(self.account["id"], body["object"], body)
        return body

    def make(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Create an object with an id, `created` and `livemode`; keep it and return it."""
        body = {"id": new_id(kind), "object": kind, "created": int(self.now), "livemode": False}
        return self.save({**body, **fields})

    def later(self, seconds: float, job: str, **data: Any) -> None:
        """Have a job done when the sandbox's clock is that much further."""
        self.store.add_job(self.account["id"], self.now + seconds, {"job": job, **data})

    def emit(self, kind: str, body: dict[str, Any], previous: dict[str, Any] | None = None) -> None:
        """Make an event about an object as it is now, and queue its deliveries.

        https://docs.stripe.com/api/events/object
        """
        if self.muted:
            return
        data: dict[str, Any] = {"object": public(body, self.now)}
        if previous is not None:
            data["previous_attributes"] = previous
        event = self.make(
            "event",
            api_version=API_VERSION,
            data=json.loads(json.dumps(data)),
            pending_webhooks=0,
            request={
                "id": self.request.get("id"),
                "idempotency_key": self.request.get("idempotency_key"),
            },
            type=kind,
        )
        for endpoint in self.each("webhook_endpoint"):
            if endpoint["status"] == "enabled" and wanted(endpoint, kind):
                queue(self, event, endpoint, self.now)


def wanted(endpoint: dict[str, Any], kind: str) -> bool:
    """Tell whether an endpoint subscribed to a type of event."""
    return "*" in endpoint["enabled_events"] or kind in endpoint["enabled_events"]


def queue(world: World, event: dict[str, Any], endpoint: dict[str, Any], due: float) -> None:
    """Queue one delivery of an event to an endpoint."""
    world.store.db.execute(
        "INSERT INTO deliveries (account, event, endpoint, due, tries, state, body)"
        " VALUES (?, ?, ?, ?, 0, 'new', '{}')",
        (world.account["id"], event["id"], endpoint["id"], due),
    )


def public(body: dict[str, Any], now: float) -> dict[str, Any]:
    """Return an object as the API shows it: without the sandbox's own fields.

    A reader's `status` and `last_seen_at` follow the clock, so they are worked out here.
    """
    shown = {name: value for name, value in body.items() if not name.startswith("_")}
    if "_device" in body:
        device = body["_device"]
        stopped = device.get("stopped_at")
        shown["status"] = "offline" if offline(device, now) else "online"
        shown["last_seen_at"] = int((now if stopped is None else stopped) * 1000)
    return shown


def offline(device: dict[str, Any], now: float) -> bool:
    """Tell whether Stripe takes a device for offline: no sign of life for two minutes."""
    stopped = device.get("stopped_at")
    return bool(device["faults"].get("offline")) or (stopped is not None and now - stopped >= 120)
