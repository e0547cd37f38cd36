"""One small read for each kind of object, to see whether a key may read it."""

from collections.abc import Callable
from typing import Any

import stripe

from terminal.stripe_client.calls import Calls

_ONE: Any = {"limit": 1}
_READS: dict[str, Callable[[stripe.StripeClient], Any]] = {
    "account": lambda api: api.v1.accounts.retrieve_current(),
    "terminal_location": lambda api: api.v1.terminal.locations.list(_ONE),
    "terminal_reader": lambda api: api.v1.terminal.readers.list(_ONE),
    "payment_intent": lambda api: api.v1.payment_intents.list(_ONE),
    "charge": lambda api: api.v1.charges.list(_ONE),
    "dispute": lambda api: api.v1.disputes.list(_ONE),
    "setup_intent": lambda api: api.v1.setup_intents.list(_ONE),
    "customer": lambda api: api.v1.customers.list(_ONE),
    "payment_method": lambda api: api.v1.payment_methods.list(_ONE),
    "payout": lambda api: api.v1.payouts.list(_ONE),
    "balance": lambda api: api.v1.balance_transactions.list(_ONE),
    "event": lambda api: api.v1.events.list(_ONE),
    "webhook": lambda api: api.v1.webhook_endpoints.list(_ONE),
    "checkout_session": lambda api: api.v1.checkout.sessions.list(_ONE),
}


class ProbeCalls(Calls):
    """Reads that are made for their permission only."""

    def probe(self, resource: str) -> None:
        """Read at most one object of a kind. Raises StripeRefused with ``lacks`` set when the key may not."""
        self.read(_READS[resource])
