"""What people read about mails: the state in a word, and a sentence for each event."""

from collections.abc import Iterable

from billing.enums import CollectionReason, NoticeKind, NoticeState
from billing.models import Notice
from flexspace.core.badges import Badge
from flexspace.core.models import AuditEvent
from flexspace.core.money import Money
from flexspace.core.sentences import says

_BADGES = {
    NoticeState.QUEUED: Badge("On the way", "open"),
    NoticeState.SENDING: Badge("On the way", "open"),
    NoticeState.SENT: Badge("Sent", "paid"),
    NoticeState.FAILED: Badge("Not sent", "overdue"),
    NoticeState.DROPPED: Badge("Not wanted", "idle"),
}

# What a payer is told, by the reason an invoice was not collected: never what a bank says of somebody's account.
_REASONS = {
    CollectionReason.NO_CARD: "we have no card of yours any more.",
    CollectionReason.CARD_EXPIRED: "the card has expired.",
    CollectionReason.CARD_REFUSED: "the bank refused the card.",
    CollectionReason.CARD_DATA: "the bank no longer takes the card as we know it; it may have been replaced.",
    CollectionReason.CARD_GONE: "the card was removed.",
    CollectionReason.CONSENT_WITHDRAWN: "you no longer agree that we charge it.",
}
_BANK_SAID_NO = "the bank did not accept the charge."


def reason_told(code: str) -> str:
    """Return why a charge brought no money, in words for the payer; an unknown code reads as the bank's no."""
    return _REASONS.get(CollectionReason(code), _BANK_SAID_NO) if code in set(CollectionReason) else _BANK_SAID_NO


def why_not_mailed(notice: Notice | None, *, to: str) -> str:
    """Return why an invoice's mail did not go out: ``notice`` is the one that failed, ``to`` the payer's address."""
    if notice and notice.error:
        return notice.error
    return "It is still waiting to be sent." if to else "The payer has no mail address."


def notice_badge(notice: Notice) -> Badge:
    """Return what became of the mail, in a word."""
    if notice.state == NoticeState.QUEUED and notice.error:
        return Badge("Trying again", "warn")
    return _BADGES[NoticeState(notice.state)]


def about(notice: Notice) -> str:
    """Return what the mail is about: "Invoice HFN-000123", "Receipt for €145.00", or its kind alone."""
    kind = NoticeKind(notice.kind)
    if kind is NoticeKind.INVOICE and notice.invoice:
        return f"Invoice {notice.invoice}"
    if kind is NoticeKind.RECEIPT and notice.payment:
        return f"Receipt for {notice.payment.money}"
    if kind is NoticeKind.STRIPE_RECEIPT and notice.payment:
        return f"Stripe’s receipt for {notice.payment.money}"
    if kind is NoticeKind.REFUNDED:
        return f"Refund of {Money(notice.facts['amount'], notice.facts['currency'])}"
    return f"{kind.label}: {notice.invoice}" if notice.invoice else kind.label


def told_notices(rows: Iterable[Notice]) -> list[tuple[Notice, str, Badge]]:
    """Return mails with what each is about and what became of it; ``invoice`` and ``payment`` should be joined."""
    return [(row, about(row), notice_badge(row)) for row in rows]


@says("billing.notice.asked", icon="mail")
def asked(event: AuditEvent) -> str:
    """Tell that somebody asked for a mail."""
    return f"{_what(event)} to be sent to {event.after.get('to', '')}"


@says("billing.notice.sent", tone="ok", icon="mail-check")
def was_sent(event: AuditEvent) -> str:
    """Tell that the mail server took it, or that Stripe was told to mail it."""
    if event.after.get("kind") == NoticeKind.STRIPE_RECEIPT:
        none = "" if event.after.get("livemode") else "; with a test key it mails nothing"
        return f"Stripe told to mail its receipt to {event.after.get('to', '')}{none}"
    return f"{_what(event)} sent to {event.after.get('to', '')}"


@says("billing.notice.failed", tone="bad", icon="mail-x")
def was_not_sent(event: AuditEvent) -> str:
    """Tell that it is not sent by itself any more; the reason stands below."""
    return f"{_what(event)} not sent to {event.after.get('to', '')}"


@says("billing.notice.again", icon="mail")
def was_asked_again(event: AuditEvent) -> str:
    """Tell that somebody sends a failed one again."""
    return f"{_what(event)} to be sent to {event.after.get('to', '')} again"


@says("billing.receipt.chosen", icon="mail")
def receipt_chosen(event: AuditEvent) -> str:
    """Tell what a payer wanted."""
    to = event.after.get("to", "")
    return f"Receipt to go to {to}" if to else "No receipt wanted"


def _what(event: AuditEvent) -> str:
    """Return what was mailed; a kind that is no thing stands in quotes: "Mail “Card kept”"."""
    try:
        kind = NoticeKind(event.after.get("kind", ""))
    except ValueError:
        return "Mail"
    if kind is NoticeKind.STRIPE_RECEIPT:
        return "Stripe’s receipt"
    things = (NoticeKind.INVOICE, NoticeKind.RECEIPT, NoticeKind.PAY_LINK, NoticeKind.CARD_LINK)
    return kind.label if kind in things else f"Mail “{kind.label}”"
