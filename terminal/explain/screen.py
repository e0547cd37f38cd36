"""What the charge screen shows for an attempt: one picture, one sentence, five lamps, and the keys that are safe."""

from dataclasses import dataclass
from datetime import datetime

from terminal.enums import WITHOUT_CHARGE, AttemptKind, AttemptState, CancelReason
from terminal.explain.declines import CUSTOMER_CANCELED, decline, refund_decline
from terminal.explain.ends import over
from terminal.explain.hosted import payment_page
from terminal.explain.lamps import Lamp, lamps
from terminal.explain.picture import CANCEL, CASH, DRAWINGS, LINK, OTHER, RETRY, SEND, Picture
from terminal.explain.problems import code_sentence
from terminal.explain.unattended import unattended
from terminal.explain.words import Words, words_of
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


@dataclass(frozen=True, slots=True)
class Screen:
    """``picture`` chooses the template's drawing, ``tone`` its colour; ``actions`` are the keys that are offered.

    ``what`` and ``headline`` name the attempt, ``shown`` is what its reader shows.
    """

    picture: str
    tone: str
    title: str
    sentence: str
    say: str
    actions: tuple[str, ...]
    lamps: tuple[Lamp, ...]
    what: str
    headline: str
    shown: str
    invites: str
    warning: str = ""
    code: str = ""

    @property
    def drawing(self) -> tuple[str, str]:
        """Return how the reader is drawn, and the line on its drawn screen."""
        name, line = DRAWINGS.get(self.picture, ("idle", ""))
        return name, self.invites if name == "waiting" else line

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
    words = words_of(attempt)
    shown = _picture(attempt, words, now)
    return Screen(
        picture=shown.name,
        tone=shown.tone,
        title=shown.title,
        sentence=shown.sentence,
        say=shown.say,
        actions=_safe(attempt, shown.actions),
        lamps=lamps(attempt, shown.name, words),
        what=words.what,
        headline=words.headline,
        shown=words.shown,
        invites=words.invites,
        warning=shown.warning,
        code=attempt.last_code,
    )


def picture_name(attempt: Attempt, *, now: datetime) -> str:
    """Return the name of the picture alone: while an attempt runs it needs nothing but the row."""
    return _picture(attempt, words_of(attempt), now).name


def _picture(attempt: Attempt, words: Words, now: datetime) -> Picture:
    state = S(attempt.state)
    if attempt.kind == AttemptKind.PAY_LINK and state in (S.RESERVED, S.CREATED, S.CANCELING, S.CANCELED):
        return payment_page(attempt, state)
    if attempt.kind == AttemptKind.OFF_SESSION:
        return unattended(attempt, now)
    if state in (S.CREATED, S.DISPATCHING):
        return _before_reader(attempt, words, now)
    if state is S.WAITING:
        return _waiting(attempt, words, now)
    timeless = {S.RESERVED: _reserved, S.DECLINED: _declined, S.UNKNOWN: _unknown, S.CANCELING: _canceling}
    return timeless[state](attempt, words) if state in timeless else over(attempt)


