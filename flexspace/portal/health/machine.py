"""Checks of what this installation runs on: database, broker, schedule, queues, backups. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from flexspace.core.levels import Level, worst
from flexspace.core.said import DAY, HOUR, MINUTE, span
from flexspace.portal.health.check import NOWHERE, OWN, Check, Link, by_age

SLOW = 0.5  # seconds for a question that takes a thousandth


def database(seconds: float) -> Check:
    """Say how long the database took to answer a question that costs nothing."""
    took = f"Answers in {max(1, round(seconds * 1000))} ms."
    if seconds < SLOW:
        return Check(f"{OWN}database", "Database", Level.GREEN, took)
    cure = "Look at its load, its disk and what else runs on that machine."
    return Check(f"{OWN}database", "Database", Level.AMBER, took, cure)


def restored(age: float | None) -> Check:
    """Say whether a restored backup waits for being confirmed; ``age`` is for how long, None when none does."""
    key, label = f"{OWN}restored", "Restored backup"
    if age is None:
        return Check(key, label, Level.GREEN, "None waits for being confirmed.")
    said = f"Declared {span(age)} ago: money and doors are read-only."
    cure = "A manager looks at what was found, and confirms."
    return Check(key, label, Level.RED, said, cure, ("portal:restored", ()))


def broker(answers: bool) -> Check:
    """Say whether work can be handed to the worker."""
    if answers:
        return Check(f"{OWN}broker", "Broker", Level.GREEN, "Answers.")
    said = "Does not answer. Pages at the desk still take their own steps; nothing else runs by itself."
    cure = "Start Redis or Valkey again; REDIS_URL says where it is looked for. Nothing has to be repaired afterwards."
    return Check(f"{OWN}broker", "Broker", Level.RED, said, cure)


@dataclass(frozen=True, slots=True)
class Job:
    """A scheduled job: seconds between two starts, and seconds since the last one, or since it could first begin."""

    name: str
    period: float
    age: float | None  # None: nothing was ever seen of any job

    @property
    def level(self) -> Level:
        """Return how late it is; a worker that is restarted makes nothing amber."""
        if self.age is None:
            return Level.RED
        return by_age(self.age, amber=2 * self.period + 2 * MINUTE, red=5 * self.period + 5 * MINUTE)


def schedule(jobs: Sequence[Job]) -> Check:
    """Say whether every job begins as often as it should."""
    late = [job for job in jobs if job.level.rank]
    if not late:
        return Check(f"{OWN}schedule", "Schedule", Level.GREEN, f"All {len(jobs)} jobs begin on time.")
    level = worst(job.level for job in late)
    cure = "Look whether worker and beat run, and start them again. What is due is found when they are back."
    if any(job.age is None for job in late):
        return Check(f"{OWN}schedule", "Schedule", level, "No job ever began.", cure)
    most = max(late, key=lambda job: (job.age or 0) / job.period)
    of = f"{len(late)} of {len(jobs)} jobs are late" if len(late) > 1 else f"1 of {len(jobs)} jobs is late"
    said = f"{of}, most of all “{most.name}”: every {span(most.period)}, last begun {span(most.age or 0)} ago."
    return Check(f"{OWN}schedule", "Schedule", level, said, cure)


@dataclass(frozen=True, slots=True)
class Queue:
    """Something that waits to be worked on: how many, and seconds since the oldest was due."""

    count: int
    age: float
    given_up: int = 0


def _queue(
    key: str,
    label: str,
    queue: Queue,
    *,
    what: tuple[str, str],
    amber: int,
    red: int,
    cure: str,
    link: Link = NOWHERE,
) -> Check:
    """Say how long the oldest of ``what`` (one, several) waits; from ``amber`` and ``red`` seconds on it is that."""
    level = by_age(queue.age, amber=amber, red=red) if queue.count else Level.GREEN
    said = "Nothing waits."
    if queue.count:
        are = f"1 {what[0]} waits, for" if queue.count == 1 else f"{queue.count} {what[1]} wait, the oldest for"
        said = f"{are} {span(queue.age)}."
    if queue.given_up:
        level = worst([level, Level.AMBER])
        said += f" {queue.given_up} of the last week could not be processed at all."
    return Check(f"{OWN}queue:{key}", label, level, said, cure if level.rank else "", link if level.rank else NOWHERE)


def attempts(queue: Queue) -> Check:
    """Say whether payments go on."""
    cure = "Look whether the worker runs and Stripe answers. An open page takes the steps of its own payment."
    what = ("step of a payment", "steps of payments")
    return _queue("attempts", "Payments under way", queue, what=what, amber=MINUTE, red=5 * MINUTE, cure=cure)


def events(queue: Queue) -> Check:
    """Say whether what Stripe posted is worked on."""
    cure = "Open Events for the reason, and process them again. Payments are booked all the same, by asking."
    what, link = ("event of Stripe’s", "events of Stripe’s"), ("terminal:events", ())
    return _queue("events", "Webhook events", queue, what=what, amber=2 * MINUTE, red=30 * MINUTE, cure=cure, link=link)


def mails(queue: Queue) -> Check:
    """Say whether mails go out."""
    cure = "Look in the outbox for what the mail server said. EMAIL_URL names the server."
    what, link = ("mail", "mails"), ("billing:outbox", ())
    return _queue("mails", "Mails", queue, what=what, amber=10 * MINUTE, red=HOUR, cure=cure, link=link)


def rechecks(queue: Queue) -> Check:
    """Say whether payments that ended unpaid are read once a day, so that late money is found."""
    cure = "Look whether the worker runs and Stripe answers; it reads a hundred an hour."
    what = ("closed payment", "closed payments")
    return _queue("rechecks", "Closed payments read again", queue, what=what, amber=4 * HOUR, red=DAY, cure=cure)


def collecting(queue: Queue) -> Check:
    """Say whether saved cards are charged on their day."""
    cure = "Open Collections: each line says what it waits for."
    what, link = ("invoice to be collected", "invoices to be collected"), ("billing:collections", ())
    return _queue("collecting", "Collections", queue, what=what, amber=2 * DAY, red=4 * DAY, cure=cure, link=link)


def backups(path: str, age: float | None, hours: int) -> Check:
    """Say how old the last backup is: the age in seconds of the file ``path``, None when there is none."""
    key, label = f"{OWN}backups", "Backups"
    if not path:
        said = "Not watched."
        cure = "Let the backup touch a file when it is done, and name that file in BACKUP_STAMP."
        return Check(key, label, Level.UNWATCHED, said, cure)
    cure = "Look why the backup did not run, and let it run now."
    if age is None:
        return Check(key, label, Level.RED, f"There is no file {path}: no backup was ever seen.", cure)
    level = by_age(age, amber=hours * HOUR, red=2 * hours * HOUR)
    said = f"The last one is {span(age)} old; there should be one every {hours} h."
    return Check(key, label, level, said, cure if level.rank else "")
