"""What an event of Stripe's is about: the payment, page, or keeping of a card that it hints at. Pure."""

import re
from collections.abc import Callable
from typing import Any

NAME = re.compile(r"[A-Za-z0-9_]{1,80}")


def _itself(obj: dict[str, Any]) -> str:
    return str(obj.get("id") or "")


def _of_charge(obj: dict[str, Any]) -> str:
    return str(obj.get("payment_intent") or "")


def _of_reader(obj: dict[str, Any]) -> str:
    action = obj.get("action") or {}
    details = action.get(str(action.get("type"))) or {}
    return str(details.get("payment_intent") or details.get("setup_intent") or "")


REFUNDS = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refunded"})
DISPUTES = frozenset(
    f"charge.dispute.{what}" for what in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
)
PAYOUTS = frozenset(
    f"payout.{what}" for what in ("created", "updated", "paid", "failed", "canceled", "reconciliation_completed")
)
CARDS = frozenset({"payment_method.detached", "payment_method.updated", "payment_method.automatically_updated"})
CUSTOMERS = frozenset({"customer.deleted"})
INTENT_OF: dict[str, Callable[[dict[str, Any]], str]] = {
    "payment_intent.succeeded": _itself,
    "payment_intent.payment_failed": _itself,
    "payment_intent.canceled": _itself,
    "payment_intent.processing": _itself,
    "payment_intent.requires_action": _itself,
    "payment_intent.amount_capturable_updated": _itself,
    "checkout.session.completed": _itself,
    "checkout.session.expired": _itself,
    "setup_intent.succeeded": _itself,
    "setup_intent.setup_failed": _itself,
    "setup_intent.canceled": _itself,
    "charge.succeeded": _of_charge,
    "charge.failed": _of_charge,
    "terminal.reader.action_succeeded": _of_reader,
    "terminal.reader.action_failed": _of_reader,
}
_ABOUT: tuple[tuple[str, Callable[[dict[str, Any]], str]], ...] = (
    ("payment_intent.", _itself),
    ("setup_intent.", _itself),
    ("checkout.session.", _itself),
    ("payment_method.", _itself),
    ("charge.", _of_charge),
    ("refund.", _of_charge),
    ("payout.", _itself),
    ("terminal.reader.", _of_reader),
)
DEPENDED_ON = REFUNDS | DISPUTES | PAYOUTS | CARDS | CUSTOMERS | frozenset(INTENT_OF)


def object_of(event: dict[str, Any]) -> str:
    """Return the id of an event's object, "" for what is no id."""
    return _name(event["data"]["object"].get("id"))


def about_of(event: dict[str, Any]) -> str:
    """Return the intent, page or card that an event is about, "" when it is about none."""
    kind, obj = str(event["type"]), event["data"]["object"]
    find = next((read for start, read in _ABOUT if kind.startswith(start)), None)
    try:
        return _name(find(obj)) if find else ""
    except AttributeError:  # not the shape that Stripe's events have: it is about nothing
        return ""


def _name(value: Any) -> str:
    return value if isinstance(value, str) and NAME.fullmatch(value) else ""
