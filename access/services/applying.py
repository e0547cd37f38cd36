"""Does the steps of a stored plan, in their order, and writes down what became of each."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.utils import timezone

from access.enums import Origin, StepKind, StepState
from access.models import AccessGrant, SaltoKSConfig, SaltoUser, SyncRun, SyncStep
from access.policy import NOTHING
from access.rules import SNAPSHOT_LIFE
from access.salto_client import SaltoClient, SaltoProblem, SaltoRefused
from access.services.gathering import rights_at
from access.services.grouping import change_group
from access.services.seating import Seating
from access.services.snapshots import take_in
from access.world import Snapshot
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.locks import Lease


class Stopped(Exception):
    """The run may not go on: the lease is somebody else's, or SALTO KS refuses everything."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Applying:
    """One run's way through its steps."""

    def __init__(self, run: SyncRun, client: SaltoClient, seen: Snapshot, lease: Lease, by: Actor) -> None:
        self.run, self.client, self.seen, self.lease, self.by = run, client, seen, lease, by
        self.config: SaltoKSConfig = run.connection
        self.people = {person.platform: person for person in seen.people}
        self.seating = Seating(self)
        self._read_back: dict[str, frozenset[str]] = {}

    def all(self) -> None:
        """Do every step. One that fails is left to the next run; only what concerns all of them ends this one."""
        steps = list(self.run.steps.filter(state=StepState.PLANNED).select_related("user__member", "member", "group"))
        for kind, some in groupby(steps, key=lambda step: step.kind):
            batch = list(some)
            if kind in (StepKind.REMOVE, StepKind.ADD):
                for _, group in groupby(batch, key=lambda step: step.group_id):
                    self.keep_on()
                    change_group(self, list(group))
            else:
                for step in batch:
                    self.keep_on()
                    self._one(step)

    def keep_on(self) -> None:
        """Renew the lease. Raises Stopped when it was lost."""
        if not self.lease.renew():
            raise Stopped("lease_lost")

    def _one(self, step: SyncStep) -> None:
        deed = {
            StepKind.FORGET: self._forget,
            StepKind.UNSUBSCRIBE: self.seating.unsubscribe,
            StepKind.LINK: self._link,
            StepKind.SUBSCRIBE: self.seating.subscribe,
            StepKind.CREATE: self.seating.create,
        }[StepKind(step.kind)]
        try:
            deed(step)
        except SaltoProblem as problem:
            self.failed([step], problem)

    def failed(self, steps: Sequence[SyncStep], problem: SaltoProblem, *, lag: bool = False) -> None:
        """Note what went wrong. Raises Stopped when every other call would be refused too."""
        code = "lag" if lag else problem.code
        for step in steps:
            self.close(step, StepState.FAILED, code)
        users = [step.user_id for step in steps if step.user_id]
        SaltoUser.objects.filter(pk__in=users).update(problem=code)
        if isinstance(problem, SaltoRefused) and problem.is_about_all:
            raise Stopped(problem.code)

    def close(self, step: SyncStep, state: StepState, problem: str = "") -> None:
        """Write down what became of a step."""
        step.state, step.problem, step.done_at = state, problem, timezone.now()
        step.save(update_fields=["state", "problem", "done_at"])

    def done(self, steps: Sequence[SyncStep], action: str, **after: object) -> None:
        """Write down and audit what was done. Call it in the transaction of the change."""
        changes = []
        for step in steps:
            self.close(step, StepState.DONE)
            about = [row for row in (step.user, step.member, self.config) if row is not None]
            group = {"group": step.group.name} if step.group else {}
            changes.append(audit.Change(about, after={**group, **after, **step.why}))
        audit.record_many(action, changes, by=self.by)
        SaltoUser.objects.filter(pk__in=[step.user_id for step in steps if step.user_id]).update(problem="")

    def still_without(self, steps: Sequence[SyncStep]) -> list[SyncStep]:
        """Return the steps whose people still have no right to what is to be taken away; drop the others.

        Somebody may have paid since the plan was made. Who pays from here on is synced again by their own event.
        """
        members = [step.member_id for step in steps if step.member_id]
        rights = rights_at(self.config, members, timezone.now())
        left = []
        for step in steps:
            has = rights.get(step.member_id or 0, NOTHING).groups
            if has and (step.group is None or step.group.group_id in has):
                self.close(step, StepState.DROPPED, "has_right")
            else:
                left.append(step)
        return left

    def groups_read(self, group: str, inside: frozenset[str]) -> None:
        """Take in that a group was read again."""
        self._read_back[group] = inside

    def inside(self, platform: str, *, user: SaltoUser, ours_only: bool) -> bool:
        """Return whether a user is in any group by all that was read; ``ours_only``: in one that we gave."""
        members = {**self.seen.members, **self._read_back}
        given = AccessGrant.objects.filter(user=user, removed_at=None).values_list("group__group_id", flat=True)
        groups = set(given) if ours_only else set(members)
        return any(platform in members.get(group, ()) for group in groups)

    def is_fresh(self, now: datetime) -> bool:
        """Return whether what was seen is recent enough to take a seat away by it."""
        return now - self.seen.read_at <= SNAPSHOT_LIFE

    @transaction.atomic
    def _forget(self, step: SyncStep) -> None:
        now = timezone.now()
        rows = AccessGrant.objects.filter(user=step.user_id, group=step.group_id, removed_at=None)
        rows.update(removed_at=now, removed_why=step.why.get("code", "")[:40])
        self.done([step], "access.grant.forgotten")

    @transaction.atomic
    def _link(self, step: SyncStep) -> None:
        """Tie a member's row to a user of the site; a row that only mirrored that user gives way."""
        assert step.user is not None
        person = self.people[step.why["platform"]]
        row = SaltoUser.objects.select_for_update().get(pk=step.user.pk)
        SaltoUser.objects.filter(connection=self.config, site_user_id=person.site_user, member=None).delete()
        row.site_user_id, row.managed = person.site_user, True
        row.origin = Origin.CREATED if row.invited_at else Origin.ADOPTED
        row.email_at_link = row.email_at_link or person.email
        if row.invited_at and not person.subscribed:
            row.waiting_since = row.waiting_since or timezone.now()
        take_in(row, person)
        row.save()
        step.user = row
        self.done([step], "access.user.linked")
