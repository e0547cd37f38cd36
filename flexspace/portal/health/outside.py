"""Checks of what this installation works with: Stripe accounts and SALTO KS. Pure."""

from dataclasses import dataclass
from uuid import UUID

from flexspace.core.levels import Level
from flexspace.core.said import DAY, MINUTE, span
from flexspace.portal.health.check import NOWHERE, OWN, Check, Link, by_age
from terminal.explain.reader_care import Care

CONFIG: Link = ("terminal:config", ())
PROVES_WITHIN = 10 * MINUTE
DISPUTE_AMBER, DISPUTE_RED = 7 * DAY, 2 * DAY  # before the deadline
SKEW_AMBER, SKEW_RED = 30, 150  # seconds; a delivery signed 300 s ago or ahead is refused


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of a Stripe account. Ages are in seconds; None: never."""

    pk: int
    name: str
    heard: str  # the tone of ``terminal.explain.hearing``
    heard_said: str
    event_age: float | None
    moved_from: str = ""  # where Stripe posts to, when that is not this server's address
    unheard_payment: float | None = None  # age of a payment that no event followed
    read_age: float | None = None
    read_error: str = ""
    ahead: float | None = None
    missing: tuple[str, ...] = ()
    renewing: bool = False  # a renewed secret that nothing was signed with so far
    silent: bool = False  # payments were made in the last day, and no event came in it
    compared_age: float | None = None  # since Stripe's books were compared with ours
    compare_error: str = ""
    differences: int = 0  # open ones
    asked_age: float | None = None  # seconds since Stripe was given something to post


@dataclass(frozen=True, slots=True)
class Disputes:
    """How many disputes want an answer, seconds until the first is due, and its payment."""

    count: int
    left: float | None = None
    payment: UUID | None = None


def disputes(known: Disputes) -> Check:
    """Say until when banks take evidence: an unanswered dispute is a lost one."""
    key, label = f"{OWN}disputes", "Disputes"
    if not known.count:
        return Check(key, label, Level.GREEN, "None wants an answer.")
    said = f"{known.count} want an answer." if known.count > 1 else "One wants an answer."
    if known.left is None:
        return Check(key, label, Level.GREEN, f"{said} None has a deadline yet.")
    level = Level.RED if known.left < DISPUTE_RED else Level.AMBER if known.left < DISPUTE_AMBER else Level.GREEN
    when = f"in {span(known.left)}" if known.left > 0 else f"{span(-known.left)} ago"
    cure = "Hand in evidence in Stripe's Dashboard; without it the bank decides for the customer."
    link: Link = ("billing:payment_detail", (known.payment,))
    return Check(key, label, level, f"{said} The first is due {when}.", cure, link)


def webhooks(account: Account) -> Check:
    """Say whether Stripe posts to us."""
    last = "no event yet" if account.event_age is None else f"the last event came {span(account.event_age)} ago"
    levels = {"ok": Level.GREEN, "idle": Level.GREEN, "bad": Level.RED}
    level, said, cure = levels.get(account.heard, Level.AMBER), f"Proven; {last}.", ""
    if account.heard == "idle":
        said = f"Being tested; {last}."
    elif level.rank:
        said = f"{account.heard_said} {last.capitalize()}."
        cure = "Let Stripe post here, or test it, in the Stripe Config."
    if account.moved_from:
        level, said = Level.RED, f"Stripe posts to {account.moved_from}, and this server is somewhere else."
        cure = "Renew the secret in the Stripe Config: that makes an endpoint for this address."
    elif level is Level.GREEN and account.unheard_payment is not None:
        level = Level.AMBER
        said = f"A payment succeeded {span(account.unheard_payment)} ago and no event followed; {last}."
        cure = "Test it in the Stripe Config. Payments are booked all the same, by asking."
    elif level is Level.GREEN and account.silent:
        level, said = Level.AMBER, f"Payments were made, and no event came for 24 hours; {last}."
        cure = "Test it in the Stripe Config. Payments are booked all the same, by asking."
    return Check(
        f"{OWN}webhooks:{account.pk}", f"Webhook of {account.name}", level, said, cure, CONFIG if cure else NOWHERE
    )


def reading(account: Account) -> Check:
    """Say whether Stripe answers: each minute the account's readers are read."""
    age = account.read_age
    level = Level.RED if age is None else by_age(age, amber=5 * MINUTE, red=30 * MINUTE)
    if account.read_error and level is Level.GREEN:
        level = Level.AMBER
    when = "Its readers were never read" if age is None else f"Its readers were read {span(age)} ago"
    said = f"{when}; now: {account.read_error}" if account.read_error else f"{when}."
    cure = "Look at the key in the Stripe Config, and whether this server reaches Stripe." if level.rank else ""
    key, label = f"{OWN}stripe:{account.pk}", f"Stripe answers for {account.name}"
    return Check(key, label, level, said, cure, CONFIG if cure else NOWHERE)


