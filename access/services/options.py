"""The Sync Options, and whom they protect."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from access.enums import ProtectionKind, RunKind, RunState, StepKind
from access.models import Protection, SaltoKSConfig, SaltoUser, SyncOptions, SyncRun
from access.rules import PEOPLE_IN_PAGE, same_address
from access.services.syncing import preview
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError

SWITCHES = ("enabled", "unsubscribe")
FIELDS = tuple(
    field.name for field in SyncOptions._meta.fields if field.name not in ("id", "connection", "unsubscribe_since")
)


@transaction.atomic
def save_options(
    *, by: Actor, config: SaltoKSConfig, changes: dict[str, Any], now: datetime, previewed: int | None = None
) -> SyncOptions:
    """Change Sync Options. ``previewed`` is the id of the preview that was looked at.

    Switching writing or unsubscribing on needs a preview of today that nobody has superseded: Conflict otherwise.
    Who lost access before unsubscribing was switched on stays subscribed unless ``opt_in`` names them.
    """
    unknown = set(changes) - set(FIELDS)
    if unknown:
        raise DomainError(f"There is no option {', '.join(sorted(unknown))}.", code="unknown_option")
    row = SyncOptions.objects.select_for_update().get(connection=config)
    before = {name: getattr(row, name) for name in FIELDS}
    switched_on = [name for name in SWITCHES if changes.get(name) and not before[name]]
    if switched_on:
        newest = config.runs.filter(kind=RunKind.PREVIEW).first()
        seen = newest is not None and newest.finished_at and newest.state != RunState.FAILED
        if newest is None or not seen or newest.pk != previewed or newest.started_at.date() != now.date():
            raise Conflict("Look at the preview first. It shows what would change.", code="preview_first")
    for name, value in changes.items():
        setattr(row, name, value)
    if "unsubscribe" in switched_on:
        row.unsubscribe_since = now
    try:
        row.full_clean()
    except ValidationError as error:
        raise DomainError(" ".join(error.messages), code="invalid") from error
    row.save()
    changed = [name for name in FIELDS if before[name] != getattr(row, name)]
    if changed:
        audit.record(
            "access.options.changed",
            by=by,
            about=[config],
            before={name: before[name] for name in changed},
            after={name: getattr(row, name) for name in changed},
        )
    return row


def preview_of(*, by: Actor, config: SaltoKSConfig, changes: dict[str, Any], begun: SyncRun | None = None) -> SyncRun:
    """Plan for the whole site by options that are not stored yet, and change nothing; raises as ``preview``.

    Where unsubscribing is switched on, it counts everybody who lost all access before as well, and nobody's grace:
    what the switch may come to, and not what its first hour does.
    """
    row = SyncOptions.objects.get(connection=config)
    if changes.get("unsubscribe") and not row.unsubscribe:
        changes = {**changes, "unsubscribe_since": None, "grace_hours": 0}
    for name, value in changes.items():
        setattr(row, name, value)
    return preview(config, by=by, options=row, begun=begun)


def takes_long(config: SaltoKSConfig) -> bool:
    """Return whether a page should not wait for a look at the whole site."""
    seen = config.runs.exclude(users_seen=None).exclude(kind=RunKind.PEOPLE).values_list("users_seen", flat=True)
    return max(config.seats_used or 0, seen.first() or 0) > PEOPLE_IN_PAGE


def begin_preview(*, by: Actor, config: SaltoKSConfig, changes: dict[str, Any]) -> SyncRun:
    """Write down a preview that ``make_preview`` is to make; raises DomainError at a connection that is not ready."""
    if not config.is_ready:
        raise DomainError("This connection is not ready yet.", code="not_ready")
    return SyncRun.objects.create(connection=config, kind=RunKind.PREVIEW, actor_label=by.label, asked=changes)


def make_preview(run: SyncRun, *, by: Actor, now: datetime) -> None:
    """Make a preview that was begun, once; what hinders it is written to the run."""
    if run.finished_at is not None:
        return
    try:
        preview_of(by=by, config=run.connection, changes=run.asked, begun=run)
    except DomainError as problem:
        rows = SyncRun.objects.filter(pk=run.pk, finished_at=None)
        rows.update(state=RunState.FAILED, problem=problem.code, finished_at=now)


@transaction.atomic
def switch_on(
    *, by: Actor, config: SaltoKSConfig, changes: dict[str, Any], previewed: SyncRun, users: list[int], now: datetime
) -> int:
    """Do what the preview showed: change the options, and opt in those of ``users`` whom it named; return how many.

    Raises as ``save_options``.
    """
    save_options(by=by, config=config, changes=changes, now=now, previewed=previewed.pk)
    named = previewed.steps.filter(kind=StepKind.UNSUBSCRIBE, user__in=users)
    return opt_in(by=by, config=config, users=[pk for pk in named.values_list("user", flat=True) if pk], now=now)


@transaction.atomic
def opt_in(*, by: Actor, config: SaltoKSConfig, users: list[int], now: datetime) -> int:
    """Let those be unsubscribed too who lost all access before it was switched on; return how many there are."""
    rows = list(SaltoUser.objects.filter(connection=config, pk__in=users, managed=True, opted_in_at=None))
    SaltoUser.objects.filter(pk__in=[row.pk for row in rows]).update(opted_in_at=now)
    audit.record_many("access.user.opted_in", [audit.Change(_about(row)) for row in rows], by=by)
    return len(rows)


@transaction.atomic
def protect(*, by: Actor, config: SaltoKSConfig, kind: ProtectionKind, value: str, reason: str = "") -> Protection:
    """Let no run touch a person (platform id), a role (code) or an e-mail domain. Raises DomainError for none."""
    value = same_address(value).removeprefix("@") if kind == ProtectionKind.DOMAIN else value.strip()
    if not value:
        raise DomainError("Say who is to be protected.", code="required")
    row, made = Protection.objects.get_or_create(
        connection=config, kind=kind, value=value, defaults={"reason": reason[:200]}
    )
    if made:
        facts = {"kind": kind, "value": value}
        audit.record("access.protection.added", by=by, about=[config], after=facts, reason=reason[:300])
    return row


@transaction.atomic
def unprotect(*, by: Actor, protection: Protection) -> None:
    """Let runs touch them again."""
    facts = {"kind": protection.kind, "value": protection.value}
    audit.record("access.protection.removed", by=by, about=[protection.connection], before=facts)
    protection.delete()


def _about(row: SaltoUser) -> list[Any]:
    return [row, *([row.member] if row.member else [])]
