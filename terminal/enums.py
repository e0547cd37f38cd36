"""States and kinds of everything Stripe."""

from enum import IntEnum, StrEnum

from flexspace.core.choices import Choices


class Stored(StrEnum):
    """A kind or state of a column that only explanations put into words."""

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return the pairs a model field takes."""
        return [(item.value, item.value) for item in cls]


class AttemptKind(Stored):
    """What an attempt tries to do."""

    READER_CHARGE = "reader_charge"  # charge a card that is present
    CARD_CAPTURE = "card_capture"  # keep a card that is present, without a charge
    OFF_SESSION = "off_session"  # charge a saved card with nobody there
    PAY_LINK = "pay_link"  # be paid on a page of Stripe's
    READER_REFUND = "reader_refund"  # give money back to a card that has to be present


ON_READER = frozenset({AttemptKind.READER_CHARGE, AttemptKind.CARD_CAPTURE, AttemptKind.READER_REFUND})
WITHOUT_CHARGE = frozenset({AttemptKind.CARD_CAPTURE, AttemptKind.READER_REFUND})


class KeepResult(Stored):
    """What became of the wish to keep a card."""

    NOT_ASKED = ""
    KEPT = "kept"
    WALLET = "wallet"  # a phone or watch gave no card that can be charged later
    NO_REUSABLE_CARD = "no_reusable_card"  # verified or charged, but this card cannot be kept
    DROPPED = "dropped"  # kept by Stripe, but the consent was withdrawn meanwhile: removed again


class CardLinkState(Stored):
    """Where a link for adding a card stands."""

    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class AttemptState(Stored):
    """Where one try to move money stands. ``docs/attempts.md`` draws the machine."""

    RESERVED = "reserved"  # the row is committed; the intent may or may not exist at Stripe
    CREATED = "created"  # the intent's id is committed; no prompt of ours can be on a reader
    DISPATCHING = "dispatching"  # the command to the reader is on the wire
    WAITING = "waiting"  # Stripe acknowledged, or the reader was seen with our intent
    DECLINED = "declined"  # refused at the reader; the same intent may be presented again
    UNKNOWN = "unknown"  # the reader may show our prompt, the card may be charged
    CANCELING = "canceling"  # somebody wants out, Stripe has not agreed yet
    SUCCEEDED = "succeeded"  # the intent succeeded and the ledger has it
    CANCELED = "canceled"  # Stripe says canceled
    FAILED = "failed"  # ended before any command went to a reader


LIVE = frozenset(
    {
        AttemptState.RESERVED,
        AttemptState.CREATED,
        AttemptState.DISPATCHING,
        AttemptState.WAITING,
        AttemptState.DECLINED,
        AttemptState.UNKNOWN,
        AttemptState.CANCELING,
    }
)
FINAL = frozenset(AttemptState) - LIVE
MAY_HOLD_READER = frozenset(
    {
        AttemptState.DISPATCHING,
        AttemptState.WAITING,
        AttemptState.DECLINED,
        AttemptState.UNKNOWN,
        AttemptState.CANCELING,
    }
)
MUST_HOLD_READER = frozenset({AttemptState.DISPATCHING, AttemptState.WAITING, AttemptState.UNKNOWN})


class IntentStatus(StrEnum):
    """Stripe's states of a PaymentIntent. https://docs.stripe.com/api/payment_intents/object#payment_intent_object-status"""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    REQUIRES_CAPTURE = "requires_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class ReaderPicture(StrEnum):
    """What a reader's one action slot shows, seen from one attempt."""

    NONE = "none"
    OURS_IN_PROGRESS = "ours_in_progress"
    OURS_SUCCEEDED = "ours_succeeded"
    OURS_FAILED = "ours_failed"
    OTHERS = "others"
    UNREADABLE = "unreadable"


class FlagKind(Stored):
    """Why a manager should look at an attempt."""

    LATE_SUCCESS = "late_success"
    OVERPAID = "overpaid"
    VOID_INVOICE = "void_invoice"
    AMOUNT_DIFFERS = "amount_differs"
    CURRENCY_DIFFERS = "currency_differs"
    LIVEMODE_DIFFERS = "livemode_differs"
    REQUIRES_CAPTURE = "requires_capture"
    REFUND_FAILED = "refund_failed"  # Stripe or the bank refused it, or nobody sent it in time
    REFUND_CAME_BACK = "refund_came_back"  # it had gone through, and failed later
    REFUND_FOUND = "refund_found"  # made in Stripe's Dashboard
    REFUND_LATE = "refund_late"  # it was taken for ended and went through after all
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_LOST = "dispute_lost"

    @property
    def sentence(self) -> str:
        """Return what happened, in words."""
        return {
            "late_success": "A payment that was taken for ended was paid after all",
            "overpaid": "An invoice was paid more than once",
            "void_invoice": "A void invoice was paid",
            "amount_differs": "Stripe received another amount than was asked for",
            "currency_differs": "Stripe received another currency",
            "livemode_differs": "A test payment met a live invoice, or the reverse",
            "requires_capture": "A card was authorised but not charged",
            "refund_failed": "A refund was not made",
            "refund_came_back": "A refund came back: the customer did not get the money",
            "refund_found": "A refund was made in Stripe's Dashboard",
            "refund_late": "A refund that was taken for ended went through after all",
            "dispute_opened": "A payment is disputed at the bank",
            "dispute_lost": "A dispute was lost",
        }[self.value]


