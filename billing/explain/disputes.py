"""What people read about disputes: where one stands, why, until when what is to be done, and where."""

from datetime import datetime

from django.utils.dateformat import format as written

from billing.dispute_enums import DisputeStatus
from billing.models import Dispute
from flexspace.core.badges import Badge
from flexspace.core.models import AuditEvent
from flexspace.core.money import Money
from flexspace.core.sentences import says

S = DisputeStatus
_BADGES = {
    S.WARNING_NEEDS_RESPONSE: Badge("The bank asks", "warn"),
    S.WARNING_UNDER_REVIEW: Badge("The bank looks", "live"),
    S.WARNING_CLOSED: Badge("Closed, nothing taken", "paid"),
    S.NEEDS_RESPONSE: Badge("Disputed: answer it", "overdue"),
    S.UNDER_REVIEW: Badge("The bank decides", "live"),
    S.APPEAL_NEEDS_RESPONSE: Badge("Appeal: answer it", "overdue"),
    S.APPEAL_UNDER_REVIEW: Badge("Appeal: the bank decides", "live"),
    S.WON: Badge("Won", "paid"),
    S.LOST: Badge("Lost", "overdue"),
    S.PREVENTED: Badge("Prevented", "void"),
}
_REASONS = {
    "fraudulent": "The cardholder says they did not pay this.",
    "unrecognized": "The cardholder does not recognise the payment.",
    "duplicate": "The cardholder says they were charged twice.",
    "product_not_received": "The cardholder says they did not get what they paid for.",
    "product_unacceptable": "The cardholder says what they got was not as described.",
    "credit_not_processed": "The cardholder says they were promised a refund.",
    "subscription_canceled": "The cardholder says they had cancelled.",
    "noncompliant": "The card network says a rule was broken.",
}
WARN_DAYS = 7


def dispute_badge(dispute: Dispute) -> Badge:
    """Return where a dispute stands, in a word."""
    return _BADGES[S(dispute.status)]


def why_disputed(dispute: Dispute) -> str:
    """Return the cardholder's reason."""
    return _REASONS.get(dispute.reason, f"The bank's reason: {dispute.reason.replace('_', ' ')}.")


def what_to_do(dispute: Dispute, now: datetime) -> str:
    """Return what a dispute asks for now, with its deadline; in the location's zone."""
    due = written(dispute.due_at.astimezone(dispute.location.zone), "j M Y, H:i") if dispute.due_at else ""
    if dispute.wants_answer:
        if dispute.is_late(now):
            return f"The time for evidence was over on {due}. The bank will most likely decide for the customer."
        until = f" until {due}" if due else ""
        asks = dispute.status == S.WARNING_NEEDS_RESPONSE
        more = " Or refund it: then nothing is taken any more." if asks else ""
        return f"Hand in evidence in Stripe's Dashboard{until}.{more}"
    if dispute.is_open:
        return "Evidence was handed in. Wait for the bank."
    if dispute.status == S.LOST:
        return (
            f"{dispute.taken_money} is gone for good. The invoice still counts as paid and no card is charged for it "
            "again; whoever wants it paid sends a new invoice."
        )
    return ""


def dashboard_url(dispute: Dispute) -> str:
    """Return the page of Stripe's Dashboard where the payment shows its dispute."""
    mode = "" if dispute.livemode else "test/"
    return f"https://dashboard.stripe.com/{mode}payments/{dispute.payment.reference}"


def told_disputes(rows: "list[Dispute]", now: datetime) -> list[tuple[Dispute, Badge, str, str, str]]:
    """Return disputes with badge, reason, what to do, and where."""
    return [(row, dispute_badge(row), why_disputed(row), what_to_do(row, now), dashboard_url(row)) for row in rows]


@says("billing.dispute.opened", tone="bad", icon="gavel")
def opened(event: AuditEvent) -> str:
    """Tell that the bank was asked for the money."""
    what = f"{_money(event, 'amount')} is disputed at the bank"
    return f"{what}, which has taken {_money(event, 'taken')}" if event.after.get("taken") else what


@says("billing.dispute.changed", tone="warn", icon="gavel")
def changed(event: AuditEvent) -> str:
    """Tell where it stands."""
    label = _BADGES[S(event.after["status"])].label if event.after.get("status") in set(S) else "changed"
    taken = event.after.get("taken")
    held = f"; the bank holds {_money(event, 'taken')}" if taken and taken != event.before.get("taken") else ""
    return f"Dispute over {_money(event, 'amount')}: {label[0].lower()}{label[1:]}{held}"


@says("billing.dispute.closed", tone="warn", icon="gavel")
def closed(event: AuditEvent) -> str:
    """Tell how it ended."""
    if event.after.get("status") == S.LOST:
        return f"Dispute over {_money(event, 'amount')} lost: {_money(event, 'taken')} is gone"
    won = "won" if event.after.get("status") == S.WON else "closed"
    return f"Dispute over {_money(event, 'amount')} {won}: {_money(event, 'taken')} is with the bank"


def _money(event: AuditEvent, name: str) -> str:
    amount, currency = event.after.get(name), event.after.get("currency")
    return str(Money(amount, currency)) if isinstance(amount, int) and isinstance(currency, str) else "an amount"
