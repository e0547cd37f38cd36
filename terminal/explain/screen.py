"""What the charge screen shows for an attempt: one picture, one sentence, five lamps, and the keys that are safe."""

from dataclasses import dataclass
from datetime import datetime

from terminal.enums import AttemptState, CancelReason
from terminal.explain.declines import decline
from terminal.explain.problems import code_sentence
from terminal.models import Attempt
from terminal.rules import (
    FROZEN_AFTER_CARD,
    MAX_SEND_AGAIN,
    NOT_SHOWN_AFTER,
    NOTHING_SHOWN,
    READER_BUSY,
    READER_IN_USE,
)

S = AttemptState
Picture = tuple[str, str, str, str, str, tuple[str, ...]]  # picture, tone, title, sentence, say, actions
DRAWINGS = {
    "waiting": ("waiting", "Tap, insert or swipe"),
    "card": ("read", "Please wait"),
    "frozen": ("checking", "Not certain"),
    "paid": ("paid", "Thank you"),
    "paid_late": ("paid", "Thank you"),
    "declined": ("declined", "Declined"),
    "customer_canceled": ("idle", "Cancelled"),
    "checking": ("checking", "Not certain"),
    "canceling": ("checking", "Cancelling"),
    "not_shown": ("off", "Not shown"),
    "refused": ("off", "Not reached"),
}
RETRY, SEND, OTHER, CANCEL, CASH, NEW = "retry", "send_again", "other_reader", "cancel", "cash", "new"


@dataclass(frozen=True, slots=True)
class Lamp:
    """One of the five lamps. ``state`` is off, now, done, warn or failed; ``seconds`` counts from the start."""

    name: str
    state: str
    at: datetime | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Screen:
    """``picture`` chooses the template's drawing, ``tone`` its colour; ``actions`` are the keys that are offered."""

    picture: str
    tone: str
    title: str
    sentence: str
    say: str
    actions: tuple[str, ...]
    lamps: tuple[Lamp, ...]
    code: str = ""

    @property
    def drawing(self) -> tuple[str, str]:
        """Return how the reader is drawn, and the line on its drawn screen."""
        return DRAWINGS.get(self.picture, ("idle", ""))

    @property
    def stage(self) -> str:
        """Return the class of the stage's colour; empty for the calm one."""
        return {"warn": "stage--warn", "bad": "stage--bad", "good": "stage--paid"}.get(self.tone, "")

    @property
    def bar(self) -> str:
        """Return the class of the running bar's colour."""
        return {"warn": "bar--checking", "bad": "bar--declined", "good": "bar--paid"}.get(self.tone, "bar--live")


def screen(attempt: Attempt, *, now: datetime) -> Screen:
    """Return the screen of ``attempt`` at ``now``.

    While the outcome is unknown or a cancel runs, no offered key starts another charge.
    """
    picture, tone, title, sentence, say, actions = _picture(attempt, now)
    return Screen(picture, tone, title, sentence, say, actions, lamps(attempt, picture), attempt.last_code)


def _picture(attempt: Attempt, now: datetime) -> Picture:
    state = S(attempt.state)
    if state in (S.CREATED, S.DISPATCHING):
        return _before_reader(attempt, now)
    if state is S.WAITING:
        return _waiting(attempt, now)
    timeless = {S.RESERVED: _reserved, S.DECLINED: _declined, S.UNKNOWN: _unknown, S.CANCELING: _canceling}
    return timeless.get(state, _over)(attempt)


def _reserved(attempt: Attempt) -> Picture:
    text = code_sentence(attempt.last_code) if attempt.last_code else "Preparing the payment at Stripe."
    return "preparing", "live", "Preparing", text, "", (CANCEL,)


def _before_reader(attempt: Attempt, now: datetime) -> Picture:
    if attempt.state == S.CREATED and attempt.last_code and not attempt.wants_dispatch:
        return _refused(attempt)
    if _not_shown(attempt, now):
        return _not_shown_picture()
    text = f"Sending {attempt.money} to {attempt.reader}."
    if attempt.last_code and attempt.wants_dispatch:
        text = code_sentence(attempt.last_code)
    return "sending", "live", "Sending", text, "", (CANCEL,)


def _waiting(attempt: Attempt, now: datetime) -> Picture:
    if attempt.card_at:
        if (now - attempt.card_at).total_seconds() > FROZEN_AFTER_CARD:
            text = "The card was read, but no answer came. Stripe is asked every few seconds; do not charge again."
            return "frozen", "warn", "Waiting for the bank", text, "A moment please, the bank is slow.", (CANCEL,)
        return "card", "live", "Card read", "The bank is deciding. Please wait.", "", (CANCEL,)
    if _not_shown(attempt, now):
        return _not_shown_picture()
    text = f"{attempt.money} is on {attempt.reader}."
    return "waiting", "live", "Ask them to tap", text, "Please tap, insert or swipe your card.", (CANCEL, OTHER)


def _not_shown(attempt: Attempt, now: datetime) -> bool:
    sent = attempt.sent_at
    return bool(sent and not attempt.on_reader_at and (now - sent).total_seconds() > NOT_SHOWN_AFTER)


def _not_shown_picture() -> Picture:
    text = "The reader has not shown the amount yet. Nothing has been charged."
    return "not_shown", "warn", "Not on the reader yet", text, "One moment please.", (OTHER, CANCEL)


