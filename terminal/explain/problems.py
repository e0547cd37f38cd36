"""What is said when something is refused. The code is kept beside the sentence, never instead of it."""

from django.utils import timezone

from flexspace.core import restored
from terminal.enums import AttemptKind
from terminal.models import Attempt

READER_GONE = (
    "{reader} is no longer at Stripe: it was deleted or moved. Choose another reader, or read the readers again."
)
STRIPE_LOCATION_GONE = (
    "The Stripe Location of {reader} was deleted, so Stripe refuses its payments. "
    "An admin creates a Location at Stripe and registers the reader there again."
)
STRIPE_LOCATION_UNMAPPED = (
    "“{place}” at Stripe is not mapped to a location yet. An admin does that in the Stripe Config."
)
READER_ELSEWHERE = "{reader} stands at {place}. An invoice is charged on a reader of its own location."
WRONG_CURRENCY = "{reader} is in {country} and charges in {local} only; this invoice is in {currency}."
SHOWS_OTHERS = "{reader} shows something that was not started here. Clear it first, when nobody is paying there."
READER_CHANGED = "{reader} shows something else by now, so nothing was cleared. Look again."
MAY_GO_BACK = "The money may be going back already. Wait for Stripe's answer, or cancel."
MAY_BE_SHOWN = "The reader may show it already. Wait for Stripe's answer, or cancel."
SENT_OFTEN_ENOUGH = "It was sent three times. Cancel it, or wait for Stripe's answer."

# Stripe's code → what to do. https://docs.stripe.com/error-codes
PROBLEMS: dict[str, str] = {
    "charge_already_refunded": "All of it went back before. Check the payment's other refunds, then cancel.",
    "charge_disputed": "The cardholder disputes it at the bank, so nothing can go back: let it be, and cancel.",
    "terminal_reader_offline": "The reader is offline. Check its power and network and wait two minutes, or take another reader.",
    "terminal_reader_busy": "The reader is busy: with another payment, an update, its settings, or a card left in it.",
    "terminal_reader_timeout": "The reader did not confirm in time. It may show the amount all the same.",
    "terminal_reader_hardware_fault": "The reader is broken. Take another one and give Stripe its serial number.",
    "terminal_reader_invalid_location_for_payment": "Stripe does not accept payments at this reader's Location. An admin registers the reader to another one.",
    "terminal_reader_invalid_location_for_activation": "This reader cannot be used at its Location. An admin registers it to another one.",
    "terminal_location_country_unsupported": "Stripe has no card readers in this Location's country.",
    "intent_invalid_state": "Stripe has moved on with this payment. It is being read again.",
    "resource_missing": "Stripe no longer knows the reader or the payment. Read the readers again.",
    "customer_missing": "Stripe no longer knew this customer. Try again: another one is made by itself.",
    "amount_too_small": "The amount is below what Stripe charges. Take it in cash.",
    "amount_too_large": "The amount is above what Stripe charges at once. Charge it in parts.",
    restored.CODE: restored.SENTENCE,
    "rate_limit": "Stripe gets too many requests at the moment. It is tried again by itself.",
    "lock_timeout": "Stripe is still busy with this payment. It is tried again by itself.",
    "idempotency_key_in_use": "Stripe is still busy with this payment. It is tried again by itself.",
    "api_key_expired": "The Stripe key has expired. An admin enters a new one in the Stripe Config.",
    "reader_in_use": "Another payment holds this reader. Take another reader, or wait until it is over.",
    "connection_error": "The reader lost its network while the bank was asked. Stripe is being asked what became of it.",
    "vanished_from_reader": "The reader shows something else now, perhaps by a restart. Stripe is being asked what became of it.",
    "no_answer": "Stripe did not answer in time. It is being asked what became of it.",
    "unreachable": "Stripe cannot be reached at the moment. Nothing is lost. If it lasts, an admin checks this server's network.",
    "url_invalid": "Stripe does not accept this server's address. SITE_URL must be one that the internet reaches, with https://.",
    "account_invalid": "This key may not act for that account. An admin enters a key of the account itself.",
    "parameter_missing": "Stripe wants more than it was given. Fill in every field and send the form again.",
    "card_not_offered": "This Stripe account cannot take cards on a reader for this invoice. An admin looks at its payment methods.",
}
# What Stripe minds, where it gives no code of its own.
PARAMS: dict[str, str] = {
    "registration_code": "Stripe does not know this code: mistyped, used before, or older than the one on the screen. "
    "Let the reader make a new one: swipe from the left edge, Settings, passcode 07139, Generate pairing code.",
    "address[postal_code]": "Stripe does not accept this postal code. Write it as it stands on letters.",
    "address[state]": "Stripe does not accept this state. Write its usual short form, such as CA.",
}
STATUSES: dict[int, str] = {
    401: "Stripe does not accept the key. An admin enters a new one in the Stripe Config.",
    403: "The Stripe key lacks a permission for this. An admin adds it to the restricted key.",
    404: "Stripe does not know this. It may be of another account or deleted.",
    429: PROBLEMS["rate_limit"],
}


