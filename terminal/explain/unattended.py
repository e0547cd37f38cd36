"""What staff see of a saved card that is charged with nobody there."""

from datetime import datetime

from billing.dunning import AUTHENTICATION
from billing.enums import CollectionReason
from billing.explain.collecting import hindrance_sentence
from terminal.enums import AttemptState, CancelReason
from terminal.explain.declines import decline
from terminal.explain.picture import CANCEL, CASH, LINK, NEW, Picture
from terminal.explain.problems import code_sentence
from terminal.models import Attempt

S = AttemptState
DOUBT_AFTER = 30  # seconds after which a call without an answer is called a doubt
ENDS: dict[str, str] = {
    "absent_at_stripe": "Stripe has no such charge: the call never arrived.",
    "key_too_old": "Stripe did not take it for a day.",
    CancelReason.STAFF: "It was cancelled before the bank was asked.",
    CancelReason.PAID_MEANWHILE: "The invoice was paid another way meanwhile, or is void.",
}


def unattended(attempt: Attempt, now: datetime) -> Picture:
    """Return the picture of a charge with nobody there, in any state."""
    state = S(attempt.state)
    if state is S.RESERVED:
        return _asking(attempt, now)
    if state is S.CREATED:
        text = f"The bank is deciding about {attempt.money} on {attempt.where}."
        return Picture("asking", "live", "Asking the bank", text, "", ())
    if state is S.CANCELING:
        return _closing(attempt)
    if state is S.SUCCEEDED:
        return _paid(attempt)
    text = f"{_why(attempt)} Nothing was charged."
    title = "Declined" if state is S.CANCELED and attempt.last_code else "Not charged"
    if attempt.last_code == AUTHENTICATION:
        title = "The bank wants the cardholder"
    name = "bank_declined" if state is S.CANCELED and attempt.last_code else "failed"
    return Picture(name, "bad", title, text, "", (NEW, LINK, CASH))


def _asking(attempt: Attempt, now: datetime) -> Picture:
    """Return what is known before Stripe has named an intent."""
    if attempt.cancel_reason:
        text = "It is to end, but the card may have been charged already. Stripe is being asked; do not charge again."
        return Picture("checking", "warn", "Checking with Stripe", text, "", ())
    if not attempt.unanswered:
        text = code_sentence(attempt.last_code) if attempt.last_code else f"{attempt.where} is about to be charged."
        return Picture("asking", "live", "About to ask the bank", text, "", (CANCEL,))
    waiting = (now - attempt.sent_at).total_seconds() if attempt.sent_at else 0
    if not attempt.last_code and waiting < DOUBT_AFTER:
        text = f"{attempt.money} is being charged to {attempt.where}."
        return Picture("asking", "live", "Asking the bank", text, "", ())
    text = (
        f"No answer came, so {attempt.where} may have been charged. The same charge is asked for again, which can "
        "succeed only once. Do not charge again."
    )
    return Picture("checking", "warn", "Checking with Stripe", text, "", (CANCEL,))


def _closing(attempt: Attempt) -> Picture:
    if not attempt.last_code:
        text = "Asking Stripe to cancel. If the bank has just agreed, it is paid: Stripe has the last word."
        return Picture("canceling", "warn", "Cancelling", text, "", ())
    text = f"{_why(attempt)} The charge is being closed at Stripe before anything else may be tried."
    return Picture("bank_declined", "bad", "Declined", text, "", ())


def _paid(attempt: Attempt) -> Picture:
    if attempt.needs_a_look or attempt.cancel_reason:
        text = "The payment had already gone through, so it was booked."
        return Picture("paid_late", "warn", "Paid after all", text, "", ())
    return Picture("paid", "good", "Paid", f"{attempt.money} was charged to {attempt.where} and is booked.", "", ())


def _why(attempt: Attempt) -> str:
    """Return in a sentence why no money came."""
    code = attempt.last_code
    if attempt.state in (S.CANCELED, S.CANCELING):
        return decline(code, attempt.last_decline_code)[0] if code else "It was cancelled."
    if code in ENDS:
        return ENDS[code]
    if code in set(CollectionReason) and code:
        parts = list(attempt.allocations.all())
        return hindrance_sentence(CollectionReason(code), parts[0].invoice)
    return code_sentence(code) if code else ENDS[CancelReason.STAFF]
