"""Stripe's test cards and test amounts: https://docs.stripe.com/terminal/references/testing ."""

from dataclasses import dataclass

# (error code, decline code), and as a third the bank's advice where it is not the usual one.
Decline = tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """A test card. `decline` is what every charge of it gets; `pin` the soft decline of a tap.

    Online, a `secure` card asks its holder to authenticate, and `later` is what it gets once it is
    kept and charged without them.
    """

    number: str
    label: str
    brand: str
    funding: str = "credit"
    network: str = ""
    decline: Decline | None = None
    verification: str | None = None
    pin: str | None = None
    refund_fails: bool = False
    interac: bool = False
    generates: bool = True
    secure: bool = False
    later: Decline | None = None

    @property
    def last4(self) -> str:
        """Return the last four digits."""
        return self.number[-4:]


def _declined(number: str, label: str, code: str, decline_code: str) -> Card:
    return Card(number, f"declined: {label}", "visa", decline=(code, decline_code))


_ALL = (
    Card("4242424242424242", "Visa", "visa"),
    Card("4000056655665556", "Visa debit", "visa", "debit"),
    Card("5555555555554444", "Mastercard", "mastercard"),
    Card("5200828282828210", "Mastercard debit", "mastercard", "debit"),
    Card("5105105105105100", "Mastercard prepaid", "mastercard", "prepaid"),
    Card("378282246310005", "American Express", "amex"),
    Card("371449635398431", "American Express (second)", "amex"),
    Card("6011111111111117", "Discover", "discover"),
    Card("6011000990139424", "Discover (second)", "discover"),
    Card("3056930009020004", "Diners Club", "diners", generates=False),
    Card("36227206271667", "Diners Club (14 digits)", "diners", generates=False),
    Card("3566002020360505", "JCB", "jcb", generates=False),
    Card("6200000000000005", "UnionPay", "unionpay", generates=False),
    Card("4506445006931933", "Interac", "interac", "debit", interac=True, generates=False),
    Card("6280000360000978", "eftpos Australia", "eftpos_au", "debit", generates=False),
    Card("4000050360000001", "eftpos / Visa debit", "visa", "debit", "eftpos_au"),
    Card("5555050360000080", "eftpos / Mastercard debit", "mastercard", "debit", "eftpos_au"),
    Card("4000002500001001", "Cartes Bancaires / Visa", "visa", "debit", "cartes_bancaires"),
    Card(
        "5555552500001001", "Cartes Bancaires / Mastercard", "mastercard", "debit",
        "cartes_bancaires",
    ),
    Card("4711009900000316877", "girocard (cannot be kept)", "girocard", "debit", generates=False),
    Card("4001007020000002", "offline PIN", "visa", verification="offline_pin"),
    Card("4001000360000005", "online PIN", "visa", verification="online_pin"),
    Card(
        "4000008260000075", "PIN step-up (offline PIN)", "visa", verification="offline_pin",
        pin="offline_pin_required",
    ),
    Card(
        "4000002760000008", "PIN step-up (online PIN)", "visa", verification="online_pin",
        pin="online_or_offline_pin_required",
    ),
    _declined("4000000000000002", "generic", "card_declined", "generic_decline"),
    _declined("4000000000009995", "insufficient funds", "card_declined", "insufficient_funds"),
    _declined("4000000000009987", "lost card", "card_declined", "lost_card"),
    _declined("4000000000009979", "stolen card", "card_declined", "stolen_card"),
    _declined("4000000000000069", "expired card", "expired_card", "expired_card"),
    _declined("4000000000000119", "processing error", "processing_error", "processing_error"),
    Card("4000000000005126", "pays, but a refund fails later", "visa", refund_fails=True),
)  # fmt: skip

_AUTHENTICATE = ("authentication_required", "authentication_required")

# Cards that only mean something where they are typed: https://docs.stripe.com/testing
_ONLINE = (
    Card("4000002500003155", "3-D Secure, once kept never again", "visa", secure=True),
    Card("4000002760003184", "3-D Secure, every time", "visa", secure=True, later=_AUTHENTICATE),
    Card(
        "4000008400001629", "3-D Secure, then declined", "visa", secure=True,
        decline=("card_declined", "generic_decline"),
    ),
    Card("4000000000000341", "is kept, later declined", "visa", later=("card_declined", "generic_decline")),
)  # fmt: skip

CARDS = {card.number: card for card in _ALL}
DEFAULT_CARD = CARDS["4242424242424242"]
DEFAULT_INTERAC = CARDS["4506445006931933"]
ONLINE = {card.number: card for card in (*_ALL, *_ONLINE) if not (card.interac or card.pin or card.verification)}
_LABELS = {card.label.lower(): card for card in _ALL}

# Last two digits of the amount → decline code.
DECLINED_ENDINGS = {
    1: "call_issuer",
    5: "generic_decline",
    55: "incorrect_pin",
    65: "withdrawal_count_limit_exceeded",
    75: "pin_try_exceeded",
}
PIN_ENDINGS = {2: "offline_pin_required", 3: "online_or_offline_pin_required"}

# Ready-made payment methods for online tests: token → (number, decline, later decline).
# https://docs.stripe.com/testing
MAGIC_METHODS: dict[str, tuple[str, Decline | None]] = {
    "pm_card_visa": ("4242424242424242", None),
    "pm_card_mastercard": ("5555555555554444", None),
    "pm_card_amex": ("378282246310005", None),
    "pm_card_chargeCustomerFail": ("4000000000000341", ("card_declined", "generic_decline")),
    "pm_card_authenticationRequired": (
        "4000002760003184",
        ("authentication_required", "authentication_required"),
    ),
    "pm_card_authenticationRequiredOnSetup": (
        "4000002500003155",
        ("authentication_required", "authentication_required"),
    ),
    "pm_card_chargeDeclined": ("4000000000000002", ("card_declined", "generic_decline")),
    "pm_card_chargeDeclinedInsufficientFunds": (
        "4000000000009995",
        ("card_declined", "insufficient_funds"),
    ),
    "pm_card_chargeDeclinedExpiredCard": ("4000000000000069", ("expired_card", "expired_card")),
    "pm_card_chargeDeclinedProcessingError": (
        "4000000000000119",
        ("processing_error", "processing_error"),
    ),
}

_MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "incorrect_pin": "Your card was declined because the PIN was incorrect.",
    "card_not_supported": "Your card is not supported.",
    "incorrect_number": "Your card number is incorrect.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}

# https://docs.stripe.com/declines/codes : what the cardholder's bank advises.
_ADVICE = {
    "lost_card": "do_not_try_again",
    "stolen_card": "do_not_try_again",
    "insufficient_funds": "try_again_later",
    "generic_decline": "try_again_later",
    "processing_error": "try_again_later",
    "expired_card": "confirm_card_data",
}


def find_card(name: str) -> Card | None:
    """Return a test card by number or by its human name."""
    return CARDS.get(name.replace(" ", "")) or _LABELS.get(name.strip().lower())


def decline_message(decline_code: str) -> str:
    """Return the sentence that goes with a decline code."""
    return _MESSAGES.get(decline_code, "Your card was declined.")


def advice_code(decline: Decline) -> str | None:
    """Return the bank's advice for a decline, or None.

    https://docs.stripe.com/declines/codes#retrying-issuer-declines
    """
    return decline[2] if len(decline) > 2 else _ADVICE.get(decline[1])


ADVICE = ("confirm_card_data", "do_not_try_again", "try_again_later")
