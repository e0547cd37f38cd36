"""The table of sentences for audited actions that one line can tell. ``flexspace.core.sentences`` reads it.

An action that is not in it, and that no app tells by itself, reads as its own name.
"""

from collections.abc import Mapping
from typing import Any

from flexspace.core.models import AuditEvent
from flexspace.core.money import Money, MoneyError

# Action: sentence, tone ("", ok, warn, bad, reader) and icon. {amount} is money; other names are read from the
# event as they are. Bank codes stay out: whoever looks at an invoice reads these sentences.
WORDS: dict[str, tuple[str, str, str]] = {
    "terminal.account.added": ("Stripe account {account} added", "", "plug"),
    "terminal.account.key_changed": ("Key of Stripe account {account} changed", "warn", "key-round"),
    "terminal.account.webhook_secret_changed": ("Webhook secret changed", "warn", "key-round"),
    "terminal.stripe_location.mapped": ("Stripe Location {stripe_location} mapped to {location}", "", "map-pin"),
    "terminal.reader.reset": ("Reader cleared by hand", "warn", "eraser"),
    "terminal.flag.closed": ("Looked at and closed", "ok", "flag"),
    "terminal.attempt.started": ("Charge of {amount} on {reader} started", "", "send"),
    "terminal.attempt.created": ("Payment of {amount} prepared at Stripe", "", "file-check"),
    "terminal.attempt.dispatching": ("{amount} sent to {reader}", "", "send"),
    "terminal.attempt.waiting": ("{amount} on {reader}", "reader", "nfc"),
    "terminal.attempt.declined": ("{amount} not paid on {reader}", "bad", "circle-x"),
    "terminal.attempt.unknown": ("{amount} on {reader}: checking with Stripe", "warn", "circle-alert"),
    "terminal.attempt.canceling": ("Cancelling {amount}", "warn", "circle-slash"),
    "terminal.attempt.canceled": ("{amount} cancelled, nothing was charged", "", "ban"),
    "terminal.attempt.failed": ("{amount} was not started, nothing was charged", "bad", "circle-x"),
    "terminal.attempt.succeeded": ("{amount} paid on {reader}", "ok", "check"),
    "terminal.attempt.other_reader": ("{amount} moved to another reader", "", "arrow-right-left"),
    "terminal.attempt.try_again": ("{amount} sent to {reader} again", "", "rotate-cw"),
}


def words(event: AuditEvent) -> tuple[str, str, str]:
    """Return what happened as a sentence, its tone and its icon."""
    template, tone, icon = WORDS.get(event.action, ("", "", "circle-dot"))
    return (template.format_map(_Facts(event)) if template else _plain(event.action)), tone, icon


class _Facts(dict[str, str]):
    """The names a sentence may use; one that the event does not hold reads as "something"."""

    def __init__(self, event: AuditEvent) -> None:
        facts: Mapping[str, Any] = {**event.before, **event.after}
        super().__init__({name: value for name, value in facts.items() if isinstance(value, str) and value})
        self["amount"] = _money(facts.get("amount"), str(facts.get("currency", "")))

    def __missing__(self, name: str) -> str:
        return "something"


def _money(amount: Any, currency: str) -> str:
    try:
        return str(Money(amount, currency))
    except MoneyError:
        return "an amount"


def _plain(action: str) -> str:
    return action.partition(".")[2].replace(".", " ").replace("_", " ").capitalize() or action
