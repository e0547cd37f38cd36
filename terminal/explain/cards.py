"""What staff read about a kept card: when it ends, what it may be charged for, and by which word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billing.enums import CollectionReason, ConsentChannel
from billing.explain.collecting import REASONS
from billing.models import Consent, SavedCard
from flexspace.core.badges import Badge
from terminal.explain.words import kept_for

REFUSED = {
    CollectionReason.CARD_REFUSED: Badge("Refused by its bank", "overdue"),
    CollectionReason.CARD_DATA: Badge("Unknown to its bank", "overdue"),
    CollectionReason.CARD_GONE: Badge("Gone at Stripe", "overdue"),
}


@dataclass(frozen=True, slots=True)
class CardLine:
    """A kept card on its payer's page. ``ends`` is None while its date is far, ``refused`` while it may be charged."""

    card: SavedCard
    ends: Badge | None
    refused: Badge | None
    purpose: str
    how: str


def card_line(card: SavedCard, today: date) -> CardLine:
    """Return the line of ``card`` on the day ``today`` of its location."""
    refused = REFUSED.get(card.refused)
    return CardLine(card, ends_badge(card, today), refused, kept_for(card.consent.purpose), how_given(card.consent))


def ends_badge(card: SavedCard, today: date) -> Badge | None:
    """Return that a card has expired, or does so this month or the next; else None."""
    if not card.exp_year or not card.exp_month:
        return None
    left = (card.exp_year - today.year) * 12 + card.exp_month - today.month
    if left < 0:
        return Badge("Expired", "overdue")
    return {0: Badge("Expires this month", "warn"), 1: Badge("Expires next month", "warn")}.get(left)


def charged_instead(heir: SavedCard | None, today: date) -> str:
    """Return which card is charged once the default is removed on ``today``, true before and after it."""
    if heir is None:
        return "No other card is kept there, so what is owed must be paid another way."
    why = heir.unfit_on(today)
    if why:
        return f"{heir} takes its place, but cannot be charged: {REASONS[why][:1].lower()}{REASONS[why][1:]}."
    return f"{heir} is charged instead."


def what_withdrawal_does(cards: Sequence[SavedCard], heir: SavedCard | None, open_invoices: int, *, today: date) -> str:
    """Return what follows from withdrawing a consent on ``today``, true before and after it.

    ``cards`` are kept under it, ``heir`` is the card under another consent that is charged instead, and
    ``open_invoices`` were to be paid by a card at that location.
    """
    names = " and ".join(str(card) for card in cards)
    gone = f"{names} {'is' if len(cards) == 1 else 'are'} removed here and at Stripe." if cards else "No card is kept."
    if heir and heir.unfit_on(today):
        return f"{gone} {charged_instead(heir, today)}"
    if heir:
        return f"{gone} What is owed is charged to {heir}, which was kept under another consent."
    left = "What is owed has to be paid another way."
    if open_invoices:
        them = "One open invoice is" if open_invoices == 1 else f"{open_invoices} open invoices are"
        left = f"{them} not charged by itself any more: on the due date the desk is reminded to ask for the money."
        left = left if open_invoices == 1 else left.replace("by itself", "by themselves")
    return f"{gone} {left}"


def how_given(consent: Consent) -> str:
    """Return how, and to whom, a consent was given."""
    if consent.channel == ConsentChannel.LINK:
        return "by themselves, on the page of a link"
    where = f" at {consent.reader_label}" if consent.reader_label else ""
    paid = ", with a payment" if consent.channel == ConsentChannel.PAY_AND_KEEP else ""
    return f"taken by {consent.taken_by}{where}{paid}"
