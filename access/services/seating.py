"""Takes seats and gives them: unsubscribe, subscribe, invite. Each is read back, because a success proves nothing."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from access.enums import Origin, StepState
from access.models import SaltoUser, SyncStep
from access.policy import NOTHING
from access.reconcile.guarding import untouchable
from access.rules import LOSSES, NOT_SEATED, same_address
from access.salto_client import SaltoRefused
from access.services.gathering import rights_at, rules_of
from access.services.snapshots import seat_freed, seat_taken, seats_read, take_in
from access.world import Person
from flexspace.core import audit
from members.models import Member

if TYPE_CHECKING:
    from access.services.applying import Applying

ROLES = ("site_user", "site_mobile_user")


class Seating:
    """The seats of one run. ``full``: SALTO KS had none left; nobody else is tried in this run."""

    def __init__(self, applying: "Applying") -> None:
        self._applying = applying
        self._roles: list[str] | None = None
        self.full = False

    def unsubscribe(self, step: SyncStep) -> None:
        """Free a seat, if all that was planned still holds: a fresh and complete look, and no right come since."""
        applying, now = self._applying, timezone.now()
        user = step.user
        assert user is not None
        assert step.member_id is not None
        if not (applying.is_fresh(now) and applying.seen.whole and applying.seen.complete):
            applying.close(step, StepState.DROPPED, "stale")
            return
        rights = rights_at(applying.config, [step.member_id], now).get(step.member_id, NOTHING)
        options = rules_of(applying.config)
        soon = rights.next_start is not None and rights.next_start - now <= options.grace
        lost = bool(rights.losses) and rights.losses <= LOSSES
        if rights.groups or soon or not lost or not options.unsubscribe:
            applying.close(step, StepState.DROPPED, "has_right")
            return
        if applying.inside(user.platform_id, ours_only=not options.manual_groups_count, user=user):
            applying.close(step, StepState.DROPPED, "still_in_a_group")
            return
        SaltoUser.objects.filter(pk=user.pk).update(unsubscribed_by_us_at=now)
        try:
            applying.client.set_state(user.site_user_id, "suspended")
        except SaltoRefused:
            SaltoUser.objects.filter(pk=user.pk).update(unsubscribed_by_us_at=None)
            raise
        person = applying.client.user(user.site_user_id)
        with transaction.atomic():
            row = SaltoUser.objects.select_for_update().get(pk=user.pk)
            if person.subscribed:
                row.unsubscribed_by_us_at = None
                applying.close(step, StepState.FAILED, "not_obeyed")
            else:
                row.last_unsubscribed_at = row.last_flip_at = now
                applying.done([step], "access.user.unsubscribed")
                seat_freed(applying.config.pk, now)
            take_in(row, person)
            row.save()

    def subscribe(self, step: SyncStep) -> None:
        """Take a seat for somebody we unsubscribed, or who came while none was free."""
        applying, user = self._applying, step.user
        assert user is not None
        if self.full:
            self._no_seat(step)
            return
        try:
            applying.client.set_state(user.site_user_id, "subscribed")
        except SaltoRefused as problem:
            if problem.is_about_all or problem.status != 403 or problem.code == "pod":
                raise
        person = applying.client.user(user.site_user_id)
        with transaction.atomic():
            row = SaltoUser.objects.select_for_update().get(pk=user.pk)
            if person.subscribed:
                row.unsubscribed_by_us_at = row.waiting_since = None
                row.last_flip_at = timezone.now()
                applying.done([step], "access.user.subscribed")
                seat_taken(applying.config.pk, timezone.now())
            take_in(row, person)
            row.save()
        if not person.subscribed:
            self._not_seated(step)

    def create(self, step: SyncStep) -> None:
        """Invite somebody, unless a user of their address is there by now."""
        applying, user, member = self._applying, step.user, step.member
        assert user is not None
        assert member is not None
        if self.full:
            self._no_seat(step)
            return
        same, ours = self._there_already(user, member)
        if same:
            self._found(step, same, ours=ours)
            return
        person = self._invite(user, member)
        with transaction.atomic():
            row = self._tie(step, person)
            row.last_flip_at = timezone.now()
            row.waiting_since = None if person.subscribed else row.waiting_since or timezone.now()
            row.save()
            if person.subscribed:
                applying.done([step], "access.user.invited")
                seat_taken(applying.config.pk, timezone.now())
            else:
                audit.record("access.user.invited", by=applying.by, about=[row, member], after={"seat": False})
        if not person.subscribed:
            self._not_seated(step)

    def _there_already(self, user: SaltoUser, member: Member) -> tuple[list[Person], bool]:
        """Return the users of somebody's address, and whether we asked for one there and never heard the answer.

        That is the address of then; the member's may be another by now.
        """
        users_of, asked = self._applying.client.users_of, user.email_at_link if user.invited_at else ""
        same = users_of(asked) if asked else []
        if same or same_address(asked) == same_address(member.email):
            return same, True
        return users_of(member.email), False

    def _invite(self, user: SaltoUser, member: Member) -> Person:
        """Ask for a user. It is written down before, for the answer may be lost; and struck out again by a no."""
        if self._roles is None:
            self._roles = self._applying.client.role_ids(ROLES)
        row = SaltoUser.objects.filter(pk=user.pk)
        before = row.values("origin", "invited_at", "email_at_link").get()
        row.update(origin=Origin.CREATED, invited_at=timezone.now(), email_at_link=member.email)
        first, _, last = member.name.strip().partition(" ")
        try:
            return self._applying.client.invite(
                first_name=first, last_name=last or first, email=member.email, role_ids=self._roles
            )
        except SaltoRefused:
            row.update(**before)
            raise

    def _found(self, step: SyncStep, same: list[Person], *, ours: bool) -> None:
        """Take up the user whom a lost answer of ours made; leave anybody else to people."""
        applying = self._applying
        taken = SaltoUser.objects.filter(
            connection=applying.config, member__isnull=False, site_user_id__in=[one.site_user for one in same]
        ).exists()
        if not ours or len(same) > 1 or taken or untouchable(same[0], applying.seen, rules_of(applying.config)):
            applying.close(step, StepState.DROPPED, "match")
            return
        with transaction.atomic():
            row = self._tie(step, same[0])
            row.waiting_since = None if same[0].subscribed else row.waiting_since or timezone.now()
            row.save()
            applying.done([step], "access.user.invited")

    def _tie(self, step: SyncStep, person: Person) -> SaltoUser:
        user = step.user
        assert user is not None
        row = SaltoUser.objects.select_for_update().get(pk=user.pk)
        SaltoUser.objects.filter(connection=self._applying.config, site_user_id=person.site_user, member=None).delete()
        row.site_user_id = person.site_user
        take_in(row, person)
        step.user = row
        return row

    def _not_seated(self, step: SyncStep) -> None:
        """Ask the site whether it is full: SALTO KS says the same of a full site and of one person it will not seat."""
        applying, now = self._applying, timezone.now()
        site = applying.client.site()
        seats_read(applying.config, site, now)
        if site.used >= site.bought:
            self._no_seat(step)
            return
        SaltoUser.objects.filter(pk__in=[step.user_id]).update(problem=NOT_SEATED)
        applying.close(step, StepState.FAILED, NOT_SEATED)

    def _no_seat(self, step: SyncStep) -> None:
        """Put somebody on the waiting list: the site has no seat."""
        self.full = True
        now = timezone.now()
        SaltoUser.objects.filter(pk__in=[step.user_id], waiting_since=None).update(waiting_since=now)
        SaltoUser.objects.filter(pk__in=[step.user_id]).update(problem="no_seat")
        self._applying.close(step, StepState.NO_SEAT, "no_seat")