def agreement(account: Account) -> Check:
    """Say whether Stripe's books and ours were compared, and agree."""
    age = account.compared_age
    never = Level.AMBER if account.compare_error else Level.UNWATCHED
    level = never if age is None else by_age(age, amber=60 * MINUTE, red=DAY)
    said = "Not compared yet: the next round does." if age is None else f"Compared {span(age)} ago; both say the same."
    if account.compare_error and level.rank:
        said = f"{said} Now: {account.compare_error}"
    cure = "Compare them, on Stripe says / we say." if level.rank else ""
    if account.differences and level.rank < Level.RED.rank:
        many = "1 difference is" if account.differences == 1 else f"{account.differences} differences are"
        level, said, cure = Level.AMBER, f"{many} open.", "Stripe says / we say shows what to do about each."
    key, label = f"{OWN}books:{account.pk}", f"Books of {account.name} against Stripe’s"
    return Check(key, label, level, said, cure, ("terminal:differences", ()) if cure else NOWHERE)


def clock(account: Account) -> Check:
    """Say how far our clock and Stripe's are apart."""
    key, label = f"{OWN}clock:{account.pk}", f"Clock against {account.name}"
    if account.ahead is None:
        return Check(key, label, Level.UNWATCHED, "Not measured yet: the next read of its readers does.")
    off = abs(account.ahead)
    level = by_age(off, amber=SKEW_AMBER, red=SKEW_RED)
    where = "ahead of" if account.ahead > 0 else "behind"
    said = "Less than two seconds off." if off < 2 else f"This server is {off:.0f} s {where} Stripe."
    cure = "Let this machine keep its time by NTP. From five minutes on every webhook is refused." if level.rank else ""
    return Check(key, label, level, said, cure)


def secrets(account: Account) -> Check:
    """Say what of an account's key and webhook secret waits for somebody."""
    key, label = f"{OWN}keys:{account.pk}", f"Key and secret of {account.name}"
    if account.missing:
        them = f"{len(account.missing)} permissions are" if len(account.missing) > 1 else "1 permission is"
        said = f"{them} missing from the key: {', '.join(account.missing)}."
        cure = "Add them to the key in Stripe’s Dashboard, then try the reads."
        return Check(key, label, Level.AMBER, said, cure, ("terminal:stripe_rights", (account.pk,)))
    if account.renewing and (account.asked_age is None or account.asked_age >= PROVES_WITHIN):
        tried = "" if account.asked_age is None else f"; it was tested {span(account.asked_age)} ago"
        said = f"The webhook secret was renewed, and nothing was signed with it so far{tried}."
        cure = "Test the webhook in the Stripe Config; until then the old endpoint stays."
        return Check(key, label, Level.AMBER, said, cure, CONFIG)
    return Check(key, label, Level.GREEN, "No permission is known to be missing, and no renewal waits.")


def reader(pk: int, label: str, how: Care) -> Check:
    """Say how a reader is; the morning's look mails it, for at night one may well be without power."""
    link: Link = ("terminal:readers", ()) if how.level.rank else NOWHERE
    return Check(f"reader:{pk}", f"Reader {label}", how.level, how.said, how.cure, link)


def doors(key: str, name: str, what: str, level: Level, said: str) -> Check:
    """Say how a connection to SALTO KS stands; ``access`` watches and mails it under ``key``."""
    cure = "Access shows who takes a seat, who waits, and what the last looks did." if level.rank else ""
    return Check(key, f"{what}, {name}", level, said, cure, ("access:overview", ()) if cure else NOWHERE)
