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
    "terminal.account.endpoint_made": ("Stripe posts to {url}", "ok", "webhook"),
    "terminal.account.endpoint_tested": ("Webhook endpoint tested", "", "radio"),
    "terminal.account.rights_tried": ("Tried what the Stripe key may read", "", "key-round"),
    "terminal.account.endpoint_ended": ("The webhook endpoint before was deleted at Stripe", "", "webhook"),
    "terminal.receipts.switched": ("Receipts are mailed by {who}", "", "mail"),
    "terminal.receipts.dashboard_stated": ("Said that Stripe’s Dashboard mails no receipts", "ok", "mail-check"),
    "terminal.receipts.dashboard_doubted": (
        "Took back that Stripe’s Dashboard mails no receipts",
        "warn",
        "mail-question-mark",
    ),
    "terminal.stripe_location.made": ("Stripe Location {stripe_location} made", "", "map-pin-plus"),
    "terminal.reader.registered": ("Reader {reader} registered at {stripe_location}", "ok", "smartphone-nfc"),
    "terminal.reader.renamed": ("Reader is now called {reader}", "", "pencil"),
    "terminal.reader.removed": ("Reader {reader} taken out of Stripe", "warn", "trash-2"),
    "terminal.reader.moved": ("Reader {reader} stands at {stripe_location} now, says Stripe", "warn", "truck"),
    "terminal.reader.reset": ("Reader cleared by hand", "warn", "eraser"),
    "terminal.reader.cart": ("Cart of {amount} shown on {reader}", "", "smartphone-nfc"),
    "portal.self_check": ("Looked at before opening: {what}", "", "heart-pulse"),
    "portal.health.worse": ("Got worse: {what}", "warn", "heart-pulse"),
    "core.restore.declared": (
        "A restored backup was declared: money and doors are read-only",
        "bad",
        "database-backup",
    ),
    "core.restore.confirmed": ("Restored backup confirmed: money and doors move again", "ok", "database-backup"),
    "billing.notice.held_back": ("{count} mails of the restored backup are not sent by themselves", "warn", "mail"),
    "terminal.split.planned": ("To be paid in several ways: {ways}", "", "split"),
    "terminal.split.cash_instead": ("Row {row} of the split is to be paid in cash instead", "", "split"),
    "terminal.split.left": ("The rest of a split was left open", "warn", "split"),
    "terminal.flag.closed": ("Looked at and closed", "ok", "flag"),
    "terminal.difference.found": ("Stripe's books and ours differ: {amount}", "warn", "scale"),
    "terminal.difference.closed": ("Difference between Stripe's books and ours closed: {amount}", "ok", "scale"),
    "billing.payments.exported": ("Payments downloaded as a file", "", "download"),
    "terminal.payout.exported": ("Payout {payout} downloaded as a file", "", "download"),
    "billing.refund.limits": ("Refund limits: front desk {desk}, managers {manager}", "warn", "undo-2"),
    "billing.payment.moved": ("{amount} that was too much on {source} used for {invoice}", "ok", "wallet"),
    "billing.payment.used": ("{amount} of the balance used for {invoice}", "ok", "wallet"),
    "terminal.customer.made": ("Known to Stripe as a customer", "", "contact"),
    "terminal.customer.gone": ("Stripe no longer knows this customer", "warn", "contact"),
    "billing.consent.given": ("Agreed that a card is kept for {purpose}", "ok", "signature"),
    "billing.consent.withdrawn": ("Consent withdrawn: nothing is charged for {purpose} any more", "warn", "signature"),
    "billing.card.dropped": ("{card} was not kept after all", "warn", "credit-card"),
    "billing.card.replaced": ("Older entry of {card} replaced", "", "credit-card"),
    "billing.card.removed": ("{card} removed", "warn", "credit-card"),
    "billing.card.forgotten": ("{card} removed at Stripe too", "", "credit-card"),
    "billing.card.none_left": ("No card is left to charge", "warn", "credit-card"),
    "billing.card.refused": ("{card} is not charged any more, for any invoice", "bad", "credit-card"),
    "billing.card.renewed": ("{card_before} changed at Stripe: now {card}, valid until {expires}", "", "refresh-cw"),
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
    "terminal.card_link.made": ("Card link made", "", "link"),
    "terminal.card_link.withdrawn": ("Card link withdrawn", "warn", "unlink"),
    "terminal.card_link.done": ("Card added by link", "ok", "check"),
    "terminal.attempt.try_again": ("{amount} sent to {reader} again", "", "rotate-cw"),
    "access.connection.added": ("SALTO KS connection {name} added", "", "plug"),
    "access.connection.changed": ("SALTO KS connection {name} changed", "", "plug"),
    "access.connection.sign_in_begun": ("Went to SALTO KS to sign in", "", "log-in"),
    "access.connection.signed_in": ("Signed in at SALTO KS", "ok", "log-in"),
    "access.connection.site_chosen": ("SALTO KS site {site} chosen", "", "building"),
    "access.connection.mended": ("SALTO KS connection has all it needs again", "ok", "circle-check"),
    "access.connection.disconnected": ("Disconnected from SALTO KS", "warn", "unplug"),
    "access.mapping.added": ("{subject} opens access group {group}", "", "key-round"),
    "access.mapping.removed": ("{subject} no longer opens access group {group}", "warn", "key-round"),
    "access.user.invited": ("Invited to SALTO KS", "", "mail"),
    "access.user.invited_again": ("To be invited to SALTO KS again", "", "mail"),
    "access.user.linked": ("Found in SALTO KS by the e-mail address", "", "link"),
    "access.user.adopted": ("SALTO KS user adopted", "", "link"),
    "access.user.subscribed": ("Subscribed in SALTO KS", "ok", "user-check"),
    "access.user.unsubscribed": ("Unsubscribed in SALTO KS: the seat is free", "warn", "user-x"),
    "access.user.unsubscribe_undone": ("Unsubscribing in SALTO KS was undone", "", "undo-2"),
    "access.user.opted_in": ("May be unsubscribed for access lost earlier", "", "user-x"),
    "access.user.held": ("Access is left as it is for now", "warn", "hand"),
    "access.user.released": ("Access follows the contract again", "", "hand"),
    "access.user.managed": ("SALTO KS user is looked after", "", "refresh-cw"),
    "access.user.left_to_staff": ("SALTO KS user is left to staff", "warn", "hand"),
    "access.grant.added": ("Put into access group {group}", "ok", "door-open"),
    "access.grant.removed": ("Taken out of access group {group}", "warn", "door-closed"),
    "access.grant.forgotten": ("No longer in access group {group}", "", "door-closed"),
    "access.grant.put_back": ("To be put into access group {group} again", "", "door-open"),
    "access.user.subscribe_asked": ("To be subscribed in SALTO KS again", "", "user-check"),
}

