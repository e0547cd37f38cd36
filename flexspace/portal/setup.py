"""What is still to be done before a location can take money and let people in. Pure: facts in, lines out.

Nothing is ticked by hand: a line is done when the rows say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

Link = tuple[str, tuple[object, ...]]
NOWHERE: Link = ("", ())


class State(StrEnum):
    """How a line stands; later is what another line has to come before."""

    DONE = "done"
    OPEN = "open"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the set-up: what, how it stands, in a sentence, and where it is done."""

    label: str
    state: State
    said: str = ""
    link: Link = NOWHERE
    does: str = ""  # on the button


@dataclass(frozen=True, slots=True)
class Stripe:
    """A location's Stripe account."""

    pk: int
    name: str
    missing: tuple[str, ...]  # permissions, as the Dashboard calls them
    heard: bool  # a signed event came
    heard_said: str


@dataclass(frozen=True, slots=True)
class Doors:
    """A connection to SALTO KS that somebody began."""

    uuid: object
    ready: bool
    enabled: bool
    granted: bool = True  # somebody was put into a group, and it was read back


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rows say of one location. ``accounts`` is how many Stripe accounts its country has."""

    name: str
    country: str
    stripe: Stripe | None = None
    accounts: int = 0  # in its country
    mapped: bool = False
    readers: tuple[str, ...] = ()
    lacking: tuple[tuple[str, str], ...] = ()  # readers, and what they have not done so far
    doors: Doors | None = None
    plans: bool = False
    tax_rates: bool = False
    staff: int = 0
    may_add_staff: bool = False


def lines(facts: Facts) -> list[Line]:
    """Return the steps of a location, in the order in which they are done."""
    steps = [_account(facts), *_of_account(facts), _place(facts), _reader(facts), _self_test(facts)]
    return [*steps, *_doors(facts), _offers(facts), _staff(facts)]


def open_lines(steps: Sequence[Line]) -> list[Line]:
    """Return what is not done."""
    return [line for line in steps if line.state is not State.DONE]


def _account(facts: Facts) -> Line:
    label = "Stripe account"
    if facts.stripe:
        return Line(label, State.DONE)
    if facts.accounts:
        said = "No Stripe Location of its account is mapped here, so it is not known which account it charges through."
        return Line(label, State.OPEN, said, ("terminal:stripe_terminal", ()), "Choose it")
    return Line(
        label,
        State.OPEN,
        f"Paste a restricted key of an account in {facts.country}.",
        ("terminal:account_add", ()),
        "Connect Stripe",
    )


def _of_account(facts: Facts) -> list[Line]:
    stripe = facts.stripe
    if stripe is None:
        return [Line("Permissions of the key", State.LATER), Line("Webhook", State.LATER)]
    key, hook = Line("Permissions of the key", State.DONE), Line("Webhook", State.DONE)
    if stripe.missing:
        said = f"Missing: {', '.join(stripe.missing)}. Add them in Stripe’s Dashboard, then try again."
        key = Line(key.label, State.OPEN, said, ("terminal:stripe_rights", (stripe.pk,)), "What it may do")
    if not stripe.heard:
        hook = Line(hook.label, State.OPEN, stripe.heard_said, ("terminal:config", ()), "Prove it")
    return [key, hook]


def _place(facts: Facts) -> Line:
    if facts.mapped:
        return Line("Stripe Location", State.DONE)
    if not (facts.stripe or facts.accounts):
        return Line("Stripe Location", State.LATER)
    said = "Create one at Stripe from its address, or map one that is there."
    return Line("Stripe Location", State.OPEN, said, ("terminal:stripe_terminal", ()), "Map it")


def _reader(facts: Facts) -> Line:
    if facts.readers:
        return Line("Reader", State.DONE)
    if not facts.mapped:
        return Line("Reader", State.LATER)
    said = "Register one by the three words on its screen."
    return Line("Reader", State.OPEN, said, ("terminal:stripe_terminal", ()), "Register")


def _self_test(facts: Facts) -> Line:
    label = "Self-test of each reader"
    if not facts.readers:
        return Line(label, State.LATER)
    if not facts.lacking:
        return Line(label, State.DONE)
    said = "; ".join(f"{reader} lacks {what}" for reader, what in facts.lacking)
    return Line(label, State.OPEN, f"{said}.", ("terminal:self_test", ()), "Self-test")


def _doors(facts: Facts) -> list[Line]:
    doors = facts.doors
    if doors is None:
        return []
    if not doors.ready:
        said = "It was begun, and is not connected to a site."
        return [Line("SALTO KS", State.OPEN, said, ("access:connection", (doors.uuid,)), "Go on")]
    if not doors.enabled:
        said = "It is connected, and Flexspace only looks. Switch it on when the preview is right."
        return [Line("SALTO KS", State.OPEN, said, ("access:options", (doors.uuid,)), "Sync Options")]
    if not doors.granted:
        said = "Nobody was let into a group so far. Who holds a plan or a pass with a group is, within a minute."
        return [Line("SALTO KS", State.OPEN, said, ("access:overview", ()), "Look at Access")]
    return [Line("SALTO KS", State.DONE)]


def _offers(facts: Facts) -> Line:
    label = "Plans and tax rates"
    if not facts.tax_rates:
        said = f"There is no tax rate for {facts.country}."
        return Line(label, State.OPEN, said, ("members:tax_rate_list", ()), "Tax rates")
    if not facts.plans:
        return Line(label, State.OPEN, "Nothing is on offer here.", ("members:plan_list", ()), "Plans")
    return Line(label, State.DONE)


def _staff(facts: Facts) -> Line:
    if facts.staff:
        return Line("Staff", State.DONE)
    said = "Nobody works here beside the admins."
    if facts.may_add_staff:
        return Line("Staff", State.OPEN, said, ("admin:core_user_changelist", ()), "Add somebody")
    return Line("Staff", State.OPEN, f"{said} Who may open the raw data pages adds them there.")
