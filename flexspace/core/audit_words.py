"""What people read for each audited action. One table; an action that is not in it reads as its own name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flexspace.core.models import AuditEvent
from flexspace.core.money import Money, MoneyError

# Action: sentence, tone ("", ok, warn, bad, reader) and icon. {amount}, {total} and {open} are money; other names
# are read from the event as they are. Bank codes stay out: whoever looks at an invoice reads these sentences.
WORDS: dict[str, tuple[str, str, str]] = {
    "billing.invoice.drafted": ("Draft over {total} started", "", "file-plus"),
    "billing.invoice.lines_changed": ("Lines changed, now {total}", "", "pencil"),
    "billing.invoice.issued": ("Invoice {number} over {total} issued", "", "receipt-text"),
    "billing.invoice.voided": ("Invoice voided: {was_open} is no longer owed", "bad", "ban"),
    "billing.payment.recorded": ("{amount} received, {method}", "ok", "check"),
    "members.member.created": ("{name} added", "", "user-plus"),
    "members.member.updated": ("{name} changed", "", "pencil"),
    "members.member.archived": ("Person archived", "", "archive"),
    "members.company.created": ("{name} added", "", "building-2"),
    "members.company.updated": ("{name} changed", "", "pencil"),
    "terminal.account.added": ("Stripe account {account} added", "", "plug"),
    "terminal.account.key_changed": ("Key of Stripe account {account} changed", "warn", "key-round"),
    "terminal.account.webhook_secret_changed": ("Webhook secret changed", "warn", "key-round"),
    "terminal.stripe_location.mapped": ("Stripe Location {stripe_location} mapped to {location}", "", "map-pin"),
    "terminal.reader.reset": ("Reader cleared by hand", "warn", "eraser"),
    "terminal.flag.closed": ("Looked at: {kind}", "ok", "flag"),
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
_MONEY = ("amount", "total", "open")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline. ``about`` holds pairs of a name and its address, when somebody looked them up."""

    at: datetime
    sentence: str
    by: str
    reason: str
    tone: str
    icon: str
    about: tuple[tuple[str, str], ...] = ()


def sentence(event: AuditEvent) -> str:
    """Return what happened, in words."""
    template = WORDS.get(event.action, ("", "", ""))[0]
    return template.format_map(_Facts(event)) if template else _plain(event.action)


def line(event: AuditEvent, about: tuple[tuple[str, str], ...] = ()) -> Line:
    """Return the timeline's line of ``event``."""
    _, tone, icon = WORDS.get(event.action, ("", "", "circle-dot"))
    return Line(event.at, sentence(event), event.actor_label, event.reason, tone, icon, about)


class _Facts(dict[str, str]):
    """The names a sentence may use; one that the event does not hold reads as "something"."""

    def __init__(self, event: AuditEvent) -> None:
        facts: Mapping[str, Any] = {**event.before, **event.after}
        super().__init__({name: str(value).replace("_", " ") for name, value in facts.items() if _is_text(value)})
        currency = str(facts.get("currency", ""))
        self.update({name: _money(facts[name], currency) for name in _MONEY if name in facts})
        self["was_open"] = _money(event.before.get("open"), currency)

    def __missing__(self, name: str) -> str:
        return "something"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _money(amount: Any, currency: str) -> str:
    try:
        return str(Money(amount, currency))
    except MoneyError:
        return "an amount"


def _plain(action: str) -> str:
    return action.partition(".")[2].replace(".", " ").replace("_", " ").capitalize() or action