class MoneyKind(Stored):
    """What Stripe's books hold."""

    CHARGE = "charge"
    REFUND = "refund"


class DifferenceKind(Stored):
    """How Stripe's books and ours differ. ``docs/reconciliation.md`` says what is done about each."""

    NOT_BOOKED = "not_booked"  # paid at Stripe with our tag, and nothing here could book it
    FOREIGN = "foreign"  # paid at Stripe by nobody of ours: on the reader alone, or in the Dashboard
    ONLY_HERE = "only_here"  # booked here, and not paid at Stripe
    AMOUNT = "amount"  # on both sides, not with the same amount or currency
    REFUND_NOT_HERE = "refund_not_here"
    REFUND_ONLY_HERE = "refund_only_here"
    REFUND_AMOUNT = "refund_amount"
    REFUND_TROUBLE = "refund_trouble"  # a refund of money that no attempt brought needs a look
    PAYOUT_SUM = "payout_sum"  # what a payout holds is not what was paid out
    PAYOUT_FAILED = "payout_failed"  # the bank sent it back


PAYOUT_KINDS = frozenset({DifferenceKind.PAYOUT_SUM, DifferenceKind.PAYOUT_FAILED})
UNBOOKED = frozenset({DifferenceKind.NOT_BOOKED, DifferenceKind.FOREIGN})  # may be attached to an invoice


class PayoutStatus(Stored):
    """Stripe's states of a payout. https://docs.stripe.com/api/payouts/object#payout_object-status"""

    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"  # may still fail within some days
    CANCELED = "canceled"
    FAILED = "failed"


class PayoutSection(IntEnum):
    """The parts that a payout unfolds into, in the order they are shown."""

    PAYMENTS = 1
    REFUNDS = 2
    OTHER = 3
    FEES = 4

    @property
    def label(self) -> str:
        """Return it in words."""
        return {1: "Payments", 2: "Refunds", 3: "Disputes and other", 4: "Fees"}[self.value]

    @classmethod
    def of(cls, kind: str) -> "PayoutSection":
        """Return where a balance transaction of Stripe's type ``kind`` is shown; a new type is something other.

        https://docs.stripe.com/reports/balance-transaction-types
        """
        if kind in ("charge", "payment"):
            return cls.PAYMENTS
        if "refund" in kind and not kind.startswith("application"):
            return cls.REFUNDS
        return cls.FEES if kind in ("stripe_fee", "stripe_fx_fee", "tax_fee") else cls.OTHER

    @classmethod
    def choices(cls) -> list[tuple[int, str]]:
        """Return the pairs a model field takes."""
        return [(item.value, item.label) for item in cls]


class CancelReason(Stored):
    """Who or what wanted an attempt to end."""

    STAFF = "staff"
    BY_LINK = "by_link"  # staff send a link instead
    DEADLINE = "deadline"
    PAID_MEANWHILE = "paid_meanwhile"
    OTHER_READER = "other_reader"
    READER_RESET = "reader_reset"
    CARD_NOT_OFFERED = "card_not_offered"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    REFUND_ENDED = "refund_ended"


class SplitWay(Choices):
    """How a row of a split is paid."""

    READER = "reader"
    CASH = "cash"
    CARD = "card"
    LINK = "link"

    @property
    def label(self) -> str:
        """Return it in words."""
        return {"reader": "Card on a reader", "cash": "Cash", "card": "Saved card", "link": "Pay link"}[self.value]


class EventState(Stored):
    """What became of a webhook event."""

    RECEIVED = "received"
    PROCESSED = "processed"
    IGNORED = "ignored"
    UNMATCHED = "unmatched"
    FAILED = "failed"


class PayPage(StrEnum):
    """What somebody who follows a pay link finds."""

    READY = "ready"  # may be paid
    OPENING = "opening"  # somebody has just asked for the page
    OPEN = "open"  # Stripe's page is open
    CLOSING = "closing"  # staff chose another way to pay
    ELSEWHERE = "elsewhere"  # it is being paid another way right now
    CHECKING = "checking"  # Stripe cannot be read at the moment
    PAID = "paid"
    VOID = "void"
    NO_CARDS = "no_cards"  # no Stripe account, or too small an amount
    NOT_OPENED = "not_opened"  # Stripe did not open its page
    TOO_OLD = "too_old"


class CardPage(StrEnum):
    """What somebody who follows a card link finds."""

    READY = "ready"
    OPEN = "open"
    CHECKING = "checking"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    NOT_OPENED = "not_opened"
    TOO_OLD = "too_old"