def code_sentence(code: str) -> str:
    """Return the sentence for a code, or a general one that names it."""
    status = int(code.removeprefix("http_")) if code.startswith("http_") else 0
    return (
        PROBLEMS.get(code)
        or STATUSES.get(status)
        or f"Stripe reports “{code}”. It is being asked what became of the payment."
    )


def problem_sentence(problem: Exception) -> str:
    """Return the sentence for a StripeProblem, with Stripe's own words where we have none."""
    code, status = getattr(problem, "code", ""), getattr(problem, "status", 0)
    if not status and not code:
        return PROBLEMS["unreachable"]
    lacks = getattr(problem, "lacks", "")
    if lacks:
        return f"The Stripe key lacks the permission {lacks}. An admin adds it to the restricted key at Stripe."
    param = PARAMS.get(getattr(problem, "param", ""))
    return PROBLEMS.get(code) or param or STATUSES.get(status) or f"Stripe refused: {getattr(problem, 'message', '')}"


def _seconds_ago(attempt: Attempt) -> str:
    return f"{max(0, int((timezone.now() - attempt.created_at).total_seconds()))} s ago"


def being_taken_sentence(attempt: Attempt) -> str:
    """Say who is taking the same invoice, or keeping a card of the same person, where, and since when."""
    if attempt.kind == AttemptKind.OFF_SESSION:
        return f"Being charged by card on file: {attempt.saved_card}, started {_seconds_ago(attempt)}."
    doing = "A card is being kept" if attempt.amount is None else "Being taken"
    if attempt.refund_id:
        doing = "Money is being given back"
    return f"{doing} now on {attempt.where} by {attempt.actor_label}, started {_seconds_ago(attempt)}."


def end_it_first(attempt: Attempt) -> str:
    """Say what has to happen before the invoice may be touched."""
    if attempt.kind == AttemptKind.OFF_SESSION:
        return "Wait for the bank's answer."
    return "Cancel it on the reader first." if attempt.reader_id else "Cancel it first."


def busy_sentence(attempt: Attempt) -> str:
    """Say whose payment is on the reader."""
    numbers = ", ".join(str(part.invoice) for part in attempt.allocations.all())
    what = f"{numbers}, taken" if numbers else "a card is being kept"
    if attempt.refund_id:
        what = "money is being given back"
    return f"{attempt.where} is busy: {what} by {attempt.actor_label}, {_seconds_ago(attempt)}."


def already_over_sentence(attempt: Attempt) -> str:
    """Say that there is nothing left to cancel."""
    if attempt.refund_id:
        gone = attempt.state == "succeeded"
        return "The money had already gone back." if gone else f"This is already {attempt.state}: nothing went back."
    if attempt.amount is None:
        read = attempt.state == "succeeded"
        return "The card had already been read." if read else f"This is already {attempt.state}: no card was kept."
    if attempt.state == "succeeded":
        return "The payment had already gone through: the invoice is paid."
    return f"This payment is already {attempt.state}."


def not_now_sentence(attempt: Attempt) -> str:
    """Say why it cannot be sent again at this moment."""
    words = {
        "waiting": "It is on the reader already.",
        "dispatching": "It is just being sent to the reader.",
        "canceling": "It is being cancelled. Wait for Stripe's answer.",
        "reserved": "It is just being prepared.",
        "succeeded": "It is over." if attempt.refund_id else "It is paid." if attempt.amount else "The card was read.",
    }
    return words.get(attempt.state, f"This is {attempt.state}. Start anew.")
