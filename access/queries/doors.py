"""Reads of what people at a site have, and of what runs found about them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from access.enums import RunKind, StepKind, StepState
from access.models import AccessGrant, SaltoKSConfig, SaltoUser, SyncRun, SyncStep
from access.rules import UNDO_LIFE
from flexspace.core.models import User
from members.models import Member, Plan, Product, Resource

RUNS_BACK = 40  # of some people's, between two full ones


def connections(user: User) -> QuerySet[SaltoKSConfig]:
    """Return the connections that serve one of the person's locations; every one for an admin."""
    rows = SaltoKSConfig.objects.select_related("options").prefetch_related("places__location")
    if user.sees_all_locations:
        return rows
    return rows.filter(places__location__in=user.location_ids).distinct()


def users_at(user: User) -> QuerySet[SaltoUser]:
    """Return the users of the sites that the person may see."""
    rows = SaltoUser.objects.filter(connection__in=connections(user).values("pk"))
    return rows.select_related("connection", "member")


def runs_at(user: User) -> QuerySet[SyncRun]:
    """Return the runs of the connections that the person may see."""
    return SyncRun.objects.filter(connection__in=connections(user).values("pk")).select_related("connection__options")


def zone_of(config: SaltoKSConfig) -> str:
    """Return the time zone in which a connection's pages tell times: its first location's, else UTC."""
    return next((place.location.time_zone for place in config.places.all()), "UTC")


def last_full(config: SaltoKSConfig) -> SyncRun | None:
    """Return the last full run that looked at the whole site and is over."""
    rows = config.runs.filter(kind=RunKind.FULL, finished_at__isnull=False, users_seen__isnull=False)
    return rows.first()


@dataclass(frozen=True, slots=True)
class Known:
    """What the newest run that looked at somebody said: findings as (kind, group's id), and its steps."""

    run: SyncRun | None = None
    findings: frozenset[tuple[str, str]] = frozenset()
    steps: tuple[SyncStep, ...] = field(default=())

    def has(self, kind: str, group: str = "") -> bool:
        """Return whether ``kind`` was found, of ``group`` where one is named."""
        return any(one == kind and (not group or at == group) for one, at in self.findings)


def known_of(config: SaltoKSConfig, member: Member, platform: str) -> Known:
    """Return what the newest run said about ``member``: some people's, or the last full one before them."""
    rows = config.runs.exclude(kind=RunKind.PREVIEW).filter(finished_at__isnull=False, users_seen__isnull=False)
    for run in rows[:RUNS_BACK]:
        about = [one for one in run.findings if _is_about(one, member.pk, platform)]
        if about or run.kind == RunKind.FULL:
            found = frozenset((str(one["kind"]), str(one["group"])) for one in about)
            return Known(run, found, _steps(config, member))
    return Known(steps=_steps(config, member))


def _is_about(finding: dict[str, Any], member: int, platform: str) -> bool:
    return finding["member"] == member or bool(platform and finding["platform"] == platform)


def _steps(config: SaltoKSConfig, member: Member) -> tuple[SyncStep, ...]:
    """Return the newest steps about ``member``, newest first."""
    rows = SyncStep.objects.filter(run__connection=config, member=member).exclude(run__kind=RunKind.PREVIEW)
    return tuple(rows.select_related("run", "group").order_by("-pk")[:12])


def may_undo(step: SyncStep, now: datetime) -> bool:
    """Return whether a step unsubscribed somebody so lately that it can be undone."""
    done = step.kind == StepKind.UNSUBSCRIBE and step.state == StepState.DONE
    return done and step.done_at is not None and now - step.done_at <= UNDO_LIFE


def open_grants(user: SaltoUser) -> list[AccessGrant]:
    """Return what we gave somebody and did not take away."""
    return list(user.grants.filter(removed_at=None).select_related("group"))


def subject_names(whys: Iterable[dict[str, Any]]) -> dict[tuple[str, int], str]:
    """Return what steps' reasons are about in words: (kind, subject) → name; three queries."""
    wanted: dict[str, set[int]] = {}
    for why in whys:
        if "kind" in why:
            wanted.setdefault(str(why["kind"]), set()).add(int(why["subject"]))
    found: dict[tuple[str, int], str] = {}
    for kinds, model in ((("membership",), Plan), (("assignment", "booking"), Resource), (("day_pass",), Product)):
        ids: Collection[int] = set().union(*(wanted.get(kind, set()) for kind in kinds))
        names = dict(model._base_manager.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
        found |= {(kind, pk): name for kind in kinds for pk, name in names.items()}
    return found
