"""Times and codes of the attempt machine. Pure."""

from datetime import date, datetime, timedelta

from flexspace.core.money import Money
from terminal.enums import AttemptKind, CardLinkState, CardPage, DifferenceKind, PayPage, ReaderPicture
from terminal.enums import AttemptState as S

PAGE_TIMEOUT = 20  # seconds a reader command may take when a page sends it
WORKER_TIMEOUT = 60  # … when a worker sends it
READ_TIMEOUT = 5
UNANSWERED_GRACE = 10  # seconds beyond the time-out after which a command's caller is taken for dead
CLEAR_PATIENCE = timedelta(seconds=30)  # how long a cancel waits for a busy or silent reader
GONE_AFTER = timedelta(minutes=10)  # how long a cancel asks for an intent that Stripe says it does not have
DISCARD_AFTER = timedelta(minutes=15)  # a row without an intent
KEY_LIVES = timedelta(hours=23)  # Stripe may forget a key after a day; an older one is never sent again
HELD_LOOK = timedelta(seconds=60)  # between two looks at what waits for somebody else
DECLINED_FOR = timedelta(minutes=10)  # how long a refused payment waits for another card
NOT_SHOWN_AFTER = 15  # seconds until the page says that the reader has not shown the amount
FROZEN_AFTER_CARD = 60  # seconds without news after the card
MAX_AUTOMATIC_DISPATCHES = 5
MAX_SEND_AGAIN = 3
MAX_UNANSWERED = 12  # calls of one refund without an answer after which Stripe's list alone is asked
PACE = 0.2  # seconds between two charges of a run: at most five in a second
MAX_DOUBTS = 5  # charges without an answer after which a run sends no more
MIN_ALIKE, SHARE_ALIKE = 5, 20  # so many, and so many per cent, failing for one reason stop a run
PAGE_LIVES = timedelta(hours=1)  # a page of Stripe's; it allows 30 minutes to 24 hours
PAGE_ENDED = timedelta(seconds=30)  # beyond that, so that it has ended by itself when we look
PAY_LINK_LIVES = timedelta(days=90)  # our own link in a mail, which opens such a page
PAGE_RETRIED = timedelta(minutes=15)  # how long an unanswered opening is asked for again under its key
PAGE_LOOK = timedelta(seconds=60)  # between two reads of a card's page, should its event be lost
CARD_LINK_LIVES = timedelta(days=14)
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
        "charge_already_refunded",
        "charge_disputed",
    }
)
DEFINITE_STATUSES = frozenset({401, 403, 404, 409, 429})
KEY_REFUSED_STATUSES = frozenset({401, 403})
TRY_AGAIN_STATUSES = frozenset({409, 429})
READER_TIMEOUT = "terminal_reader_timeout"
READER_IN_USE = "reader_in_use"  # ours: the lease belongs to another attempt
READER_BUSY = "terminal_reader_busy"
NOT_AT_STRIPE = "resource_missing"


def is_definite_refusal(status: int, code: str, *, refund: bool = False) -> bool:
    """Return whether Stripe's answer to a reader command proves that the reader did not get it.

    A ``refund`` is checked against its charge first, and what Stripe minds there mostly has no code.
    """
    about_the_charge = refund and status == 400 and not code.startswith("terminal_")
    return about_the_charge or status in DEFINITE_STATUSES or code in DEFINITE_REFUSALS


def run_stops(*, doubts: int, tried: int, alike: int) -> str:
    """Return why an account should be charged no more for now; "" when it may go on.

    ``doubts`` are charges whose answer is missing, ``alike`` those of the last hour's ``tried`` that failed for the
    same reason, and not for their card's.
    """
    if doubts >= MAX_DOUBTS:
        return "unreachable"
    if alike >= MIN_ALIKE and alike * 100 >= tried * SHARE_ALIKE:
        return "failing_alike"
    return ""


def ask_again(checks: int) -> timedelta:
    """Return how long to wait before a charge without an answer is asked for again, after ``checks`` times."""
    ladder = (5, 15, *[60] * 10)
    return timedelta(seconds=ladder[checks] if checks < len(ladder) else 300)


def refund_look(checks: int) -> timedelta:
    """Return how long to wait before a refund that is on its way to the bank is read again, after ``checks`` times."""
    return timedelta(seconds=30) if checks < 10 else timedelta(minutes=10) if checks < 40 else timedelta(hours=6)


def back_off(checks: int, retry_after: int) -> timedelta:
    """Return how long to wait after Stripe said "not now"; it may say for how many seconds."""
    return timedelta(seconds=min(300, max(retry_after, 2 ** min(checks, 8))))


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


def deadline_of(kind: AttemptKind, *, created_at: datetime, now: datetime) -> datetime:
    """Return until when an attempt that Stripe has just made waits for somebody."""
    if kind is AttemptKind.PAY_LINK:
        return created_at + PAGE_LIVES + PAGE_ENDED
    return now + DECLINED_FOR


def pay_page(
    *, void: bool, open_amount: int, smallest: int, takes_cards: bool, live: tuple[AttemptKind, S] | None
) -> PayPage:
    """Return what a pay link leads to. Amounts in minor units; ``live`` is the attempt that holds the invoice."""
    if void:
        return PayPage.VOID
    if open_amount <= 0:
        return PayPage.PAID
    if live:
        kind, state = live
        if kind is not AttemptKind.PAY_LINK:
            return PayPage.ELSEWHERE
        return {S.RESERVED: PayPage.OPENING, S.CANCELING: PayPage.CLOSING}.get(state, PayPage.OPEN)
    return PayPage.READY if takes_cards and open_amount >= smallest else PayPage.NO_CARDS


def month_after_next(day: date) -> date:
    """Return the first day of the month after next: cards that end before it expire soon."""
    months = day.year * 12 + day.month + 1
    return date(months // 12, months % 12 + 1, 1)


def next_detach(*, removed_at: datetime, now: datetime) -> datetime:
    """Return when to ask Stripe again to forget a removed card."""
    age = (now - removed_at).total_seconds()
    return now + timedelta(seconds=30 if age < 600 else 300 if age < 3600 else 3600)


def card_page(state: CardLinkState, *, in_session: bool, expires_at: datetime, now: datetime) -> CardPage:
    """Return what a card link leads to; ``in_session`` says that a page of Stripe's may be open."""
    if state is CardLinkState.DONE:
        return CardPage.DONE
    if state is CardLinkState.WITHDRAWN:
        return CardPage.WITHDRAWN
    if in_session:
        return CardPage.OPEN
    return CardPage.TOO_OLD if expires_at <= now else CardPage.READY


def verdict(theirs: Money, booked: Money | None, *, back: int, ours: bool) -> DifferenceKind | None:
    """Return how a paid charge differs from what is booked; None when it does not.

    ``back`` is what went back of it at Stripe, in minor units: a stranger's money that is gone asks nothing of anybody.
    """
    if booked is not None:
        return None if booked == theirs else DifferenceKind.AMOUNT
    if back >= theirs.amount:
        return None
    return DifferenceKind.NOT_BOOKED if ours else DifferenceKind.FOREIGN


def refund_verdict(theirs: Money, booked: Money | None, *, counts: bool, ours: bool) -> DifferenceKind | None:
    """Return how a refund at Stripe differs from our row; ``ours`` says that its payment is booked here."""
    if booked is not None:
        return None if booked == theirs else DifferenceKind.REFUND_AMOUNT
    return DifferenceKind.REFUND_NOT_HERE if counts and ours else None