# The same actions where no money is asked for: a card is only kept.
KEEPING: dict[str, tuple[str, str, str]] = {
    "terminal.attempt.started": ("Keeping a card on {reader} started", "", "credit-card"),
    "terminal.attempt.created": ("Keeping a card prepared at Stripe", "", "file-check"),
    "terminal.attempt.dispatching": ("{reader} told to ask for a card", "", "send"),
    "terminal.attempt.waiting": ("{reader} asks for a card", "reader", "nfc"),
    "terminal.attempt.declined": ("No card kept on {reader}", "bad", "circle-x"),
    "terminal.attempt.unknown": ("Card on {reader}: checking with Stripe", "warn", "circle-alert"),
    "terminal.attempt.canceling": ("Cancelling the keeping of a card", "warn", "circle-slash"),
    "terminal.attempt.canceled": ("Cancelled, no card was kept", "", "ban"),
    "terminal.attempt.failed": ("Keeping a card was not started", "bad", "circle-x"),
    "terminal.attempt.succeeded": ("Card checked on {reader}", "ok", "check"),
    "terminal.attempt.other_reader": ("Keeping a card moved to another reader", "", "arrow-right-left"),
    "terminal.attempt.try_again": ("{reader} told to ask for the card again", "", "rotate-cw"),
}


# And where a saved card is charged with nobody there: {reader} is the card.
UNATTENDED: dict[str, tuple[str, str, str]] = {
    "terminal.attempt.started": ("{amount} to be charged to {reader}", "", "credit-card"),
    "terminal.attempt.created": ("Bank asked for {amount} on {reader}", "", "landmark"),
    "terminal.attempt.canceling": ("Closing the charge of {amount} at Stripe", "warn", "circle-slash"),
    "terminal.attempt.canceled": ("{amount} not paid with {reader}", "bad", "circle-x"),
    "terminal.attempt.failed": ("{amount} was not charged to {reader}", "warn", "circle-x"),
    "terminal.attempt.succeeded": ("{amount} paid with {reader}", "ok", "check"),
}

# And where money goes back to a card that has to be there.
GIVING_BACK: dict[str, tuple[str, str, str]] = {
    "terminal.attempt.started": ("Refund of {amount} on {reader} started", "", "undo-2"),
    "terminal.attempt.created": ("Refund of {amount} prepared", "", "file-check"),
    "terminal.attempt.dispatching": ("{reader} told to ask for the card that paid", "", "send"),
    "terminal.attempt.waiting": ("{reader} asks for the card that paid", "reader", "nfc"),
    "terminal.attempt.declined": ("{amount} not given back on {reader}", "bad", "circle-x"),
    "terminal.attempt.unknown": ("Refund of {amount} on {reader}: checking with Stripe", "warn", "circle-alert"),
    "terminal.attempt.canceling": ("Cancelling the refund of {amount}", "warn", "circle-slash"),
    "terminal.attempt.canceled": ("Refund on {reader} cancelled, nothing went back", "", "ban"),
    "terminal.attempt.failed": ("Refund on {reader} was not started, nothing went back", "bad", "circle-x"),
    "terminal.attempt.succeeded": ("{amount} given back on {reader}", "ok", "check"),
    "terminal.attempt.other_reader": ("Refund of {amount} moved to another reader", "", "arrow-right-left"),
    "terminal.attempt.try_again": ("{reader} told to ask for the card again", "", "rotate-cw"),
}
BY_KIND = {"off_session": UNATTENDED, "reader_refund": GIVING_BACK}


def words(event: AuditEvent) -> tuple[str, str, str]:
    """Return what happened as a sentence, its tone and its icon."""
    table = KEEPING if event.after.get("amount", 0) is None and event.action in KEEPING else WORDS
    special = BY_KIND.get(str(event.after.get("kind")), {})
    table = special if event.action in special else table
    template, tone, icon = table.get(event.action, ("", "", "circle-dot"))
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
