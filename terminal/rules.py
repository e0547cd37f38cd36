"""Times and codes of the attempt machine. Pure."""

from datetime import datetime, timedelta

from terminal.enums import AttemptState as S
from terminal.enums import ReaderPicture

PAGE_TIMEOUT = 20  # seconds a reader command may take when a page sends it
WORKER_TIMEOUT = 60  # … when a worker sends it
READ_TIMEOUT = 5
UNANSWERED_GRACE = 10  # seconds beyond the time-out after which a command's caller is taken for dead
CLEAR_PATIENCE = timedelta(seconds=30)  # how long a cancel waits for a busy or silent reader
GONE_AFTER = timedelta(minutes=10)  # how long a cancel asks for an intent that Stripe says it does not have
DISCARD_AFTER = timedelta(minutes=15)  # a row without an intent
DECLINED_FOR = timedelta(minutes=10)  # how long a refused payment waits for another card
NOT_SHOWN_AFTER = 15  # seconds until the page says that the reader has not shown the amount
FROZEN_AFTER_CARD = 60  # seconds without news after the card
MAX_AUTOMATIC_DISPATCHES = 5
MAX_SEND_AGAIN = 3
# At the last look nothing of anybody was on the reader: only then may staff send the same intent again.
NOTHING_SHOWN = frozenset({ReaderPicture.NONE, ReaderPicture.OURS_FAILED})

# Nothing reached the reader. https://docs.stripe.com/terminal/payments/collect-card-payment#handle-errors
DEFINITE_REFUSALS = frozenset(
    {
        "terminal_reader_offline",
        "terminal_reader_hardware_fault",
        "terminal_reader_invalid_location_for_payment",
        "terminal_reader_invalid_location_for_activation",
        "terminal_location_country_unsupported",
        "resource_missing",
        "parameter_unknown",
        "parameter_missing",
        "parameter_invalid_empty",
        "parameter_invalid_integer",
        "parameter_invalid_string_blank",
    }
)
DEFINITE_STATUSES = frozenset({401, 403, 404, 409, 429})
TRY_AGAIN_STATUSES = frozenset({409, 429})
READER_TIMEOUT = "terminal_reader_timeout"
READER_IN_USE = "reader_in_use"  # ours: the lease belongs to another attempt
READER_BUSY = "terminal_reader_busy"
NOT_AT_STRIPE = "resource_missing"


def is_definite_refusal(status: int, code: str) -> bool:
    """Return whether Stripe's answer to a reader command proves that the reader did not get it."""
    return status in DEFINITE_STATUSES or code in DEFINITE_REFUSALS


def next_check(state: S, *, checks: int, since: datetime, now: datetime) -> datetime | None:
    """Return when to read Stripe again, or None for a final state.

    ``checks`` counts reads without news since the last change, ``since`` is when the state began (UTC).
    """
    age = (now - since).total_seconds()
    if state in (S.UNKNOWN, S.CANCELING):
        ladder = (2, 2, 5, 10)
        return now + timedelta(seconds=ladder[min(checks, 3)] if age < 600 else 60)
    if state in (S.WAITING, S.DISPATCHING):
        return now + timedelta(seconds=2 if age < 180 else 15)
    if state in (S.RESERVED, S.CREATED):
        ladder = (2, 5, 10, 20)
        return now + timedelta(seconds=ladder[min(checks, 3)])
    if state is S.DECLINED:
        return now + timedelta(seconds=15)
    return None
