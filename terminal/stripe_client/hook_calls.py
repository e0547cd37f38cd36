"""Webhook endpoints, and something harmless for Stripe to post: https://docs.stripe.com/api/webhook_endpoints ."""

from dataclasses import dataclass, field
from typing import Any

from terminal.rules import PAGE_TIMEOUT
from terminal.stripe_client.calls import API_VERSION, Calls, safe

TAG = "flexspace"


@dataclass(frozen=True, slots=True)
class EndpointObject:
    """A webhook endpoint as it was made; only that answer holds the secret."""

    id: str
    secret: str = field(repr=False)


class HookCalls(Calls):
    """What lets Stripe post to us. Every call waits for 20 seconds and is never repeated by itself."""

    def create_endpoint(self, *, key: str, url: str, events: list[str], tag: str) -> EndpointObject:
        """Make an endpoint for ``url`` that posts ``events`` in the version of the API that we speak.

        ``tag`` is kept at Stripe, so that it can be found again without its secret.
        """
        params: Any = {
            "url": url,
            "enabled_events": events,
            "api_version": API_VERSION,
            "metadata": {TAG: tag},
        }
        options: Any = {"idempotency_key": key}
        made = self.call(lambda api: api.v1.webhook_endpoints.create(params, options), timeout=PAGE_TIMEOUT)
        return EndpointObject(str(made["id"]), str(made["secret"]))

    def endpoints_tagged(self, tag: str) -> list[str]:
        """Read the ids of the endpoints that were made with ``tag``."""
        listed = self.read_all(lambda api, page: api.v1.webhook_endpoints.list(page))
        return [str(item["id"]) for item in listed if (item.get("metadata") or {}).get(TAG) == tag]

    def delete_endpoint(self, endpoint_id: str) -> None:
        """Let Stripe post there no more."""
        self.call(lambda api: api.v1.webhook_endpoints.delete(safe(endpoint_id)), timeout=PAGE_TIMEOUT)

    def delete_customer(self, customer_id: str) -> None:
        """Delete a Customer. https://docs.stripe.com/api/customers/delete"""
        self.call(lambda api: api.v1.customers.delete(safe(customer_id)), timeout=PAGE_TIMEOUT)
