"""Users of a site, who of ours they are, and the ledger of what we granted them."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from access.enums import Origin, SubscriptionState
from access.models.connection import SaltoKSConfig
from access.models.group import AccessGroup
from members.models import Member


class SaltoUser(models.Model):
    """A user of a site. Two ids, because SALTO KS has two: groups know the platform's, all else the site's.

    Both are empty between our wish to invite somebody and SALTO's answer. ``unsubscribed_by_us_at`` is written before
    the call, so that a lost answer never leaves somebody locked out as if staff had done it.
    """

    connection = models.ForeignKey(SaltoKSConfig, on_delete=models.CASCADE, related_name="users")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="salto_users")
    site_user_id = models.CharField(max_length=36, blank=True)
    platform_id = models.CharField(max_length=36, blank=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)  # as SALTO KS has it
    email_at_link = models.CharField(max_length=254, blank=True)
    origin = models.CharField(max_length=8, choices=Origin.choices(), default=Origin.NONE)
    managed = models.BooleanField(default=False)
    subscription_state = models.CharField(max_length=10, choices=SubscriptionState.choices(), blank=True)
    blocked = models.BooleanField(default=False)
    has_profile = models.BooleanField(default=False)  # completed the invitation
    roles = models.JSONField(default=list, blank=True)  # codes
    seen_at = models.DateTimeField(null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)
    opens_nothing = models.BooleanField(default=False)  # by the last full run: a seat, and no group
    invited_at = models.DateTimeField(null=True, blank=True)
    no_access_since = models.DateTimeField(null=True, blank=True)
    opted_in_at = models.DateTimeField(null=True, blank=True)  # without access before unsubscribing was switched on
    unsubscribed_by_us_at = models.DateTimeField(null=True, blank=True)
    last_unsubscribed_at = models.DateTimeField(null=True, blank=True)
    hold_until = models.DateTimeField(null=True, blank=True)
    hold_why = models.CharField(max_length=200, blank=True)
    last_flip_at = models.DateTimeField(null=True, blank=True)
    next_change_at = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["connection", "next_change_at"], name="salto_user_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "member"], condition=Q(member__isnull=False), name="salto_member_once"
            ),
            models.UniqueConstraint(
                fields=["connection", "site_user_id"], condition=~Q(site_user_id=""), name="salto_site_user_once"
            ),
            models.CheckConstraint(condition=Q(managed=False) | Q(member__isnull=False), name="salto_managed_is_ours"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.site_user_id

    def is_held(self, now: datetime) -> bool:
        """Return whether somebody asked to leave this person alone, and the time for that is not over."""
        return self.hold_until is not None and self.hold_until > now


class AccessGrant(models.Model):
    """We put this user into this group. Written before the call, confirmed when read back; only this is ever removed.

    One that was never confirmed and is there all the same is ours: the answer was lost.
    """

    user = models.ForeignKey(SaltoUser, on_delete=models.CASCADE, related_name="grants")
    group = models.ForeignKey(AccessGroup, on_delete=models.PROTECT, related_name="grants")
    why = models.JSONField(default=dict, blank=True)
    granted_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_why = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "group"], condition=Q(removed_at=None), name="salto_grant_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.group}"
