"""What proves that a reader works, before a customer stands in front of it. Pure: rows decide, nobody ticks a box."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flexspace.core.money import Money, minimum_amount
from flexspace.core.said import listed


class Trial(StrEnum):
    """One thing that a reader has to have done once."""

    PAYMENT = "payment"
    CANCEL = "cancel"
    DECLINE = "decline"
    CARD = "card"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class TrialWords:
    """How a trial is called, and what is done at the reader for it."""

    label: str
    lacking: str
    todo: str


WORDS = {
    Trial.PAYMENT: TrialWords("Payment", "a payment", "The smallest amount that can be charged. Tap a card."),
    Trial.CANCEL: TrialWords("Cancel", "a cancel", "Wait for the amount, then press Cancel on the reader or here."),
    Trial.DECLINE: TrialWords(
        "Declined card", "a declined card", "The amount makes the bank refuse. Tap a test card, then cancel."
    ),
    Trial.CARD: TrialWords(
        "Card kept", "a card kept", "Read out the consent, tap plastic. You may remove the card afterwards."
    ),
    Trial.REFUND: TrialWords("Refund", "a refund", "Give the payment of the self-test back to its card."),
}
# What ends in 01 is refused in test mode: https://docs.stripe.com/terminal/references/testing#physical-test-cards
REFUSED_ENDING = 1


@dataclass(frozen=True, slots=True)
class Proof:
    """When a trial last went well, and under what its screen is found."""

    at: datetime
    attempt: object


def wanted(*, livemode: bool) -> tuple[Trial, ...]:
    """Return the trials of an account, in order. With real cards nothing can be made to be refused."""
    return tuple(trial for trial in Trial if not (livemode and trial is Trial.DECLINE))


def amount_for(trial: Trial, currency: str) -> Money:
    """Return what a trial charges: the smallest amount, or the smallest that Stripe's test mode refuses."""
    least = minimum_amount(currency)
    if trial is not Trial.DECLINE:
        return Money(least, currency)
    refused = least - least % 100 + REFUSED_ENDING
    return Money(refused if refused >= least else refused + 100, currency)


def lacks(done: Collection[Trial], *, livemode: bool) -> str:
    """Return what a reader has not done yet, as “a payment and a card kept”; "" when it has done everything."""
    return listed([WORDS[trial].lacking for trial in wanted(livemode=livemode) if trial not in done])