def _safe(attempt: Attempt, actions: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out what would ask for a card while an earlier command may still give money back."""
    return tuple(key for key in actions if key == CANCEL) if attempt.in_doubt_about_refund else actions


def _onward(attempt: Attempt) -> tuple[str, ...]:
    """Return the keys after a refusal: other ways to pay are for money only."""
    return (RETRY, OTHER, CANCEL) if attempt.kind in WITHOUT_CHARGE else (RETRY, OTHER, LINK, CASH, CANCEL)


def _reserved(attempt: Attempt, words: Words) -> Picture:
    text = code_sentence(attempt.last_code) if attempt.last_code else words.preparing
    return Picture("preparing", "live", "Preparing", text, "", (CANCEL,))


def _before_reader(attempt: Attempt, words: Words, now: datetime) -> Picture:
    if attempt.state == S.CREATED and attempt.last_code and not attempt.wants_dispatch:
        return _refused(attempt, words)
    if _not_shown(attempt, now):
        return _not_shown_picture(words)
    text = words.sending
    if attempt.last_code and attempt.wants_dispatch:
        text = code_sentence(attempt.last_code)
    return Picture("sending", "live", "Sending", text, "", (CANCEL,))


def _waiting(attempt: Attempt, words: Words, now: datetime) -> Picture:
    if attempt.card_at:
        if (now - attempt.card_at).total_seconds() > FROZEN_AFTER_CARD:
            say = "A moment please, the bank is slow."
            return Picture("frozen", "warn", "Waiting for the bank", words.frozen, say, (CANCEL,))
        return Picture("card", "live", "Card read", words.deciding, "", (CANCEL,))
    if _not_shown(attempt, now):
        return _not_shown_picture(words)
    return Picture("waiting", "live", words.ask, words.on_reader, words.say, (CANCEL, OTHER))


def _not_shown(attempt: Attempt, now: datetime) -> bool:
    sent = attempt.sent_at
    return bool(sent and not attempt.on_reader_at and (now - sent).total_seconds() > NOT_SHOWN_AFTER)


def _not_shown_picture(words: Words) -> Picture:
    text = f"{words.not_shown} {words.nothing_yet}"
    return Picture("not_shown", "warn", "Not on the reader yet", text, "One moment please.", (OTHER, CANCEL))


def _refused(attempt: Attempt, words: Words) -> Picture:
    text = f"{code_sentence(attempt.last_code)} {words.nothing_yet}"
    return Picture("refused", "warn", "Not on the reader", text, "", _onward(attempt))


def _declined(attempt: Attempt, words: Words) -> Picture:
    if attempt.last_message or attempt.last_code == READER_IN_USE:
        return _refused(attempt, words)  # the card was declined before; this time the command was refused
    happened, say = decline(attempt.last_code, attempt.last_decline_code)
    if attempt.refund:
        happened, say = refund_decline(attempt, happened)
    if attempt.last_code == CUSTOMER_CANCELED:
        title = "Cancelled on the reader"
        return Picture("customer_canceled", "warn", title, happened, say, _onward(attempt))
    text = f"{happened} {words.nothing}"
    if attempt.declines >= 3:
        other = "another way to pay, or a part of it," if attempt.money else "a link to their own phone"
        other = "cash or a transfer" if attempt.refund_id else other
        text += f" That was try {attempt.declines}: {other} may be better."
    return Picture("declined", "bad", "Declined", text, say, _onward(attempt))


def _unknown(attempt: Attempt, words: Words) -> Picture:
    code = attempt.last_code
    text = f"{code_sentence(code)} {words.not_twice}" if code else words.not_twice
    title = "The reader is busy" if code == READER_BUSY else words.doubt
    if attempt.last_picture in NOTHING_SHOWN and not attempt.refund_id and attempt.sent_again < MAX_SEND_AGAIN:
        # Stripe was read: the intent is open and the reader empty. The same intent can only be paid once.
        text = f"{code_sentence(code)} {words.empty_reader}"
        return Picture("not_shown", "warn", "Not on the reader", text, "One moment please.", (SEND, OTHER, CANCEL))
    return Picture("checking", "warn", title, text, "One moment, we are checking with the bank.", (CANCEL,))


def _canceling(attempt: Attempt, words: Words) -> Picture:
    why = {
        CancelReason.DEADLINE: "Nobody tapped in time, so the reader is being cleared.",
        CancelReason.PAID_MEANWHILE: "The invoice was paid another way meanwhile.",
        CancelReason.OTHER_READER: f"Ending it on {attempt.reader} first, then on to {attempt.next_reader}.",
        CancelReason.BY_LINK: "The reader is being cleared, then they can pay by link.",
        CancelReason.READER_RESET: "The reader is being cleared.",
        CancelReason.CARD_NOT_OFFERED: code_sentence("card_not_offered"),
        CancelReason.REFUND_ENDED: "The refund has ended meanwhile.",
        CancelReason.CONSENT_WITHDRAWN: "The consent was withdrawn, so no card may be kept.",
    }.get(CancelReason(attempt.cancel_reason or CancelReason.STAFF), "Asking Stripe to cancel.")
    text = f"{why} {words.may_still}"
    if attempt.last_code == READER_BUSY:
        text = (
            "The reader is busy, most likely with a card, so it cannot be cleared now. "
            "Stripe says in a moment what became of it."
        )
    return Picture("canceling", "warn", "Cancelling", text, "", ())
