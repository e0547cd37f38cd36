"""The words in which charging, keeping a card and giving money back differ on the same screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.enums import ConsentPurpose
from billing.models import Refund
from terminal.enums import AttemptKind
from terminal.models import Attempt

PURPOSES = {ConsentPurpose.DUES: "monthly dues", ConsentPurpose.PURCHASES: "dues and other purchases"}
PAGE_LAMPS = ("Payment page opened", "Card typed", "Bank approved", "Invoice paid")
UNATTENDED = ("Sent", "Bank asked", "Bank approved", "Invoice paid")
NOT_UNATTENDED = ("Not sent", "Bank not asked", "Bank declined", "Not booked")
# What the lamps stand for, and what they say when that failed, where no reader takes part.
LAMPS = {AttemptKind.PAY_LINK: (PAGE_LAMPS, PAGE_LAMPS), AttemptKind.OFF_SESSION: (UNATTENDED, NOT_UNATTENDED)}
WAYS = {
    AttemptKind.READER_CHARGE: "Via Terminal",
    AttemptKind.CARD_CAPTURE: "Via Terminal",
    AttemptKind.OFF_SESSION: "Saved card",
    AttemptKind.PAY_LINK: "Pay link",
    AttemptKind.READER_REFUND: "Via Terminal",
}
REST = ("Card read", "Bank approved", "Invoice paid")
FAILED_ON_READER = ("Not sent", "Not on the reader", "No card read", "Bank declined", "Not booked")


@dataclass(frozen=True, slots=True)
class Words:
    """``what`` names the attempt in a few words, ``shown`` and ``invites`` are what its reader shows.

    ``ask`` is what the person at the desk does once it shows that.
    """

    what: str
    headline: str
    shown: str
    preparing: str
    sending: str
    on_reader: str
    say: str
    deciding: str
    frozen: str
    not_shown: str
    nothing: str
    nothing_yet: str
    doubt: str
    not_twice: str
    empty_reader: str
    may_still: str
    lamps: tuple[str, ...]
    failed_lamps: tuple[str, ...]
    ask: str = "Ask them to tap"
    invites: str = "Tap, insert or swipe"


def way_of(attempt: Attempt) -> str:
    """Return in which way an attempt asks for a card: by a reader, a saved card, or a link."""
    return WAYS[AttemptKind(attempt.kind)]


def ways_title(rows: Sequence[Attempt]) -> str:
    """Return what stands above a list of attempts: their one way, or that a card pays in each of them."""
    ways = {way_of(row) for row in rows}
    return ways.pop() if len(ways) == 1 else "Card payments"


def words_of(attempt: Attempt) -> Words:
    """Return the words for what ``attempt`` tries to do."""
    if attempt.refund:
        return _giving_back(attempt, attempt.refund)
    return _keeping(attempt) if attempt.money is None else _charging(attempt)


def kept_for(purpose: str) -> str:
    """Return what a card is kept for: "monthly dues"."""
    return PURPOSES[ConsentPurpose(purpose)]


def _charging(attempt: Attempt) -> Words:
    money, reader, payer = str(attempt.money), attempt.where, attempt.member or attempt.company
    names, failed = LAMPS.get(AttemptKind(attempt.kind), (("Sent", f"On the reader: {money}", *REST), FAILED_ON_READER))
    plastic = "Please tap or insert your plastic card: a phone cannot be kept for later."
    return Words(
        what=money,
        headline=f"{money} from {payer}",
        shown=money,
        preparing="Preparing the payment at Stripe.",
        sending=f"Sending {money} to {reader}.",
        on_reader=f"{money} is on {reader}.",
        say=plastic if attempt.consent_id else "Please tap, insert or swipe your card.",
        deciding="The bank is deciding. Please wait.",
        frozen="The card was read, but no answer came. Stripe is asked every few seconds; do not charge again.",
        not_shown="The reader has not shown the amount yet.",
        nothing="Nothing was charged.",
        nothing_yet="Nothing has been charged.",
        doubt="Do not charge again",
        not_twice="Do not start a second payment.",
        empty_reader="At the last look nothing was on the reader and nothing was charged.",
        may_still="If a card was just read, it may still be paid: Stripe has the last word.",
        lamps=names,
        failed_lamps=failed,
    )


def _keeping(attempt: Attempt) -> Words:
    reader, payer = attempt.reader, attempt.member or attempt.company
    return Words(
        what=f"Card of {payer}",
        headline=f"Keep a card of {payer}",
        shown=str(attempt.kept_card) if attempt.kept_card else "Keep card",
        preparing="Preparing it at Stripe.",
        sending=f"Asking for the card on {reader}.",
        on_reader=f"{reader} asks for the card. Nothing is charged.",
        say="Please tap or insert the card that we may keep. Nothing is charged now.",
        deciding="The bank is checking the card. Please wait.",
        frozen="The card was read, but no answer came. Stripe is asked every few seconds; do not start again.",
        not_shown="The reader has not asked for the card yet.",
        nothing="No card was kept.",
        nothing_yet="No card has been kept.",
        doubt="Checking with Stripe",
        not_twice="Do not start again meanwhile.",
        empty_reader="At the last look nothing was on the reader and no card was kept.",
        may_still="If a card was just read, it may still be kept: Stripe has the last word.",
        lamps=("Sent", "On the reader", "Card read", "Card checked", "Card kept"),
        failed_lamps=("Not sent", "Not on the reader", "No card read", "Card refused", "Not kept"),
    )


def _giving_back(attempt: Attempt, refund: Refund) -> Words:
    money, reader, payer = str(refund.money), attempt.where, attempt.member or attempt.company
    to = payer or refund.payment.card
    card = refund.payment.card or "the card that paid"
    return Words(
        what=f"Refund of {money}",
        headline=f"{money} back to {to}",
        shown=money,
        preparing="Preparing the refund.",
        sending=f"Asking for {card} on {reader}.",
        on_reader=f"{reader} asks for {card}, to give {money} back.",
        say=f"Please insert the card that paid, {card}.",
        deciding="The bank is deciding. Please wait.",
        frozen="The card was read, but no answer came. Stripe is asked every few seconds; do not refund again.",
        not_shown="The reader has not asked for the card yet.",
        nothing="Nothing went back.",
        nothing_yet="Nothing has gone back.",
        doubt="Do not refund again",
        not_twice="Do not give the money back another way meanwhile.",
        empty_reader="At the last look nothing was on the reader and nothing had gone back.",
        may_still="If a card was just read, the money may still go back: Stripe has the last word.",
        lamps=("Sent", "On the reader", "Card read", "Bank agreed", "Given back"),
        failed_lamps=("Not sent", "Not on the reader", "Card refused", "Bank refused", "Not given back"),
        ask="Ask for the card that paid",
        invites="Refund: insert card",
    )
