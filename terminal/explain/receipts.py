"""What a customer gets by mail for each place of the two switches, and what Stripe's part of it is called."""

from dataclasses import dataclass

from billing.explain.notices import receipt_chosen
from flexspace.core.models import AuditEvent
from flexspace.core.sentences import says
from terminal.models import Attempt, StripeConfig

STRIPES_RECEIPT = "Stripe’s receipt"


@dataclass(frozen=True, slots=True)
class Told:
    """``tone`` is ok, warn or quiet; ``one`` says that exactly one receipt is guaranteed."""

    tone: str
    headline: str
    detail: str
    one: bool = False


STAFF_CAN = "Staff can mail, print or show ours from every payment."
CARDS_ONLY = "For card payments only: of cash Stripe knows nothing, so cash gets none by itself."
PERHAPS = "Stripe’s Dashboard may mail one too. Look there, switch it off and say so above."
# Our switch, Stripe's switch, whether an admin said that the Dashboard mails none.
GETS: dict[tuple[bool, bool, bool], Told] = {
    (True, False, True): Told("ok", "One receipt, from us.", "For card payments and cash, with our PDF.", one=True),
    (True, False, False): Told("warn", "One receipt, from us, and perhaps a second from Stripe.", PERHAPS),
    (False, True, True): Told("ok", "One receipt, from Stripe.", CARDS_ONLY, one=True),
    (False, True, False): Told("warn", "One receipt, from Stripe, and perhaps a second.", f"{PERHAPS} {CARDS_ONLY}"),
    (True, True, True): Told("warn", "Two: one from us and one from Stripe.", "Switch one of them off."),
    (True, True, False): Told("warn", "Two: one from us and one from Stripe.", f"Switch one of them off. {PERHAPS}"),
    (False, False, True): Told("quiet", "None: no receipt goes out by itself.", f"Offer one in person. {STAFF_CAN}"),
    (False, False, False): Told("warn", "None from here, and perhaps one from Stripe.", f"{PERHAPS} {STAFF_CAN}"),
}
WITHOUT_ACCOUNT = {
    True: Told("ok", "One receipt, from us.", "For cash: no Stripe account takes cards here."),
    False: Told("quiet", "None: no receipt goes out by itself.", STAFF_CAN),
}


def customer_gets(*, ours: bool, stripes: bool, config: StripeConfig | None) -> Told:
    """Return what a customer with a mail address gets at a location that charges through ``config``."""
    return GETS[ours, stripes, config.mails_none] if config else WITHOUT_ACCOUNT[ours]


def stripes_words(to: str, *, livemode: bool) -> str:
    """Return what is kept of a receipt that Stripe mails: its words are Stripe's."""
    if livemode:
        return f"Stripe writes this receipt itself and was told to mail it to {to}."
    return f"Stripe was told to mail its receipt to {to}. With a test key it mails nothing."


def receipt_planned(attempt: Attempt) -> str:
    """Return where the receipt of a payment that runs will go, in a sentence."""
    payer = attempt.member or attempt.company
    own = payer.email if payer else ""
    if attempt.receipt_to == "":
        return "No receipt will be mailed."
    if not (attempt.location.send_receipts or attempt.location.stripe_receipts):
        return "No receipt goes out by itself here."
    to = attempt.receipt_to or own
    return f"The receipt will go to {to}." if to else "No mail address, so no receipt will be mailed."


@says("terminal.attempt.receipt_chosen", icon="mail")
def chosen_before(event: AuditEvent) -> str:
    """Tell what a payer wanted while the payment ran."""
    return receipt_chosen(event)
