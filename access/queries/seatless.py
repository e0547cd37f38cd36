"""Reads whether somebody is about to buy what opens a door, while no seat is free for them."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import F, Q

from access.enums import ConnectionState, Source
from access.models import GroupMapping, SaltoKSConfig, SaltoUser
from flexspace.core.models import Location
from members.models import Member, Plan


def full_for(
    member: Member, place: Location, *, products: Collection[int], plans: Collection[str]
) -> SaltoKSConfig | None:
    """Return the full connection at which ``member`` would have to wait for a seat, as far as is known; or None.

    ``products`` are ids of day passes, ``plans`` uuids, both about to be sold at ``place``. At most four queries.
    """
    rows = SaltoKSConfig.objects.filter(places__location=place, state=ConnectionState.READY, options__enabled=True)
    config = rows.filter(seats_bought__gt=0, seats_used__gte=F("seats_bought")).first() if products or plans else None
    if config is None or not _opens(config, place, products, plans):
        return None
    same = Q(member=member) | Q(member=None, email__iexact=member.email or "-")
    sits = SaltoUser.objects.filter(same, connection=config, subscription_state="subscribed", gone_at=None)
    return None if sits.exists() else config


def _opens(config: SaltoKSConfig, place: Location, products: Collection[int], plans: Collection[str]) -> bool:
    """Return whether any of these is mapped to a group."""
    what = Q(source=Source.DAY_PASS, subject_id__in=products)
    if plans:
        ids = Plan.objects.filter(uuid__in=[UUID(one) for one in plans]).values("pk")
        what |= Q(source=Source.PLAN, subject_id__in=ids) | Q(source=Source.LOCATION, subject_id=place.pk)
    return GroupMapping.objects.filter(what, group__connection=config).exists()
