"""What people decide about one person: leave them alone, adopt a user, undo what a run took away."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from access.enums import Origin, StepKind, StepState, SubscriptionState
from access.explain import problem_sentence
from access.models import AccessGrant, SaltoKSConfig, SaltoUser, SyncStep
from access.policy import NOTHING
from access.reconcile.guarding import untouchable
from access.rules import HOLD, UNDO_LIFE
from access.salto_client import SaltoClient, SaltoProblem, SaltoRefused
from access.services.gathering import rights_at, rules_of
from access.services.snapshots import seat_freed, seat_kept, seat_taken, take_in
from access.services.tokens import ConnectionTokens
from access.world import Person, Snapshot
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.locks import only_one
from flexspace.core.restored import refuse_while_held
from members.models import Member


@transaction.atomic
def hold(*, by: Actor, user: SaltoUser, why: str, now: datetime, until: datetime | None = None) -> SaltoUser:
    """Let nothing be taken from somebody until then (None: for 7 days). Raises DomainError without a reason."""
    if not why.strip():
        raise DomainError("Say why, for whoever looks at this next week.", code="required")
    row = SaltoUser.objects.select_for_update().get(pk=user.pk)
    row.hold_until, row.hold_why = until or now + HOLD, why.strip()[:200]
    row.save(update_fields=["hold_until", "hold_why"])
    audit.record(
        "access.user.held", by=by, about=_about(row), after={"until": row.hold_until.isoformat()}, reason=row.hold_why
    )
    return row


@transaction.atomic
def release(*, by: Actor, user: SaltoUser) -> SaltoUser:
    """Let the next run treat somebody like everybody else."""
    row = SaltoUser.objects.select_for_update().get(pk=user.pk)
    row.hold_until, row.hold_why = None, ""
    row.save(update_fields=["hold_until", "hold_why"])
    audit.record("access.user.released", by=by, about=_about(row))
    return row


@transaction.atomic
def manage(*, by: Actor, user: SaltoUser, managed: bool) -> SaltoUser:
    """Let runs look after a member's user, or leave it to staff."""
    row = SaltoUser.objects.select_for_update().get(pk=user.pk)
    if managed and row.member_id is None:
        raise DomainError("Say first which member this is.", code="no_member")
    row.managed = managed
    row.save(update_fields=["managed"])
    audit.record("access.user.managed" if managed else "access.user.left_to_staff", by=by, about=_about(row))
    return row


@transaction.atomic
def adopt(*, by: Actor, user: SaltoUser, member: Member) -> SaltoUser:
    """Say that a user of the site is this member. What staff gave them stays theirs: our ledger begins empty.

    Raises Conflict when either is tied already.
    """
    row = SaltoUser.objects.select_for_update().get(pk=user.pk)
    if row.member_id is not None and row.member_id != member.pk:
        raise Conflict(f"{row} is {row.member} already.", code="tied")
    waiting = SaltoUser.objects.select_for_update().filter(connection=row.connection, member=member)
    other = waiting.exclude(pk=row.pk).first()
    if other and other.site_user_id:
        raise Conflict(f"{member} is {other} in SALTO KS already.", code="tied")
    if other:
        other.delete()
    row.member, row.managed, row.origin, row.email_at_link = member, True, Origin.ADOPTED, row.email
    row.save(update_fields=["member", "managed", "origin", "email_at_link"])
    audit.record("access.user.adopted", by=by, about=_about(row))
    return row


@transaction.atomic
def put_back(*, by: Actor, user: SaltoUser, grant: AccessGrant) -> None:
    """Let the next run give a group again that staff took away in SALTO KS."""
    AccessGrant.objects.filter(pk=grant.pk, user=user, removed_at=None).update(
        removed_at=timezone.now(), removed_why="put_back"
    )
    audit.record("access.grant.put_back", by=by, about=_about(user), after={"group": grant.group.name})


@transaction.atomic
def invite_again(*, by: Actor, user: SaltoUser) -> SaltoUser:
    """Let the next run invite somebody whom staff removed from the site. They get a mail and need a new tag."""
    row = SaltoUser.objects.select_for_update().get(pk=user.pk)
    if row.gone_at is None or row.member_id is None:
        raise Conflict(f"{row} is at the site.", code="is_there")
    row.grants.filter(removed_at=None).update(removed_at=timezone.now(), removed_why="user_gone")
    row.site_user_id = row.platform_id = row.subscription_state = row.email_at_link = row.problem = ""
    row.gone_at = row.invited_at = row.unsubscribed_by_us_at = row.waiting_since = None
    row.save()
    audit.record("access.user.invited_again", by=by, about=_about(row))
    return row


