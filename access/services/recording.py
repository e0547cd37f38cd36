"""Stores a plan before it is done, and what a run leaves behind: counts, waiting list, what comes due when."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q
from django.utils import timezone

from access.enums import FindingKind, RunKind, RunState, StepState
from access.models import SaltoKSConfig, SaltoUser, SyncOptions, SyncRun, SyncStep
from access.policy import NOTHING, Rights
from access.reconcile import Plan, Step
from access.rules import NEW_USER_LAG
from access.services.gathering import Ground, rights_at
from access.world import Snapshot

FINDINGS_KEPT = 200  # of each kind; the others are counted


def store_plan(run: SyncRun, made: Plan, known: Ground, seen: Snapshot, *, writes: bool) -> None:
    """Store every step with its reason, and what was seen. Call it in a transaction."""
    groups = {row.group_id: row for row in run.connection.groups.all()}
    rows: list[SyncStep] = []
    for step, held in [*((one, False) for one in made.steps), *((one, True) for one in made.held_back)]:
        rows.append(
            SyncStep(
                run=run,
                position=len(rows),
                kind=step.kind,
                member_id=step.member,
                user_id=known.rows.get(step.member),
                group=groups.get(step.group),
                why=_why(step, known.rights.get(step.member, NOTHING)),
                state=StepState.HELD_BACK if held else StepState.PLANNED,
            )
        )
    SyncStep.objects.bulk_create(rows, batch_size=500)
    kept: Counter[FindingKind] = Counter()
    findings = []
    for one in made.findings:
        kept[one.kind] += 1
        if kept[one.kind] <= FINDINGS_KEPT:
            findings.append(
                {"kind": one.kind.value, "member": one.member, "platform": one.platform, "group": one.group}
            )
    run.findings, run.finding_counts = findings, {kind.value: number for kind, number in kept.items()}
    run.stops = [{"code": one.code.value, "firm": one.firm, **one.numbers} for one in made.stops]
    run.users_seen = len(seen.people)
    run.seats_used, run.seats_bought, run.seats_after = made.seats_before, made.seats_bought, made.seats_after
    run.save()
    _mark_waiting(run.connection, made, known, writes=writes)
    if run.kind != RunKind.PEOPLE and seen.complete and seen.site.valid:
        _mark_idle(run.connection, made)


def _why(step: Step, rights: Rights) -> dict[str, object]:
    """Return the reason of a step as its row keeps it: a code, and what is held until when."""
    why: dict[str, object] = {"code": step.why}
    if step.platform:
        why["platform"] = step.platform
    reason = rights.groups.get(step.group)
    if reason:
        why |= {"kind": reason.kind, "subject": reason.subject, "since": reason.since.isoformat()}
        if reason.until:
            why["until"] = reason.until.isoformat()
    return why


def _mark_waiting(config: SaltoKSConfig, made: Plan, known: Ground, *, writes: bool) -> None:
    waiting = {one.member for one in made.findings if one.kind == FindingKind.WAITING}
    if writes and known.rules.wait_when_full:
        rows = SaltoUser.objects.filter(connection=config, member__in=waiting, waiting_since=None)
        rows.update(waiting_since=timezone.now(), problem="no_seat")
    # Off the list: whoever lost the right meanwhile and was never made at the site.
    gone = [member for member in known.rows if not known.rights.get(member, NOTHING).groups]
    rows = SaltoUser.objects.filter(connection=config, member__in=gone, site_user_id="", waiting_since__isnull=False)
    rows.update(waiting_since=None, problem="")


def _mark_idle(config: SaltoKSConfig, made: Plan) -> None:
    idle = [one.platform for one in made.findings if one.kind == FindingKind.OPENS_NOTHING]
    rows = SaltoUser.objects.filter(connection=config)
    rows.filter(opens_nothing=True).exclude(platform_id__in=idle).update(opens_nothing=False)
    for start in range(0, len(idle), 500):
        rows.filter(platform_id__in=idle[start : start + 500], opens_nothing=False).update(opens_nothing=True)


def finish(
    run: SyncRun, config: SaltoKSConfig, members: Collection[int] | None, *, calls: int, problem: str = ""
) -> None:
    """Close a run, and write down for whom something comes due by the calendar, and when."""
    now = timezone.now()
    left = run.steps.exclude(state__in=[StepState.DONE, StepState.PLANNED]).exists()
    run.state = RunState.PARTLY if left or problem else RunState.DONE
    run.problem, run.calls, run.finished_at = problem, calls, now
    run.save(update_fields=["state", "problem", "calls", "finished_at"])
    if run.kind != RunKind.PREVIEW:
        set_due(config, members, now)


def set_due(config: SaltoKSConfig, members: Collection[int] | None, now: datetime) -> None:
    """Set since when people have no access from us, and when each is to be looked at next."""
    rights = rights_at(config, members, now)
    options = SyncOptions.objects.get(connection=config)
    grace = timedelta(hours=options.grace_hours)
    rows = SaltoUser.objects.filter(connection=config, member__isnull=False)
    if members is not None:
        rows = rows.filter(member__in=members)
    rows = rows.annotate(
        open_grants=Count("grants", filter=Q(grants__removed_at=None)),
        last_access=Max("grants__removed_at", filter=Q(grants__confirmed_at__isnull=False)),
    )
    changed = []
    for row in rows:
        right = rights.get(row.member_id or 0, NOTHING)
        since = None if right.groups or row.open_grants else _since(row)
        due = right.next_change
        freeing = since + grace if since and options.unsubscribe and row.subscription_state == "subscribed" else None
        # A full run has decided already about those whose grace is over; one for some people leaves it to a full one.
        if freeing and (freeing > now or members is not None):
            due = min(due, freeing) if due else freeing
        if row.problem == "lag" and row.invited_at and now - row.invited_at <= NEW_USER_LAG:
            due = now  # in the next minute's run
        if (row.no_access_since, row.next_change_at) != (since, due):
            row.no_access_since, row.next_change_at = since, due
            changed.append(row)
    SaltoUser.objects.bulk_update(changed, ["no_access_since", "next_change_at"], batch_size=500)


def _since(row: "SaltoUser") -> datetime | None:
    last: datetime | None = getattr(row, "last_access", None)
    freed = row.last_unsubscribed_at
    return last if last is not None and (freed is None or last > freed) else None
