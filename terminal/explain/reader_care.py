"""Says how a reader is, in words, before somebody stands in front of it: what is wrong, and the cure. Pure."""

from dataclasses import dataclass
from datetime import time

from flexspace.core.levels import Level
from flexspace.core.said import MINUTE, span

STUCK_AFTER = 2 * MINUTE  # a payment of another program may be on it for so long
# It restarts every night at midnight, where it stands. https://docs.stripe.com/terminal/fleet/reboot-time
RESTARTS = (time(23, 58), time(0, 20))
# Before it, an idle S700 could miss the first amount it was sent.
OLDEST_GOOD = (2, 28, 3)
OLDEST = ".".join(map(str, OLDEST_GOOD))
RESTARTING = "It restarts each night at midnight and is back within minutes."


@dataclass(frozen=True, slots=True)
class ReaderFacts:
    """What is known of a reader. Ages are seconds, None: never; ``local`` is the time of day where it stands."""

    local: time
    status: str
    seen_age: float | None
    proof_age: float | None
    software: str
    shows: str = ""  # what its slot holds that nobody here waits for
    shows_age: float = 0


@dataclass(frozen=True, slots=True)
class Care:
    """How a reader is: the level, a sentence with figures, and what to do."""

    level: Level
    said: str
    cure: str = ""


def care(facts: ReaderFacts) -> Care:
    """Return the worst that is known of a reader. Never red: Stripe's word on readers is advice, and others may work.

    https://docs.stripe.com/api/terminal/readers/object#terminal_reader_object-status
    """
    if facts.shows and facts.shows_age >= STUCK_AFTER:
        what = "a payment" if facts.shows.startswith(("pi_", "seti_")) else "something"
        return Care(
            Level.AMBER,
            f"For {span(facts.shows_age)} it has shown {what} that nobody here waits for ({facts.shows}).",
            "Make sure that nobody is paying, then clear it.",
        )
    if facts.status == "offline":
        return _offline(facts)
    if is_old(facts.software):
        return Care(
            Level.AMBER,
            f"Its software is {facts.software}; an idle reader can miss an amount before {OLDEST}.",
            "Leave it powered and online overnight: it updates when it restarts at midnight.",
        )
    seen = "Stripe calls it online" if facts.seen_age is None else f"Seen by Stripe {span(facts.seen_age)} ago"
    proof = "no payment yet" if facts.proof_age is None else f"part of a payment {span(facts.proof_age)} ago"
    return Care(Level.GREEN, f"{seen}, {proof}, software {facts.software or 'unknown'}.")


def _offline(facts: ReaderFacts) -> Care:
    since = "has never heard from it" if facts.seen_age is None else f"heard from it {span(facts.seen_age)} ago"
    said = f"Stripe calls it offline and {since}."
    if restarts_about(facts.local):
        return Care(Level.GREEN, f"{said} {RESTARTING}")
    return Care(
        Level.AMBER,
        said,
        "Check power and network, put it on its dock and wake its screen; it takes up to two minutes to come back.",
    )


def restarts_about(local: time) -> bool:
    """Return whether a reader may be restarting at this time of day."""
    begins, ends = RESTARTS
    return local >= begins or local < ends


def is_old(software: str) -> bool:
    """Return whether a version such as 2.27.7.0 is older than it should be; one that is no version is not."""
    parts = software.split(".")[: len(OLDEST_GOOD)]
    return all(part.isdigit() for part in parts) and tuple(map(int, parts)) < OLDEST_GOOD and bool(software)
