"""What is known of a site and of our people in it, as plain values. The planner reads nothing else. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Site:
    """A site. ``used`` and ``bought`` are seats; ``owner`` is a platform id."""

    id: str
    uid: str = ""
    name: str = ""
    owner: str = ""
    used: int = 0
    bought: int = 0
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the site. ``site_user`` and ``platform`` are the two ids; ``state`` subscribed or suspended."""

    site_user: str
    platform: str
    email: str = ""
    name: str = ""
    roles: frozenset[str] = frozenset()
    state: str = "subscribed"
    blocked: bool = False
    has_profile: bool = False

    @property
    def subscribed(self) -> bool:
        """Return whether a seat is taken."""
        return self.state == "subscribed"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read of a site at ``read_at``.

    ``members`` holds, for each group that was read to its last page, the platform ids in it. ``complete``: every page
    that was wanted came. ``whole``: all users and all groups were wanted, not some people's only.
    """

    site: Site
    me: Person
    people: tuple[Person, ...]
    groups: Mapping[str, str]  # id → name
    members: Mapping[str, frozenset[str]]
    read_at: datetime
    complete: bool = True
    whole: bool = True
    skew: timedelta = timedelta(0)  # SALTO's clock minus ours


@dataclass(frozen=True, slots=True)
class Link:
    """A member of ours and who they are at the site; both ids empty while an invitation is under way.

    ``last_access_at``: when the last of our grants was removed (None: none ever was).
    """

    member: int
    site_user: str = ""
    platform: str = ""
    managed: bool = True
    email: str = ""  # the member's today
    email_at_link: str = ""
    invited_at: datetime | None = None
    unsubscribed_by_us_at: datetime | None = None
    last_unsubscribed_at: datetime | None = None
    last_access_at: datetime | None = None
    last_flip_at: datetime | None = None
    hold_until: datetime | None = None
    waiting_since: datetime | None = None
    opted_in: bool = False
    not_seated: bool = False  # SALTO KS would not subscribe them the last time, though a seat was free
    pod: bool = False  # SALTO KS once refused a change, because they belong to a pod


@dataclass(frozen=True, slots=True)
class Grant:
    """An open row of our ledger."""

    member: int
    group: str
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A member who has rights and no link yet."""

    member: int
    email: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The Sync Options, as the planner needs them."""

    unsubscribe: bool = False
    unsubscribe_since: datetime | None = None
    grace: timedelta = timedelta(hours=24)
    manual_groups_count: bool = True
    resubscribe: bool = True
    wait_when_full: bool = True
    max_unsubscribes: int = 5
    max_share: float = 0.10
    adopt_on_match: bool = False
    people: frozenset[str] = frozenset()  # protected: platform ids
    roles: frozenset[str] = frozenset()  # protected: role codes
    domains: frozenset[str] = frozenset()  # protected: of e-mail addresses


@dataclass(frozen=True, slots=True)
class Ours:
    """All that our own rows say about one connection."""

    links: tuple[Link, ...] = ()
    grants: tuple[Grant, ...] = ()
    newcomers: tuple[Newcomer, ...] = ()
    mapped: frozenset[str] = frozenset()  # ids of groups that anything is mapped to
    expected_site: str = ""
    users_before: int | None = None  # seen by the last complete run
    approved: frozenset[str] = frozenset()  # codes of stops that somebody let go on
    carried: frozenset[str] = frozenset()  # codes of stops of the last whole run, which hold for some people's too
    restored: bool = False  # the database is yesterday's, and nobody has confirmed what it says
    all_grants: int | None = None  # where ``grants`` are some people's only
