"""Says in a sentence how Stripe's books and ours differ, and what to do about it."""

from terminal.enums import DifferenceKind
from terminal.models import Difference

D = DifferenceKind
_SAID = {
    D.NOT_BOOKED: (
        "Paid at Stripe with our tag, but nothing here knows the payment",
        "Attach it to the invoice it was for, or give it back.",
    ),
    D.FOREIGN: (
        "Paid at Stripe without us: on the reader alone, or in the Dashboard",
        "Attach it to an invoice, give it back, or close it when it is none of ours.",
    ),
    D.ONLY_HERE: (
        "Booked here, and not paid at Stripe",
        "See whether the account's key was changed. Read it again, then say what you found.",
    ),
    D.AMOUNT: (
        "Stripe and we have different amounts for one payment",
        "Open the payment, compare it in Stripe's Dashboard, and say what you found.",
    ),
    D.REFUND_NOT_HERE: (
        "Given back at Stripe, and it could not be recorded here",
        "Compare it in Stripe's Dashboard, and say what you found.",
    ),
    D.REFUND_ONLY_HERE: (
        "Given back here, and Stripe does not know the refund",
        "Read it again. If it stays, ask the customer, and give the money back another way.",
    ),
    D.REFUND_AMOUNT: (
        "Stripe and we have different amounts for one refund",
        "Compare it in Stripe's Dashboard, and say what you found.",
    ),
    D.PAYOUT_SUM: (
        "What a payout holds does not add up to what Stripe paid",
        "Open the payout and read it again. If it stays, ask Stripe’s support about this payout.",
    ),
    D.PAYOUT_FAILED: (
        "The bank sent a payout back",
        "See to the bank account in Stripe’s Dashboard. The money is in the balance again, for a later payout.",
    ),
    D.REFUND_TROUBLE: ("A refund needs a look", "Open the payment and do what is said there."),
}


def said(difference: Difference) -> tuple[str, str]:
    """Return what differs, and what to do."""
    return _SAID[D(difference.kind)]
