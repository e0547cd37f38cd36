"""Locations and Readers are made, named and removed: https://docs.stripe.com/terminal/fleet/locations-and-zones ."""

from typing import Any

from terminal.rules import PAGE_TIMEOUT
from terminal.stripe_client.calls import Calls, safe, shaped
from terminal.stripe_client.objects import LocationObject, ReaderObject, read_location, read_reader


class FleetCalls(Calls):
    """What an admin sets up once. Every call waits for 20 seconds and is never repeated by itself."""

    def create_location(self, *, key: str, params: dict[str, Any]) -> LocationObject:
        """Make a Stripe Location; ``params`` as in https://docs.stripe.com/api/terminal/locations/create ."""
        options: Any = {"idempotency_key": key}
        given: Any = params
        return shaped(
            read_location,
            self.call(lambda api: api.v1.terminal.locations.create(given, options), timeout=PAGE_TIMEOUT),
        )

    def register_reader(self, *, key: str, code: str, label: str, location_id: str) -> ReaderObject:
        """Register the reader that shows ``code`` at a Stripe Location.

        https://docs.stripe.com/api/terminal/readers/create
        """
        params: Any = {"registration_code": code, "label": label, "location": safe(location_id)}
        options: Any = {"idempotency_key": key}
        return shaped(
            read_reader, self.call(lambda api: api.v1.terminal.readers.create(params, options), timeout=PAGE_TIMEOUT)
        )

    def label_reader(self, reader_id: str, label: str) -> ReaderObject:
        """Give a Reader another label; the rest of it cannot be changed.

        https://docs.stripe.com/api/terminal/readers/update
        """
        params: Any = {"label": label}
        return shaped(
            read_reader,
            self.call(lambda api: api.v1.terminal.readers.update(safe(reader_id), params), timeout=PAGE_TIMEOUT),
        )

    def delete_reader(self, reader_id: str) -> None:
        """Take a Reader out of the account. https://docs.stripe.com/api/terminal/readers/delete"""
        self.call(lambda api: api.v1.terminal.readers.delete(safe(reader_id)), timeout=PAGE_TIMEOUT)
