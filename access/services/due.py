"""Finds those whose rights have changed by the calendar alone, and syncs them."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q

from access.enums import SubscriptionState
from access.models import SaltoKSConfig, SaltoUser, SyncOptions, SyncRun
from access.services.syncing import sync, sync_people
from flexspace.core.actors import Actor


def due_people(config: SaltoKSConfig, members: Collection[int], *, now: datetime) -> None:
    """Let the next minute's run have those who could not be synced at once."""
    rows = SaltoUser.objects.filter(connection=config, member__in=members)
    rows.filter(Q(next_change_at=None) | Q(next_change_at__gt=now)).update(next_change_at=now)


def sync_due(config: SaltoKSConfig, *, by: Actor, now: datetime) -> SyncRun | None:
    """Sync those who are due. A seat is freed only by a look at the whole site, so that one makes a full run."""
    rows = SaltoUser.objects.filter(connection=config, member__isnull=False, next_change_at__lte=now)
    members = sorted(rows.values_list("member", flat=True))
    if not members:
        return None
    options = SyncOptions.objects.get(connection=config)
    over = now - timedelta(hours=options.grace_hours)
    freeing = rows.filter(managed=True, subscription_state=SubscriptionState.SUBSCRIBED, no_access_since__lte=over)
    if options.unsubscribe and options.enabled and freeing.exists():
        return sync(config, by=by)
    return sync_people(config, members=members, by=by)