def undo_unsubscribe(*, by: Actor, step: SyncStep, now: datetime) -> SaltoUser:
    """Subscribe somebody again whom a run unsubscribed within the last day, and leave them for 7 days.

    Groups come back by the next run where there still is a right. Raises Conflict when it is too late or done
    already, DomainError when no seat is free or SALTO KS says no.
    """
    user = step.user
    if user is None or step.kind != StepKind.UNSUBSCRIBE or step.state != StepState.DONE or step.done_at is None:
        raise Conflict("This was not done, or was undone already.", code="not_done")
    if now - step.done_at > UNDO_LIFE:
        raise Conflict("A day has passed. Subscribe the person in SALTO KS instead.", code="too_late")
    config = SaltoKSConfig.objects.get(pk=step.run.connection_id)
    with only_one(f"access.site.{config.pk}", seconds=60) as lease:
        if lease is None:
            raise Conflict("A run is under way. Try again in a moment.", code="busy")
        client = SaltoClient(ConnectionTokens(config), config.site_id)
        try:
            client.set_state(user.site_user_id, "subscribed")
            person = client.user(user.site_user_id)
        except SaltoProblem as problem:
            code = "no_seat" if problem.status == 403 else problem.code
            raise DomainError(problem_sentence(code), code=code) from problem
        if not person.subscribed:
            raise DomainError(problem_sentence("no_seat"), code="no_seat")
        with transaction.atomic():
            row = SaltoUser.objects.select_for_update().get(pk=user.pk)
            if row.subscription_state != SubscriptionState.SUBSCRIBED:
                seat_taken(config.pk, now)
            take_in(row, person)
            row.unsubscribed_by_us_at, row.last_flip_at = None, now
            row.hold_until, row.hold_why = now + HOLD, "Unsubscribing was undone"
            row.save()
            SyncStep.objects.filter(pk=step.pk).update(state=StepState.UNDONE)
            seat_kept(config.pk, step.done_at)
            audit.record("access.user.unsubscribe_undone", by=by, about=_about(row))
    return row


def unsubscribe_now(*, by: Actor, user: SaltoUser, now: datetime) -> SaltoUser:
    """Free the seat of somebody who takes one and opens nothing, at a person's word.

    Raises Conflict when they are in a group after all, have a right, or are protected; DomainError when SALTO KS
    says no.
    """
    refuse_while_held()
    config = SaltoKSConfig.objects.get(pk=user.connection_id)
    with only_one(f"access.site.{config.pk}", seconds=120) as lease:
        if lease is None:
            raise Conflict("A run is under way. Try again in a moment.", code="busy")
        client = SaltoClient(ConnectionTokens(config), config.site_id)
        try:
            _check_idle(client, config, user, now)
            person = _suspend(client, user, now)
        except SaltoProblem as problem:
            raise DomainError(problem_sentence(problem.code), code=problem.code) from problem
        if person.subscribed:
            _unmark(user, now)
            raise DomainError(problem_sentence("refused"), code="refused")
        with transaction.atomic():
            row = SaltoUser.objects.select_for_update().get(pk=user.pk)
            take_in(row, person)
            row.last_flip_at = now
            row.opens_nothing = False
            row.save()
            seat_freed(config.pk, now)
            audit.record("access.user.unsubscribed", by=by, about=_about(row))
    return row


def _suspend(client: SaltoClient, user: SaltoUser, now: datetime) -> Person:
    """Write down that we ask for it, ask, and return what SALTO KS shows then."""
    SaltoUser.objects.filter(pk=user.pk).update(unsubscribed_by_us_at=now)
    try:
        client.set_state(user.site_user_id, "suspended")
    except SaltoRefused:
        _unmark(user, now)
        raise
    return client.user(user.site_user_id)


def _unmark(user: SaltoUser, now: datetime) -> None:
    """Forget that we asked: SALTO KS said no, and what staff do later is not our doing."""
    SaltoUser.objects.filter(pk=user.pk, unsubscribed_by_us_at=now).update(unsubscribed_by_us_at=None)


def _check_idle(client: SaltoClient, config: SaltoKSConfig, user: SaltoUser, now: datetime) -> None:
    site, me, person = client.site(), client.me(), client.user(user.site_user_id)
    seen = Snapshot(site, me, (person,), {}, {}, now)
    if not person.subscribed:
        raise Conflict(f"{user} is unsubscribed already.", code="suspended")
    if untouchable(person, seen, rules_of(config)):
        raise Conflict(f"{user} is protected.", code="protected")
    if user.member_id and rights_at(config, [user.member_id], now).get(user.member_id, NOTHING).groups:
        raise Conflict(f"{user} has a right to be let in.", code="has_right")
    if any(person.platform in client.members(group) for group in client.groups()):
        raise Conflict(f"{user} is in a group.", code="in_a_group")


def _about(row: SaltoUser) -> list[SaltoUser | Member]:
    return [row, *([row.member] if row.member else [])]
