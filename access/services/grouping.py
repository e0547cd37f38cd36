"""Puts people into a group and takes them out: one call for all of them, then the group is read back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from access.enums import StepKind, StepState, SubscriptionState
from access.models import AccessGrant, AccessGroup, SaltoUser, SyncStep
from access.rules import NEW_USER_LAG
from access.salto_client import SaltoProblem, SaltoRefused
from access.salto_client.client import AT_ONCE

if TYPE_CHECKING:
    from access.services.applying import Applying


def change_group(applying: "Applying", steps: Sequence[SyncStep]) -> None:
    """Do all steps of one kind for one group."""
    group = steps[0].group
    assert group is not None
    if steps[0].kind == StepKind.REMOVE:
        ready = applying.still_without(steps)
    else:
        ready = _with_a_seat(applying, steps)
        _note_intents(ready, group)
    for start in range(0, len(ready), AT_ONCE):
        sent = _send(applying, group, ready[start : start + AT_ONCE])
        if sent:
            _read_back(applying, group, sent)


def _with_a_seat(applying: "Applying", steps: Sequence[SyncStep]) -> list[SyncStep]:
    """Return the steps whose people are known to be subscribed: a group opens nothing for anybody else."""
    rows = SaltoUser.objects.in_bulk([step.user_id for step in steps if step.user_id])
    ready = []
    for step in steps:
        step.user = rows.get(step.user_id or 0)
        if step.user and step.user.platform_id and step.user.subscription_state == SubscriptionState.SUBSCRIBED:
            ready.append(step)
        else:
            applying.close(step, StepState.DROPPED, "no_seat")
    return ready


def _note_intents(steps: Sequence[SyncStep], group: AccessGroup) -> None:
    """Write the ledger before the call: whoever is found in the group later was put there by us."""
    AccessGrant.objects.bulk_create(
        [AccessGrant(user=step.user, group=group, why=step.why) for step in steps if step.user], ignore_conflicts=True
    )


def _send(applying: "Applying", group: AccessGroup, steps: Sequence[SyncStep]) -> list[SyncStep]:
    """Tell SALTO KS, and return the steps it took. One person it does not know spoils a call for all: then singly."""
    ids = [step.user.platform_id for step in steps if step.user]
    where = "remove" if steps[0].kind == StepKind.REMOVE else "add"
    try:
        applying.client.change_members(group.group_id, **{where: ids})
    except SaltoRefused as problem:
        if len(steps) > 1 and not problem.is_about_all:
            return [step for one in steps for step in _send(applying, group, [one])]
        applying.failed(steps, problem, lag=problem.may_be_lag and _is_new(steps[0].user))
        return []
    except SaltoProblem as problem:
        applying.failed(steps, problem)
        return []
    return list(steps)


def _is_new(user: SaltoUser | None) -> bool:
    return bool(user and user.invited_at and timezone.now() - user.invited_at <= NEW_USER_LAG)


def _read_back(applying: "Applying", group: AccessGroup, steps: Sequence[SyncStep]) -> None:
    """Read who is in the group now, and believe only that."""
    try:
        inside = applying.client.members(group.group_id)
    except SaltoProblem as problem:
        applying.failed(steps, problem)
        return
    leaving = steps[0].kind == StepKind.REMOVE
    obeyed: list[SyncStep] = []
    ignored: list[SyncStep] = []
    for step in steps:
        platform = step.user.platform_id if step.user else ""
        (obeyed if (platform in inside) != leaving else ignored).append(step)
    with transaction.atomic():
        grants = AccessGrant.objects.filter(user__in=[step.user_id for step in obeyed], group=group, removed_at=None)
        now = timezone.now()
        if leaving:
            why = obeyed[0].why.get("code", "")[:40] if obeyed else ""
            # Never confirmed, and yet there: our answer was lost, and it let them in all the same.
            grants.filter(confirmed_at=None).update(confirmed_at=now)
            grants.update(removed_at=now, removed_why=why)
        else:
            grants.update(confirmed_at=now)
        applying.done(obeyed, "access.grant.removed" if leaving else "access.grant.added")
    for step in ignored:
        applying.close(step, StepState.FAILED, "not_obeyed")
    applying.groups_read(group.group_id, inside)
