"""What people read about refunds: the state in a word, where the money goes, and a sentence for each event."""

from datetime import date

from billing.enums import CANCELED_HERE, RefundMethod, RefundOrigin, RefundOutcome, RefundState
from billing.models import Payment, Refund
from flexspace.core.badges import Badge
from flexspace.core.models import AuditEvent
from flexspace.core.money import Money
from flexspace.core.sentences import says
from members.enums import MembershipState
from members.explain.costs import day_words
from members.explain.previews import next_bill_words
from members.models import Membership
from members.terms import Billed

S = RefundState
_BADGES = {
    S.RESERVED: Badge("Being sent", "live"),
    S.SENT: Badge("Asking Stripe", "live"),
    S.PENDING: Badge("On its way to the bank", "live"),
    S.SUCCEEDED: Badge("Refunded", "paid"),
    S.FAILED: Badge("Not refunded", "overdue"),
    S.CANCELED: Badge("Cancelled", "overdue"),
}


def refund_badge(refund: Refund) -> Badge:
    """Return where a refund stands, in a word."""
    if refund.on_reader and refund.state == S.RESERVED:
        return Badge("Waits for the card", "live")
    if refund.state == S.FAILED and refund.failure_code == CANCELED_HERE:
        return Badge("Cancelled", "void")
    if refund.state == S.SENT and refund.unanswered > 1:
        return Badge("Checking with Stripe", "warn")
    return _BADGES[S(refund.state)]


def how_back(refund: Refund) -> str:
    """Return where the money goes, as the customer knows it."""
    if refund.method == RefundMethod.CARD:
        return f"To {refund.payment.card}" if refund.payment.card else "To the card"
    return RefundMethod(refund.method).label


def ways_back(payment: Payment) -> dict[str, str]:
    """Return where the money of ``payment`` goes by each method, as the end of a sentence."""
    return {
        RefundMethod.CARD.value: f"to {payment.card or 'the card'}",
        RefundMethod.CASH.value: "in cash",
        RefundMethod.TRANSFER.value: "by bank transfer",
    }


def told_back(refund: Refund) -> str:
    """Return what happened to the money, as a sentence for the payer's mail."""
    money, card = refund.money, refund.payment.card or "the card that paid"
    if refund.method == RefundMethod.CARD:
        return f"{money} went back to {card}."
    how = "in cash" if refund.method == RefundMethod.CASH else "by bank transfer"
    return f"we gave {money} back to you {how}."


def when_back(refund: Refund) -> str:
    """Return when the payer will see it; "" for what they hold in hand, and where only their bank knows.

    Source: https://support.stripe.com/questions/how-long-refunds-take-to-process (read 2026-11).
    """
    if refund.method != RefundMethod.CARD:
        return ""
    return (
        "Your bank can take 5 to 10 business days to show it. Sometimes the payment itself disappears from the "
        "statement instead."
    )


def what_goes_on(row: Membership, today: date, billed: Billed) -> str:
    """Return what a refund leaves of a membership that it paid for, to be read after the plan's name."""
    terms = row.terms()
    if terms.state(today) in (MembershipState.ENDED, MembershipState.NEVER_BEGAN):
        return "has ended already."
    until = f" until {day_words(terms.ends_on)}" if terms.ends_on else ""
    bill = next_bill_words(row.plan, terms, today, billed)
    end = "" if terms.ends_on else " To end it, cancel it on its own page."
    return f"goes on{until}: a refund ends nothing. {bill}.{end}"


def what_they_get(payment: Payment, *, by_card: bool) -> list[str]:
    """Return what the customer will get, to be told to them: by card where one paid, and by hand."""
    card = f"To the card: the money goes back to {payment.card or 'the card that paid'}, and to no other card."
    if by_card and payment.back_on_reader:
        card = f"To the card: {payment.card or 'it'} has to be here, because only a reader gives this money back."
    by_hand = "Cash or transfer: hand the money over yourself; this only writes it down."
    return [card, by_hand] if by_card else [by_hand]


def payment_badge(payment: Payment, *, taken: int = 0) -> Badge:
    """Return what became of a payment, in a word; its refunds should be prefetched, ``taken`` is with the bank."""
    gone = sum(refund.amount for refund in payment.refunds.all() if refund.state == S.SUCCEEDED)
    if taken:
        return Badge("Disputed", "overdue")
    if not gone:
        return Badge("Received", "paid")
    return Badge("Refunded", "void") if gone >= payment.amount else Badge("Partly refunded", "paid")


def given_label(name: str, left: int, of: int) -> str:
    """Return a day pass that may be taken back, with what is left of it."""
    return name if left == of else f"{name}: {left} of {of} left, the rest is used"


@says("billing.refund.asked", icon="undo-2")
def asked(event: AuditEvent) -> str:
    """Tell that somebody wants money to go back."""
    return f"Refund of {_money(event)} asked for: {_where(event)}"


@says("billing.refund.found", tone="warn", icon="undo-2")
def found(event: AuditEvent) -> str:
    """Tell that it was made elsewhere."""
    return f"{_money(event)} was refunded in Stripe's Dashboard"


@says("billing.refund.sent", icon="send")
def sent(event: AuditEvent) -> str:
    """Tell that Stripe was asked."""
    return f"Stripe asked to refund {_money(event)}"


@says("billing.refund.pending", icon="landmark")
def pending(event: AuditEvent) -> str:
    """Tell that the bank has not answered."""
    return f"Refund of {_money(event)} is on its way to the bank"


@says("billing.refund.succeeded", tone="ok", icon="undo-2")
def succeeded(event: AuditEvent) -> str:
    """Tell that the money is gone."""
    return f"{_money(event)} refunded: {_where(event)}"


@says("billing.refund.failed", tone="bad", icon="circle-x")
def failed(event: AuditEvent) -> str:
    """Tell that nothing went back, or that it came back."""
    if event.before.get("state") == S.SUCCEEDED:
        return f"Refund of {_money(event)} came back: the customer did not get it"
    if event.after.get("code") == CANCELED_HERE:
        return f"Refund of {_money(event)} cancelled before anything went back"
    return f"{_money(event)} was not refunded"


@says("billing.refund.canceled", tone="bad", icon="ban")
def canceled(event: AuditEvent) -> str:
    """Tell that Stripe cancelled it."""
    return f"Refund of {_money(event)} cancelled at Stripe"


@says("billing.refund.decided", icon="scale")
def decided(event: AuditEvent) -> str:
    """Tell what a manager made of a refund that was made elsewhere."""
    owed = event.after.get("outcome") == RefundOutcome.REOPEN
    return f"{_money(event)} that went back: {'to be paid another way' if owed else 'taken off the invoice'}"


@says("billing.credit_note.issued", icon="receipt-text")
def credited(event: AuditEvent) -> str:
    """Tell number and amount."""
    return f"Credit note {event.after.get('number', '')} takes {_money(event)} off {event.after.get('invoice', '')}"


def _money(event: AuditEvent) -> str:
    amount, currency = event.after.get("amount"), event.after.get("currency")
    return str(Money(amount, currency)) if isinstance(amount, int) and isinstance(currency, str) else "an amount"


def _where(event: AuditEvent) -> str:
    if event.after.get("method") == RefundMethod.CARD:
        place = " in Stripe's Dashboard" if event.after.get("origin") == RefundOrigin.DASHBOARD else ""
        return f"to {event.after.get('card') or 'the card'}{place}"
    return "by transfer" if event.after.get("method") == RefundMethod.TRANSFER else "in cash"
