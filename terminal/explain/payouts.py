"""Says how a payout stands, what its lines are, and draws what became of the money. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flexspace.core.badges import Badge
from flexspace.core.money import Money
from terminal.enums import PayoutStatus
from terminal.models import Payout, StripeConfig
from terminal.rights import label_of, lacks_for_payouts

NOT_HERE = "Not known here"
CLOSED = "Closed as none of ours: {reason}"
NOT_COMPARED = "Not compared yet"
ELSEWHERE = "At another location"
_BADGES = {
    PayoutStatus.PENDING: Badge("On its way", "live"),
    PayoutStatus.IN_TRANSIT: Badge("On its way", "live"),
    PayoutStatus.PAID: Badge("Paid", "ok"),
    PayoutStatus.CANCELED: Badge("Cancelled", "idle"),
    PayoutStatus.FAILED: Badge("Failed", "bad"),
}
_WORDS = {
    "charge": "Payment",
    "payment": "Payment",
    "refund": "Refund",
    "payment_refund": "Refund",
    "refund_failure": "Refund that came back",
    "payment_failure_refund": "Payment that failed",
    "payout_failure": "Payout that came back",
    "payout_cancel": "Payout that was cancelled",
    "stripe_fee": "Stripe’s fee",
    "stripe_fx_fee": "Stripe’s fee for converting",
    "tax_fee": "Tax on Stripe’s fees",
    "adjustment": "Correction by Stripe",
}
# Why the lines of a payout are not here, and what happens next: in short for the list, and for its own page.
BY_HAND = (
    "Made by hand: Stripe shows no lines",
    "This payout was made by hand or at once. Stripe does not tell what such a payout holds, so there are no lines.",
)
NOT_ALLOWED = ("The key may not read the lines", "Its lines are read once the key may read them.")
GIVEN_UP = (
    "Stripe shows no lines",
    "Stripe did not show its lines for 60 days and is not asked by itself any more. “Read again” asks once more.",
)
NOT_ARRIVED = (
    "It did not arrive: Stripe shows no lines",
    "This payout did not arrive, and Stripe does not show what it held. Its amount is a line of a later payout.",
)
NOT_READY = (
    "Stripe is adding it up; its lines follow",
    "Stripe is still putting together what this payout holds. Its lines are read within an hour once it has.",
)
NOT_READ = (
    "Its lines are read within the hour",
    "The lines of this payout are not read yet. They are read every hour, or now with “Read again”.",
)
READING = (
    "Its lines are being read",
    "The first {count} lines of this payout are here. The rest is read within the hour, or now with “Read again”.",
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bar: its name, amount, and where it stands, in percent of the whole."""

    name: str
    key: str
    money: Money
    start: str
    width: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What became of the money that came in: paid out, kept by Stripe, given back, other; as parts of one bar."""

    gross: Money
    parts: tuple[Part, ...]

    @property
    def said(self) -> str:
        """Return the bar in words."""
        return ", ".join(f"{part.name} {part.money}" for part in self.parts)


def lacks(account: StripeConfig) -> str:
    """Return which permission an account's key needs for payouts and is known to lack; "" when nothing is known."""
    names = lacks_for_payouts(account.key_rights)
    if not names:
        return ""
    them = " and ".join(f"“{label_of(name)}” ({name})" for name in names)
    return f"The key of {account} may not read payouts: add {them} to it in Stripe’s Dashboard. All else works."


def badge(payout: Payout) -> Badge:
    """Return how a payout stands."""
    return _BADGES[PayoutStatus(payout.status)]


def what_moved(kind: str, *, disputed: bool) -> str:
    """Return what a line is; a type of Stripe's that nobody knows keeps its own words."""
    if disputed:
        return "Dispute"
    return _WORDS.get(kind, kind.replace("_", " ").capitalize())


def lines_missing(payout: Payout, *, lacking: bool, now: datetime, count: int = 0) -> tuple[str, str]:
    """Return why lines of a payout are not here and what happens next, in short and in full; "" twice when all are.

    ``lacking`` says that the key is known not to be allowed to read them, ``count`` how many are here.
    """
    if not payout.automatic:
        return BY_HAND
    if payout.lines_complete:
        return "", ""
    if lacking:
        return NOT_ALLOWED
    if not payout.reconciled and payout.status in (PayoutStatus.FAILED, PayoutStatus.CANCELED):
        return NOT_ARRIVED
    if payout.is_given_up(now):
        return GIVEN_UP
    if not payout.reconciled:
        return NOT_READY
    return (READING[0], READING[1].format(count=count)) if payout.lines_after or count else NOT_READ


def does_not_add_up(payout: Payout) -> str:
    """Return in words that the lines do not add up; "" when they do, or are not all here."""
    return "" if payout.adds_up else f"The lines add up to {payout.lines_money}, Stripe paid {payout.money}."


def picture(payout: Payout) -> Picture | None:
    """Return the bar of an unfolded payout: all that came in, by what became of it; None without lines or money."""
    sent = ("Came back", "other") if payout.status == PayoutStatus.FAILED else ("Paid out", "out")
    money = [(*sent, payout.lines_net), ("Fees", "fees", payout.fees), ("Refunds", "back", -payout.back),
             ("Disputes and other", "other", -payout.other)]  # fmt: skip
    parts = [(name, key, amount) for name, key, amount in money if amount > 0]
    if not payout.lines_complete or not parts:
        return None
    return Picture(Money(payout.gross, payout.currency), tuple(_drawn(parts, payout.currency)))


def _drawn(parts: Sequence[tuple[str, str, int]], currency: str) -> list[Part]:
    whole, reached, drawn = sum(amount for _, _, amount in parts), 0, []
    for name, key, amount in parts:
        start, end = 100 * reached / whole, 100 * (reached + amount) / whole
        drawn.append(Part(name, key, Money(amount, currency), f"{start:.2f}", f"{max(0.8, end - start):.2f}"))
        reached += amount
    return drawn
