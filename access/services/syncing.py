"""One run: look at the site, plan, store the plan, do it, and write down what became of it."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from access.enums import ConnectionState, RunKind, RunState, StepState
from access.models import SaltoKSConfig, SyncOptions, SyncRun
from access.reconcile import Plan, plan
from access.reconcile.guarding import held_kinds
from access.rules import PEOPLE_AT_ONCE
from access.salto_client import SaltoClient, SaltoProblem, SaltoRefused
from access.services.applying import Applying, Stopped
from access.services.gathering import Ground, ground
from access.services.recording import finish, set_due, store_plan
from access.services.snapshots import look, look_at, mirror
from access.services.tokens import ConnectionTokens, mark_broken, note_problem
from access.world import Snapshot
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.locks import Lease, only_one

LEASE_SECONDS = 300
_NEEDS_SOMEBODY = ("revoked", "invalid_grant", "invalid_client", "sign_in_again", "not_released")
log = structlog.get_logger(__name__)


def sync(
    config: SaltoKSConfig,
    *,
    by: Actor,
    kind: RunKind = RunKind.FULL,
    members: Collection[int] | None = None,
    approved: Iterable[str] = (),
    options: SyncOptions | None = None,
    begun: SyncRun | None = None,
) -> SyncRun | None:
    """Bring a site in line with what members hold, as far as the Sync Options allow; return the run.

    ``members`` for ``RunKind.PEOPLE``. ``approved`` are codes of stops that somebody lets go on. A preview changes
    nothing anywhere; ``options`` are those it is planned by when they are not the stored ones, ``begun`` its row when
    one was written before. None while another run of the connection is under way, and while SALTO KS asked us to wait.
    """
    with only_one(f"access.site.{config.pk}", seconds=LEASE_SECONDS) as lease:
        if lease is None:
            return None
        row = SaltoKSConfig.objects.get(pk=config.pk)
        now = timezone.now()
        if not row.is_ready or (row.rest_until and row.rest_until > now):
            return None
        if not row.places.exists():
            note_problem(row, "no_locations", now=now)
            return None
        return _Run(row, by, lease, options if kind == RunKind.PREVIEW else None, begun).make(kind, members, approved)


def preview(
    config: SaltoKSConfig, *, by: Actor, options: SyncOptions | None = None, begun: SyncRun | None = None
) -> SyncRun:
    """Plan for the whole site and change nothing. Raises Conflict while another run is under way."""
    run = sync(config, by=by, kind=RunKind.PREVIEW, options=options, begun=begun)
    if run is None:
        row = SaltoKSConfig.objects.get(pk=config.pk)
        if row.is_ready:
            raise Conflict("Another look at the site is under way. Try again in a moment.", code="busy")
        raise DomainError("This connection is not ready yet.", code="not_ready")
    return run


def run_anyway(config: SaltoKSConfig, *, by: Actor, run: SyncRun) -> SyncRun:
    """Do what ``run`` held back, after a fresh look: only its stops are let go on, and no firm ones ever are.

    Raises Conflict when it is not the newest full run, or when another one is under way.
    """
    newest = config.runs.filter(kind=RunKind.FULL).first()
    if newest is None or newest.pk != run.pk:
        raise Conflict("There is a newer run. Look at that one.", code="newer_run")
    made = sync(config, by=by, approved=[stop["code"] for stop in run.stops if not stop["firm"]])
    if made is None:
        raise Conflict("Another run is under way. Try again in a moment.", code="busy")
    SyncRun.objects.filter(pk=made.pk).update(approved_by=by.label)
    return made


def sync_people(config: SaltoKSConfig, *, members: Collection[int], by: Actor) -> SyncRun | None:
    """Sync some members now; many of them by a full run. Nothing is asked of SALTO KS where nothing can change."""
    if len(members) > PEOPLE_AT_ONCE:
        return sync(config, by=by)
    return sync(config, by=by, kind=RunKind.PEOPLE, members=members)


class _Run:
    """One run, under the connection's lease."""

    def __init__(
        self, config: SaltoKSConfig, by: Actor, lease: Lease, options: SyncOptions | None, begun: SyncRun | None
    ) -> None:
        self.config, self.by, self.lease, self.options, self.begun = config, by, lease, options, begun

    def make(self, kind: RunKind, members: Collection[int] | None, approved: Iterable[str]) -> SyncRun:
        """Look, plan, store, apply, finish."""
        config, scope = self.config, members if kind == RunKind.PEOPLE else None
        if scope is not None and not _concerned(ground(config, timezone.now(), members=scope)):
            set_due(config, scope, timezone.now())
            return SyncRun(connection=config, kind=kind, state=RunState.DONE)  # not worth a row
        run = self.begun or SyncRun.objects.create(connection=config, kind=kind, actor_label=self.by.label)
        client = SaltoClient(ConnectionTokens(config), config.site_id)
        try:
            seen = look(client) if scope is None else self._look_at(client, scope)
        except SaltoProblem as problem:
            return self._unread(run, client, problem)
        now = timezone.now()
        known = ground(config, now, members=scope, approved=approved, options=self.options)
        made = plan(seen, known.ours, known.rights, known.rules, now)
        writes = kind != RunKind.PREVIEW and SyncOptions.objects.get(connection=config).enabled
        with transaction.atomic():
            mirror(config, seen, now)
            store_plan(run, made, known, seen, writes=writes)
        problem_code = self._apply(run, client, seen) if writes else ""
        finish(run, config, scope, calls=client.count, problem=problem_code)
        if self.options is None:  # what options that are not stored would do hinders nobody
            self._note_stops(made, seen, now)
        return run

    def _look_at(self, client: SaltoClient, members: Collection[int]) -> Snapshot:
        known = ground(self.config, timezone.now(), members=members)
        groups = {grant.group for grant in known.ours.grants}
        groups |= {group for member in members if member in known.rights for group in known.rights[member].groups}
        links = known.ours.links
        addresses = [one.email_at_link or one.email for one in links if not one.site_user]
        return look_at(
            client, self.config, [one.site_user for one in links if one.site_user], filter(None, addresses), groups
        )

    def _apply(self, run: SyncRun, client: SaltoClient, seen: Snapshot) -> str:
        """Do the steps; return the code of what ended the run early, "" when nothing did."""
        try:
            Applying(run, client, seen, self.lease, self.by).all()
        except Stopped as stopped:
            run.steps.filter(state=StepState.PLANNED).update(state=StepState.DROPPED, problem=stopped.code)
            return stopped.code
        return ""

    def _unread(self, run: SyncRun, client: SaltoClient, problem: SaltoProblem) -> SyncRun:
        now = timezone.now()
        code = problem.code
        if isinstance(problem, SaltoRefused) and code == "refused":
            code = "own_user"  # who may read nothing has lost the role, or is blocked
        SyncRun.objects.filter(pk=run.pk).update(
            state=RunState.FAILED, problem=code, finished_at=now, calls=client.count
        )
        if code in _NEEDS_SOMEBODY:
            mark_broken(self.config, code, now=now)
        else:
            note_problem(self.config, code, now=now)
        if problem.retry_after:
            _rest(self.config, now, problem.retry_after)
        log.warning("salto.run_failed", connection=self.config.pk, code=code)
        run.refresh_from_db()
        return run

    def _note_stops(self, made: Plan, seen: Snapshot, now: datetime) -> None:
        """Say on the connection what hinders it, or that all is well."""
        firm = [stop.code.value for stop in made.stops if stop.firm]
        if made.stops and held_kinds(made.stops, frozenset()):
            note_problem(self.config, (firm or [made.stops[0].code.value])[0], now=now)
            return
        note_problem(self.config, "", now=now)
        if seen.whole:
            SaltoKSConfig.objects.filter(pk=self.config.pk, state=ConnectionState.READY).update(last_good_sync_at=now)


def _concerned(known: Ground) -> bool:
    """Return whether anything at the site may have to change for these people."""
    linked = any(link.site_user or link.invited_at for link in known.ours.links)
    return linked or any(right.groups for right in known.rights.values())


def _rest(config: SaltoKSConfig, now: datetime, seconds: float) -> None:
    until = now + timedelta(seconds=seconds)
    SaltoKSConfig.objects.filter(pk=config.pk).update(rest_until=until)
