"""States and kinds of the ledger."""

from enum import StrEnum

from flexspace.core.choices import Choices


class InvoiceState(Choices):
    """What was decided about an invoice; whether it is paid follows from its allocations."""

    DRAFT = "draft"
    ISSUED = "issued"
    VOID = "void"


class InvoiceStatus(Choices):
    """What people read: computed from the state, the amounts and the due date."""

    DRAFT = "draft"
    PENDING = "pending"
    OVERDUE = "overdue"
    AWAITING = "awaiting"  # the saved card is being charged; the bank has not answered
    FAILED = "failed"  # the saved card was charged in vain, and nobody has paid since
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    OVERPAID = "overpaid"
    REFUNDED = "refunded"  # all of it was credited: nobody owes it, and nobody has paid it
    PARTLY_REFUNDED = "partly_refunded"  # a part was credited, the rest is paid
    REFUND_UNDECIDED = "refund_undecided"  # money went back in Stripe's Dashboard; a manager says what that means
    VOID = "void"


class PaymentMethod(Choices):
    """How money came."""

    CARD_READER = "card_reader"
    SAVED_CARD = "saved_card"
    CARD_LINK = "card_link"
    CARD_AT_STRIPE = "card_at_stripe"  # on the reader alone or in the Dashboard, and attached here by a person
    CASH = "cash"
    TRANSFER = "transfer"
    CHEQUE = "cheque"

    @property
    def label(self) -> str:
        """Return the method in words."""
        return {
            "card_reader": "Card on reader",
            "saved_card": "Saved card",
            "card_link": "Card by link",
            "card_at_stripe": "Card at Stripe",
            "cash": "Cash",
            "transfer": "Bank transfer",
            "cheque": "Cheque",
        }[self.value]

    @property
    def in_words(self) -> str:
        """Return the method as it stands inside a sentence: names keep their capital."""
        return self.label[0].lower() + self.label[1:]


BY_HAND = (PaymentMethod.CASH, PaymentMethod.TRANSFER, PaymentMethod.CHEQUE)
BY_CARD = (PaymentMethod.CARD_READER, PaymentMethod.SAVED_CARD, PaymentMethod.CARD_LINK, PaymentMethod.CARD_AT_STRIPE)


class RefundMethod(Choices):
    """How money goes back."""

    CARD = "card"  # to the card that paid, by Stripe
    CASH = "cash"
    TRANSFER = "transfer"

    @property
    def label(self) -> str:
        """Return the method in words."""
        return {"card": "To the card", "cash": "Cash", "transfer": "Bank transfer"}[self.value]


class RefundState(Choices):
    """Where money on its way back stands. ``docs/refunds.md`` draws the machine."""

    RESERVED = "reserved"  # the row is committed; nothing was sent
    SENT = "sent"  # the call is committed; it may have reached Stripe
    PENDING = "pending"  # Stripe has it, the bank not yet
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # nothing went back, or it came back
    CANCELED = "canceled"  # Stripe says canceled


REFUND_LIVE = (RefundState.RESERVED, RefundState.SENT, RefundState.PENDING)
REFUND_BACK = (RefundState.FAILED, RefundState.CANCELED)  # the money is here
CANCELED_HERE = "canceled_here"  # why it failed: staff did not want it any more, before anything was sent


class RefundOrigin(Choices):
    """Where a refund was made."""

    HERE = "here"
    DASHBOARD = "dashboard"  # in Stripe's Dashboard, or by another program with access to the account


class RefundOutcome(Choices):
    """What becomes of the invoice whose money goes back."""

    CREDIT = "credit"  # it is not to be paid any more: a credit note takes it off the invoice
    REOPEN = "reopen"  # it is to be paid another way, when a person asks for it
    UNDECIDED = "undecided"  # made elsewhere: nobody is asked for the money until a manager chooses

    @property
    def label(self) -> str:
        """Return the outcome in words."""
        return {
            "credit": "The amount is taken off the invoice: a credit note is made",
            "reopen": "It is to be paid another way: the invoice is open again",
            "undecided": "A manager has yet to say",
        }[self.value]


class RefundRemote(StrEnum):
    """Stripe's states of a refund. https://docs.stripe.com/api/refunds/object#refund_object-status"""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class ConsentPurpose(Choices):
    """What a kept card may be charged for."""

    DUES = "dues"  # memberships and what is put on the bill
    PURCHASES = "purchases"  # also other purchases that the customer asks for


class ConsentChannel(Choices):
    """How a consent was given."""

    READER = "reader"
    PAY_AND_KEEP = "pay_and_keep"
    LINK = "link"


class RunState(Choices):
    """Where a month's billing stands."""

    DRAFTING = "drafting"
    REVIEW = "review"
    ISSUING = "issuing"
    DONE = "done"


class RunItemState(Choices):
    """What was decided about one payer's bill."""

    DRAFT = "draft"
    APPROVED = "approved"
    HELD = "held"  # left out by a person; the next run finds it again
    ISSUED = "issued"
    NOTHING = "nothing"  # there is nothing to bill: paused, or left since the last bill
    FAILED = "failed"


