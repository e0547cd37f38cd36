"""What the rules of entitlements are told: people, and what they hold. Rows are named by their ids."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from members.enums import DayPart
from members.proration import Pause


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody; ``left`` is the company they were in last and ``left_at`` when they left it."""

    id: int
    company: int | None = None
    archived_at: datetime | None = None
    left: int | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A location with its time zone."""

    id: int
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Holder:
    """A member, or a company for all of its people or for the one ``member``; ``name`` is the company's."""

    member: int | None = None
    company: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """A membership whose plan lets people in. ``ends_on`` is the last day; before ``starts_on``: it never began."""

    id: int
    plan: int
    name: str
    place: Place
    holder: Holder
    starts_on: date
    ends_on: date | None = None
    cancelled: bool = False
    followed: bool = False
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldResource:
    """A desk or office that is assigned; ``ended`` when somebody brought it to an end."""

    id: int
    resource: int
    name: str
    place: Place
    floor: int | None
    holder: Holder
    starts_on: date
    ends_on: date | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class UsedPass:
    """A check-in at ``at`` that used a day pass; ``left`` are the credits that are still on it."""

    id: int
    member: int
    product: int | None
    name: str
    place: Place
    on: date
    part: DayPart
    at: datetime
    left: int
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BookedRoom:
    """A room for somebody for some hours."""

    id: int
    resource: int
    name: str
    place: Place
    floor: int | None
    member: int
    starts_at: datetime
    ends_at: datetime
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that says who may come in. Rows about people who are not in ``people`` give nothing."""

    people: tuple[Person, ...] = ()
    plans: tuple[HeldPlan, ...] = ()
    resources: tuple[HeldResource, ...] = ()
    passes: tuple[UsedPass, ...] = ()
    rooms: tuple[BookedRoom, ...] = ()
