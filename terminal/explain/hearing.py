"""Says whether Stripe posts to us."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from terminal.models import StripeConfig

PATIENCE = timedelta(seconds=60)
UNHEARD = (
    "Nothing came within a minute. Stripe must be able to reach this address from the internet. "
    "Payments are booked all the same: they are asked for."
)


@dataclass(frozen=True, slots=True)
class Hearing:
    """A badge with its sentence; ``waits`` while an event that Stripe was given to post is on its way."""

    tone: str
    badge: str
    sentence: str
    address: str
    waits: bool = False


def hearing(config: StripeConfig, *, address: str, now: datetime) -> Hearing:
    """Return whether what Stripe posts to ``address`` arrives, signed with the newest secret."""
    asked, proven = config.webhook_asked_at, config.webhook_proven_at
    if not config.webhook_secret:
        return Hearing("warn", "Not set up", "Until then Stripe is asked: a payment is booked seconds later.", address)
    if proven:
        took = _took((proven - asked).total_seconds()) if asked else ""
        return Hearing("ok", "Signed event received ✔", " ".join(filter(None, (took, _both(config)))), address)
    if asked and now - asked < PATIENCE:
        return Hearing("idle", "Waiting for Stripe’s event …", "", address, waits=True)
    if asked:
        return Hearing("bad", "No event came", UNHEARD, address)
    return Hearing("warn", "Not proven yet", "Test it, or wait for the first payment.", address)


def _took(seconds: float) -> str:
    """Say how long the last test took to come back."""
    return f"It came {round(seconds)} s after the test." if seconds >= 1 else "It came within a second of the test."


def _both(config: StripeConfig) -> str:
    """Say that a renewal is going on."""
    return "The old secret still works, for an hour at most." if config.webhook_endpoint_previous else ""
