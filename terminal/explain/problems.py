"""What is said when something is refused. The code is kept beside the sentence, never instead of it."""

from django.utils import timezone

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
READER_CHANGED = "{reader} shows something else by now, so nothing was cleared. Look again."
MAY_BE_SHOWN = "The reader may show the amount already. Wait for Stripe's answer, or cancel."
SENT_OFTEN_ENOUGH = "It was sent three times. Cancel it, or wait for Stripe's answer."

# Stripe's code → what to do. https://docs.stripe.com/error-codes
PROBLEMS: dict[str, str] = {
    "terminal_reader_offline": "The reader is offline. Check its power and network and wait two minutes, or take another reader.",
    "terminal_reader_busy": "The reader is busy: with another payment, an update, its settings, or a card left in it.",
    "terminal_reader_timeout": "The reader did not confirm in time. It may show the amount all the same.",
    "terminal_reader_hardware_fault": "The reader is broken. Take another one and give Stripe its serial number.",
    "terminal_reader_invalid_location_for_payment": "Stripe does not accept payments at this reader's Location. An admin registers the reader to another one.",
    "terminal_reader_invalid_location_for_activation": "This reader cannot be used at its Location. An admin registers it to another one.",
    "terminal_location_country_unsupported": "Stripe has no card readers in this Location's country.",
    "intent_invalid_state": "Stripe has moved on with this payment. It is being read again.",
    "resource_missing": "Stripe no longer knows the reader or the payment. Read the readers again.",
    "amount_too_small": "The amount is below what Stripe charges. Take it in cash.",
    "amount_too_large": "The amount is above what Stripe charges at once. Charge it in parts.",
    "rate_limit": "Stripe gets too many requests at the moment. It is tried again by itself.",
    "lock_timeout": "Stripe is still busy with this payment. It is tried again by itself.",
    "idempotency_key_in_use": "Stripe is still busy with this payment. It is tried again by itself.",
    "api_key_expired": "The Stripe key has expired. An admin enters a new one in the Stripe Config.",
    "reader_in_use": "Another payment holds this reader. Take another reader, or wait until it is over.",
    "connection_error": "The reader lost its network while the bank was asked. Stripe is being asked what became of it.",
    "vanished_from_reader": "The amount has left the reader, perhaps by a restart. Stripe is being asked what became of it.",
    "no_answer": "Stripe did not answer in time. It is being asked what became of it.",
    "unreachable": "Stripe cannot be reached at the moment. Nothing is lost. If it lasts, an admin checks this server's network.",
    "card_not_offered": "This Stripe account cannot take cards on a reader for this invoice. An admin looks at its payment methods.",
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
    return PROBLEMS.get(code) or STATUSES.get(status) or f"Stripe refused: {getattr(problem, 'message', '')}"


def _seconds_ago(attempt: Attempt) -> str:
    return f"{max(0, int((timezone.now() - attempt.created_at).total_seconds()))} s ago"


def being_taken_sentence(attempt: Attempt) -> str:
    """Say who is taking the same invoice, where, and since when."""
    return f"Being taken now on {attempt.reader} by {attempt.actor_label}, started {_seconds_ago(attempt)}."


def busy_sentence(attempt: Attempt) -> str:
    """Say whose payment is on the reader."""
    numbers = ", ".join(str(part.invoice) for part in attempt.allocations.all())
    return f"{attempt.reader} is busy: {numbers}, taken by {attempt.actor_label}, {_seconds_ago(attempt)}."


def already_over_sentence(attempt: Attempt) -> str:
    """Say that there is nothing left to cancel."""
    if attempt.state == "succeeded":
        return "The payment had already gone through: the invoice is paid."
    return f"This payment is already {attempt.state}."


def not_now_sentence(attempt: Attempt) -> str:
    """Say why it cannot be sent again at this moment."""
    words = {
        "waiting": "The amount is on the reader already.",
        "dispatching": "It is just being sent to the reader.",
        "canceling": "It is being cancelled. Wait for Stripe's answer.",
        "reserved": "It is just being prepared.",
        "succeeded": "It is paid.",
    }
    return words.get(attempt.state, f"This payment is {attempt.state}. Start a new one.")