def _refused(attempt: Attempt) -> Picture:
    text = f"{code_sentence(attempt.last_code)} Nothing has been charged."
    return "refused", "warn", "Not on the reader", text, "", (RETRY, OTHER, CASH, CANCEL)


def _declined(attempt: Attempt) -> Picture:
    if attempt.last_message or attempt.last_code == READER_IN_USE:
        return _refused(attempt)  # the card was declined before; this time the command was refused, not the card
    happened, say = decline(attempt.last_code, attempt.last_decline_code)
    if attempt.last_code == "customer_canceled":
        return "customer_canceled", "warn", "Cancelled on the reader", happened, say, (RETRY, OTHER, CASH, CANCEL)
    text = f"{happened} Nothing was charged."
    if attempt.declines >= 3:
        text += f" That was try {attempt.declines}: another way to pay, or a part of it, may be better."
    return "declined", "bad", "Declined", text, say, (RETRY, OTHER, CASH, CANCEL)


def _unknown(attempt: Attempt) -> Picture:
    code = attempt.last_code
    text = f"{code_sentence(code)} Do not start a second payment." if code else "Do not start a second payment."
    title = "The reader is busy" if code == READER_BUSY else "Do not charge again"
    if attempt.last_picture in NOTHING_SHOWN and attempt.sent_again < MAX_SEND_AGAIN:
        # Stripe was read: the intent is open and the reader empty. The same intent can only be paid once.
        text = f"{code_sentence(code)} At the last look nothing was on the reader and nothing was charged."
        return "not_shown", "warn", "Not on the reader", text, "One moment please.", (SEND, OTHER, CANCEL)
    return "checking", "warn", title, text, "One moment, we are checking with the bank.", (CANCEL,)


def _canceling(attempt: Attempt) -> Picture:
    why = {
        CancelReason.DEADLINE: "Nobody tapped in time, so the reader is being cleared.",
        CancelReason.PAID_MEANWHILE: "The invoice was paid another way meanwhile.",
        CancelReason.OTHER_READER: f"Ending it on {attempt.reader} first, then on to {attempt.next_reader}.",
        CancelReason.READER_RESET: "The reader is being cleared.",
        CancelReason.CARD_NOT_OFFERED: code_sentence("card_not_offered"),
    }.get(CancelReason(attempt.cancel_reason or CancelReason.STAFF), "Asking Stripe to cancel.")
    text = f"{why} If a card was just read, it may still be paid: Stripe has the last word."
    if attempt.last_code == READER_BUSY:
        text = (
            "The reader is busy, most likely with a card, so it cannot be cleared now. "
            "Stripe says in a moment what became of it."
        )
    return "canceling", "warn", "Cancelling", text, "", ()


def _over(attempt: Attempt) -> Picture:
    state = S(attempt.state)
    if state is S.SUCCEEDED:
        late = any(flag.closed_at is None for flag in attempt.flags.all())
        if late or attempt.cancel_reason:
            text = "The payment had already gone through, so it was booked."
            return "paid_late", "warn", "Paid after all", text, "Your payment went through.", ()
        return "paid", "good", "Paid", f"{attempt.money} is booked.", "Thank you, that's paid.", ()
    if state is S.CANCELED:
        walked = attempt.cancel_reason == CancelReason.DEADLINE
        text = "Nobody tapped in time. Nothing was charged." if walked else "Nothing was charged."
        title = "Cancelled" if attempt.cancel_reason == CancelReason.STAFF else "Not paid"
        return "canceled", "quiet", title, text, "", (NEW, CASH)
    text = code_sentence(attempt.last_code) if attempt.last_code else "It was ended before anything was sent."
    return "failed", "bad", "Not started", f"{text} Nothing was charged.", "", (NEW, CASH)


def lamps(attempt: Attempt, picture: str) -> tuple[Lamp, ...]:
    """Return the five lamps with the seconds since the start; a lamp is lit only on evidence."""
    times = (attempt.sent_at, attempt.on_reader_at, attempt.card_at, attempt.approved_at, attempt.booked_at)
    current = next((index for index, at in enumerate(times) if at is None), len(times))
    row = []
    for index, at in enumerate(times):
        state = "done" if at else _unlit(picture) if index == current else "off"
        # Stripe's clock and ours differ a little: what came first is never shown as later.
        known = min((later for later in times[index:] if later), default=at) if at else None
        seconds = max(0.0, (known - attempt.created_at).total_seconds()) if known else None
        row.append(Lamp(_lamp_name(index, state, attempt), state, at, seconds))
    return tuple(row)


def _lamp_name(index: int, state: str, attempt: Attempt) -> str:
    """Name a lamp truthfully: a failed or doubtful one does not claim what it would stand for."""
    names = ("Sent", f"On the reader: {attempt.money}", "Card read", "Bank approved", "Invoice paid")
    if state == "failed":
        return ("Not sent", "Not on the reader", "No card read", "Bank declined", "Not booked")[index]
    return f"{names[index]}?" if state == "warn" else names[index]


def _unlit(picture: str) -> str:
    """Return the state of the first lamp without evidence."""
    if picture in ("canceled", "failed", "customer_canceled", "paid", "paid_late"):
        return "off"
    if picture in ("declined", "refused"):
        return "failed"
    return "warn" if picture in ("not_shown", "checking", "frozen", "canceling") else "now"
