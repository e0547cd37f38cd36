"""Honest lamps, five on a reader: each is lit only on evidence, and names what it would stand for."""

from dataclasses import dataclass
from datetime import datetime

from terminal.enums import AttemptKind, KeepResult
from terminal.explain.parts import left_open
from terminal.explain.words import Words
from terminal.models import Attempt

OVER = ("canceled", "failed", "customer_canceled", "paid", "paid_not_kept", "paid_late", "kept", "given_back")


@dataclass(frozen=True, slots=True)
class Lamp:
    """One lamp. ``state`` is off, now, done, warn or failed; ``seconds`` counts from the start of this try."""

    name: str
    state: str
    at: datetime | None
    seconds: float | None


def lamps(attempt: Attempt, picture: str, words: Words) -> tuple[Lamp, ...]:
    """Return the lamps with the seconds since this try's start; four where no reader takes part."""
    times: tuple[datetime | None, ...] = (
        attempt.sent_at, attempt.on_reader_at, attempt.card_at, attempt.approved_at, _end(attempt),
    )  # fmt: skip
    if attempt.kind == AttemptKind.PAY_LINK:
        times = (attempt.created_at if attempt.remote_id else None, *times[2:])
    if attempt.kind == AttemptKind.OFF_SESSION:
        times = (attempt.sent_at, *times[2:])
    current = next((index for index, at in enumerate(times) if at is None), len(times))
    row, names = [], words.lamps
    if left_open(attempt):
        names = (*names[:-1], "Booked")  # of a part no lamp says that the invoice is paid
    start = _start(attempt)
    for index, at in enumerate(times):
        state = "done" if at else _unlit(picture) if index == current else "off"
        # Stripe's clock and ours differ a little: what came first is never shown as later.
        known = min((later for later in times[index:] if later), default=at) if at else None
        seconds = max(0.0, (known - start).total_seconds()) if known else None
        row.append(Lamp(_name(index, state, names, words), state, at, seconds))
    return tuple(row)


def _start(attempt: Attempt) -> datetime:
    """Return when this try began: once staff had it sent again, that is when it was sent."""
    again = attempt.dispatch_seq - attempt.automatic_dispatches > 1
    return attempt.sent_at if again and attempt.sent_at else attempt.created_at


def _end(attempt: Attempt) -> datetime | None:
    """Return when the last lamp was lit: what was booked, or the card that was kept."""
    if attempt.kind == AttemptKind.CARD_CAPTURE and attempt.keep_result != KeepResult.KEPT:
        return None
    return attempt.booked_at


def _name(index: int, state: str, names: tuple[str, ...], words: Words) -> str:
    """Name a lamp truthfully: a failed or doubtful one does not claim what it would stand for."""
    if state == "failed":
        return words.failed_lamps[index]
    return f"{names[index]}?" if state == "warn" else names[index]


def _unlit(picture: str) -> str:
    """Return the state of the first lamp without evidence."""
    if picture in OVER:
        return "off"
    if picture in ("declined", "refused", "not_kept", "bank_declined"):
        return "failed"
    return "warn" if picture in ("not_shown", "checking", "frozen", "canceling") else "now"
