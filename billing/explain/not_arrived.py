"""What people read about refunds that did not arrive: why, what of the money is still owed by now, and what to do."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from billing.enums import CANCELED_HERE, REFUND_BACK
from billing.explain.refunds import how_back, refund_badge
from billing.models import Refund
from flexspace.core.badges import Badge
from flexspace.core.money import Money

AGAIN = "Refund it again."
BY_HAND = "Give the money back in cash or by transfer."
EITHER = "Refund it again, or give the money back in cash."

# Why nothing went back, and what to do. Codes are Stripe's or our own; "" where nobody wants it back any more.
_WHY = {
    "not_sent": ("It could not be sent within 15 minutes.", AGAIN),
    "absent_at_stripe": ("Stripe never got it.", AGAIN),
    "not_presented": ("The card was not presented on the reader.", EITHER),
    CANCELED_HERE: ("It was cancelled here, so nothing went back.", ""),
    "no_reader_chosen": ("No reader was chosen within 15 minutes.", AGAIN),
    "no_account": ("No Stripe account of ours took this payment.", BY_HAND),
    "http_401": ("Stripe does not take the key any more.", "An admin changes it in Stripe Config."),
    "http_403": (
        "The Stripe key may not refund.",
        "An admin allows it “Charges and Refunds: write” at Stripe.",
    ),
    "charge_already_refunded": ("All of it went back before.", "Look at the other refunds of this payment."),
    "expired_or_canceled_card": ("The card has expired or was cancelled.", BY_HAND),
}


@dataclass(frozen=True, slots=True)
class Owed:
    """What of such a refund is with us by now: not yet given back, on its way back, or with a bank."""

    here: Money
    going: Money
    held: Money


@dataclass(frozen=True, slots=True)
class ToldRefund:
    """A refund as its row shows it.

    ``how`` is where the money goes. ``why`` says why it did not ("" for one that is well), and what is to be done or
    what became of it; ``todo``: something is to be done.
    """

    refund: Refund
    badge: Badge
    how: str
    why: str
    todo: bool


def told_refunds(rows: Collection[Refund], owed: Mapping[int, Owed]) -> list[ToldRefund]:
    """Return refunds, with their payments, for their rows; ``owed`` is by their ids what of them is still owed."""
    return [ToldRefund(row, refund_badge(row), how_back(row), *why_not(row, owed.get(row.pk))) for row in rows]


def why_not(refund: Refund, owed: Owed | None) -> tuple[str, bool]:
    """Return why nothing went back with what to do or what became of it, and whether something is to be done."""
    if refund.state not in REFUND_BACK:
        return "", False
    said = f"Stripe says: {refund.failure_message}" if refund.failure_message else "The bank did not take it."
    fact, advice = _WHY.get(refund.failure_code, (said, EITHER))
    if not advice or owed is None:
        return f"{fact} {advice}".strip(), bool(advice)
    if owed.here:
        part = f" {owed_words(owed)}" if owed.here != refund.money else ""
        return f"{fact}{part} {advice}", True
    if owed.going or owed.held:
        return f"{fact} {owed_words(owed)}", False
    return f"{fact} Nothing more is to be given back for it.", False


def owed_words(owed: Owed) -> str:
    """Return what is still owed of money that did not arrive; "" where nothing is."""
    if owed.here:
        return f"{owed.here} of it is still to be given back."
    if owed.going:
        return f"{owed.going} of it is on its way back now."
    if owed.held:
        return f"{owed.held} of it is with the customer’s bank: wait for the end of the dispute."
    return ""
