"""Ids that look like Stripe's."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits

# What an object is called inside the sandbox → how its id begins.
PREFIXES = {
    "account": "acct",
    "terminal.location": "tml",
    "terminal.reader": "tmr",
    "payment_intent": "pi",
    "setup_intent": "seti",
    "setup_attempt": "setatt",
    "payment_method": "pm",
    "customer": "cus",
    "charge": "ch",
    "refund": "re",
    "dispute": "du",
    "payout": "po",
    "event": "evt",
    "webhook_endpoint": "we",
    "checkout.session": "cs_test",
    "balance_transaction": "txn",
    "request": "req",
    "device": "dev",
    "fault": "flt",
}


def new_id(kind: str) -> str:
    """Return a fresh id for an object of that kind."""
    return f"{PREFIXES[kind]}_{random_text(24 if kind != 'request' else 14)}"


def random_text(length: int) -> str:
    """Return random letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def kind_of(object_id: str) -> str | None:
    """Return the kind of object an id belongs to, or None."""
    prefix = object_id.rpartition("_")[0]
    for kind, known in PREFIXES.items():
        if known == prefix:
            return kind
    return None