class ChangeCode(Choices):
    """Why a payer's bill differs from the last one."""

    JOINED = "joined"
    LEFT = "left"
    PLAN_CHANGED = "plan_changed"
    PRICE = "price"
    DISCOUNT_BEGAN = "discount_began"
    DISCOUNT_ENDED = "discount_ended"
    DISCOUNT_CHANGED = "discount_changed"
    TAX = "tax"
    PAUSED = "paused"
    RESUMED = "resumed"
    ENDS = "ends"  # the last days, so only a part
    DAYS = "days"  # more or fewer days than last time
    DUE = "due"  # a quarter or year begins
    NOT_DUE = "not_due"  # the quarter or year goes on
    BACK = "back"  # was not on the last bill, but held before
    ALREADY = "already"  # billed elsewhere, such as at the desk
    NO_PRICE = "no_price"
    USAGE = "usage"
    EDITED = "edited"
    OTHER = "other"


class CautionCode(Choices):
    """What to look at before a payer's bill is issued."""

    NO_CARD = "no_card"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CARD_EXPIRES = "card_expires"
    CARD_REFUSED = "card_refused"  # it may be charged for nothing any more: its bank or Stripe said so
    COLLECTION_STOPPED = "collection_stopped"  # staff stopped collecting the last bill
    NO_EMAIL = "no_email"
    NO_TAX_ID = "no_tax_id"
    NO_ADDRESS = "no_address"
    NO_PRICE = "no_price"
    BILLED_BEYOND = "billed_beyond"  # the plan before this one was billed for days after its end
    CHANGED_SINCE = "changed_since"  # what it bills changed after the draft was made


class CollectionState(Choices):
    """Where collecting an invoice from a saved card stands."""

    SCHEDULED = "scheduled"
    TRYING = "trying"
    RETRY = "retry"
    NEEDS_CARD = "needs_card"
    NEEDS_AUTHENTICATION = "needs_authentication"
    STOPPED = "stopped"
    COLLECTED = "collected"


DUE_STATES = (CollectionState.SCHEDULED, CollectionState.RETRY)  # a day is set on which the card is charged
FAILED_STATES = (
    CollectionState.RETRY,
    CollectionState.NEEDS_CARD,
    CollectionState.NEEDS_AUTHENTICATION,
    CollectionState.STOPPED,
)  # ended in vain once at least, when ``tries`` says that there was a try
OPEN_STATES = (*DUE_STATES, CollectionState.TRYING, CollectionState.NEEDS_CARD, CollectionState.NEEDS_AUTHENTICATION)


class CollectionReason(StrEnum):
    """Why an invoice is not collected by itself, or not any more."""

    NONE = ""
    NOT_DUE = "not_due"
    NO_CARD = "no_card"
    CARD_EXPIRED = "card_expired"
    CARD_REFUSED = "card_refused"  # the bank advises not to try this card again
    CARD_DATA = "card_data"  # the bank advises to ask for the card's data again
    CARD_GONE = "card_gone"  # Stripe does not know the card any more
    AUTHENTICATION = "authentication"
    TRIES_USED = "tries_used"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    PLAN_ENDED = "plan_ended"
    VOID = "void"
    PAID = "paid"
    NOT_ACCEPTED = "not_accepted"  # Stripe refused the charge itself: the same again would be refused
    NEEDS_A_LOOK = "needs_a_look"  # Stripe received something else than was asked for
    MAIL_ON_ITS_WAY = "mail_on_its_way"  # the invoice is mailed first; the charge follows
    MAIL_NOT_SENT = "mail_not_sent"  # the invoice did not reach its payer by mail: a person decides
    NO_ACCOUNT = "no_account"  # the location charges through no Stripe account
    BY_STAFF = "by_staff"
    REFUNDED = "refunded"  # what was paid went back: only a person has it charged again


HELD_UP = (CollectionReason.MAIL_NOT_SENT, CollectionReason.NO_ACCOUNT)  # due, and staff have to put something right


class InvoiceMail(StrEnum):
    """What became of the mail that announces an invoice before its card is charged."""

    SENT = "sent"
    ON_ITS_WAY = "on_its_way"
    FAILED = "failed"
    NONE = "none"  # nobody was mailed


class BankAdvice(StrEnum):
    """What comes with a decline. https://docs.stripe.com/declines/codes"""

    DO_NOT_TRY_AGAIN = "do_not_try_again"
    TRY_AGAIN_LATER = "try_again_later"
    CONFIRM_CARD_DATA = "confirm_card_data"


class NoticeKind(Choices):
    """What a mail is about."""

    INVOICE = "invoice"
    RECEIPT = "receipt"
    STRIPE_RECEIPT = "stripe_receipt"  # Stripe writes and mails it; we only give it the address
    PAYMENT_FAILED = "payment_failed"
    AUTHENTICATION_NEEDED = "authentication_needed"
    PAY_LINK = "pay_link"
    CARD_LINK = "card_link"
    CARD_KEPT = "card_kept"
    CARD_EXPIRING = "card_expiring"
    DOORS = "doors"  # to staff
    HEALTH = "health"  # to staff
    KEY_CHANGED = "key_changed"  # to admins: a key, secret or sign-in
    REFUND = "refund"  # to staff
    REFUNDED = "refunded"  # to the payer: money has gone back
    DISPUTE = "dispute"  # to staff


class NoticeState(Choices):
    """What became of a mail."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"  # nobody wanted it
