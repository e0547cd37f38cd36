"""What a restricted key must be allowed to do, and what for.

Names as in https://docs.stripe.com/stripe-apps/reference/permissions ; Stripe has no call that tells what a key may.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Right:
    """One permission of a key: ``name`` is Stripe's, ``label`` is how the Dashboard calls it."""

    name: str
    label: str
    why: str
    optional: bool = False  # without it only the pages that need it stay empty

    @property
    def writes(self) -> bool:
        """Return whether it changes something: then only its use proves it."""
        return self.name.endswith("_write")


RIGHTS = (
    Right("account_read", "Account: read", "whose key it is, its country and currency"),
    Right("terminal_location_read", "Terminal locations: read", "the table of Stripe Locations"),
    Right("terminal_location_write", "Terminal locations: write", "a Stripe Location is created from here"),
    Right("terminal_reader_read", "Terminal readers: read", "which readers there are, and what they show"),
    Right("terminal_reader_write", "Terminal readers: write", "an amount is put on a reader"),
    Right("payment_intent_read", "PaymentIntents: read", "what became of a payment"),
    Right("payment_intent_write", "PaymentIntents: write", "a payment is prepared and cancelled, its receipt mailed"),
    Right(
        "charge_read",
        "Charges and Refunds: read",
        "the card's details on receipts; what was paid or refunded elsewhere",
    ),
    Right("charge_write", "Charges and Refunds: write", "money goes back to the card that paid"),
    Right("dispute_read", "Disputes: read", "what a cardholder wants back from the bank, and until when to answer"),
    Right("setup_intent_read", "SetupIntents: read", "whether a card was kept"),
    Right("setup_intent_write", "SetupIntents: write", "a card is kept without a charge"),
    Right("customer_read", "Customers: read", "whether Stripe still knows somebody"),
    Right("customer_write", "Customers: write", "a kept card belongs to somebody; the webhook is tested"),
    Right("payment_method_read", "PaymentMethods: read", "which cards are kept"),
    Right("payment_method_write", "PaymentMethods: write", "a removed card is forgotten at Stripe"),
    Right("checkout_session_read", "Checkout Sessions: read", "whether a payment link was paid"),
    Right("checkout_session_write", "Checkout Sessions: write", "a payment link or a card link is opened"),
    Right("payout_read", "Payouts: read", "what Stripe paid out to the bank, and when", optional=True),
    Right("balance_read", "Balance: read", "the payments, refunds and fees that a payout holds", optional=True),
    Right("event_read", "Events: read", "what Stripe could not deliver is fetched after an outage"),
    Right("webhook_read", "Webhook endpoints: read", "an endpoint that nobody listens to any more is found"),
    Right("webhook_write", "Webhook endpoints: write", "the webhook endpoint is made and renewed from here"),
)
PAYOUT_RIGHTS = ("payout_read", "balance_read")
_BY_NAME = {right.name: right for right in RIGHTS}


def label_of(name: str) -> str:
    """Return how the Dashboard calls a permission; one that nobody here knows keeps Stripe's name."""
    return _BY_NAME[name].label if name in _BY_NAME else name


def lacking(key_rights: dict[str, Any]) -> tuple[str, ...]:
    """Return the labels of what a key is known to lack, but for what it may do without."""
    missing = [name for name, known in key_rights.items() if known.get("state") == "missing"]
    return tuple(label_of(name) for name in missing if name not in _BY_NAME or not _BY_NAME[name].optional)


def lacks_for_payouts(key_rights: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the permissions that payouts need and that the key is known to lack."""
    return tuple(name for name in PAYOUT_RIGHTS if key_rights.get(name, {}).get("state") == "missing")
