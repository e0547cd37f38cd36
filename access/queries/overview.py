"""Reads of the overview: what the last full run found, who waits, and the seats of each day."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.enums import FindingKind, RunKind, RunState, StepKind, StepState
from access.models import AccessGrant, SaltoKSConfig, SaltoUser, SyncRun, SyncStep
from access.queries.doors import last_full
from access.rules import LOOK_LIFE
from members.models import Member

SHOWN = 50  # of each list
PAST = timedelta(days=60)
TO_CHOOSE = (
    FindingKind.MATCH, FindingKind.AMBIGUOUS, FindingKind.GONE, FindingKind.SUSPENDED_BY_STAFF,
    FindingKind.SUBSCRIBED_BY_STAFF, FindingKind.TAKEN_OUT, FindingKind.NO_EMAIL, FindingKind.GROUP_GONE,
)  # fmt: skip
_STUCK = (StepState.HELD_BACK, StepState.FAILED, StepState.PLANNED)


@dataclass(frozen=True, slots=True)
class Found:
    """Something a run found: about a user of the site, a member, or both; ``group`` is a group's name."""

    kind: FindingKind
    user: SaltoUser | None
    member: Member | None
    group: str = ""


@dataclass(frozen=True, slots=True)
class SiteLists:
    """The lists of one connection.

    ``counts`` is how many of each kind the run found, but for people who are left alone for now; the lists may be
    shorter.
    """

    run: SyncRun | None
    waiting: list[SaltoUser]
    red: list[Found]
    stuck: list[SyncStep]
    strays: list[Found]
    idle: list[SaltoUser]
    choose: list[Found]
    orphans: list[SaltoUser]
    counts: dict[str, int]


def lists_of(config: SaltoKSConfig, now: datetime) -> SiteLists:
    """Return the lists of one connection, in as many queries for one person as for many."""
    run = last_full(config)
    found = _found(config, run)
    kept = [one for one in found if not (one.user and one.user.is_held(now))]
    counts = Counter(run.finding_counts) if run else Counter[str]()
    counts.subtract(one.kind for one in found if one not in kept)
    waiting = config.users.filter(waiting_since__isnull=False).select_related("member").order_by("waiting_since")
    idle = list(_idle(config)[:SHOWN])
    told = {user.pk for user in idle} | {one.user.pk for one in kept if one.kind == FindingKind.NO_REASON and one.user}
    strays = [one for one in found if one.kind == FindingKind.STRAY and one.user and not one.user.member_id]
    return SiteLists(
        run=run,
        waiting=list(waiting[:SHOWN]),
        red=[one for one in kept if one.kind == FindingKind.NO_REASON][:SHOWN],
        stuck=list(_stuck(run, now)[:SHOWN]) if run else [],
        strays=[one for one in strays if one.user and one.user.pk not in told][:SHOWN],
        idle=idle,
        orphans=list(_orphans(config)[:SHOWN]),
        choose=[one for one in found if one.kind in TO_CHOOSE][:SHOWN],
        counts=dict(counts),
    )


def _orphans(config: SaltoKSConfig) -> QuerySet[SaltoUser]:
    """Return whose member was archived here while they keep a seat there."""
    rows = config.users.filter(member__archived_at__isnull=False, gone_at=None, subscription_state="subscribed")
    return rows.filter(opens_nothing=False).select_related("member")


def _idle(config: SaltoKSConfig) -> QuerySet[SaltoUser]:
    """Return who took a seat and opened nothing in the last full run, and was given nothing since."""
    rows = config.users.filter(opens_nothing=True, gone_at=None, subscription_state="subscribed")
    given = AccessGrant.objects.filter(user=OuterRef("pk"), removed_at=None)
    return rows.filter(~Exists(given)).select_related("member")


def _stuck(run: SyncRun, now: datetime) -> QuerySet[SyncStep]:
    """Return what a run meant to take away and did not, but for people who are left alone for now."""
    rows = run.steps.filter(kind__in=[StepKind.REMOVE, StepKind.UNSUBSCRIBE], state__in=_STUCK)
    rows = rows.filter(Q(user=None) | Q(user__hold_until=None) | Q(user__hold_until__lte=now))
    return rows.select_related("member", "user", "group")


def _found(config: SaltoKSConfig, run: SyncRun | None) -> list[Found]:
    if run is None:
        return []
    rows = run.findings
    platforms = {one["platform"] for one in rows if one["platform"]}
    members = {one["member"] for one in rows if one["member"]}
    users = config.users.filter(Q(platform_id__in=platforms) | Q(member__in=members)).select_related("member")
    by_platform = {user.platform_id: user for user in users if user.platform_id}
    by_member = {user.member_id: user for user in users if user.member_id}
    people = Member.objects.in_bulk(list(members))
    groups = dict(config.groups.values_list("group_id", "name"))
    made = []
    for one in rows:
        user = by_platform.get(one["platform"]) or by_member.get(one["member"])
        made.append(Found(FindingKind(one["kind"]), user, people.get(one["member"]), groups.get(one["group"], "")))
    return made


def seat_days(config: SaltoKSConfig, today: date) -> Sequence[tuple[date, int, int]]:
    """Return (day, used, bought) of the last 60 days that were counted."""
    rows = config.seat_days.filter(day__gt=today - PAST, day__lte=today).order_by("day")
    return list(rows.values_list("day", "used", "bought"))


def freed(config: SaltoKSConfig, today: date) -> int:
    """Return how many seats unsubscribing has freed in the last 60 days."""
    return sum(config.seat_days.filter(day__gt=today - PAST).values_list("freed", flat=True))


def sitting(config: SaltoKSConfig) -> list[int]:
    """Return the ids of the members who take a seat."""
    rows = config.users.filter(member__isnull=False, subscription_state="subscribed", gone_at=None)
    return list(rows.values_list("member", flat=True))


def is_running(config: SaltoKSConfig, now: datetime) -> bool:
    """Return whether a run of the whole site is under way; one that was never closed does not count for ever."""
    rows = config.runs.filter(state=RunState.RUNNING, started_at__gt=now - LOOK_LIFE)
    return rows.exclude(kind=RunKind.PEOPLE).exists()
