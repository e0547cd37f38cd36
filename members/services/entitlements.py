"""Tells the apps above whose rights changed, once the change is committed."""

from collections.abc import Iterable
from functools import partial

from django.db import transaction

from members.models import Company, Member, Membership
from members.signals import entitlements_changed


def tell_changed(people: Iterable[int]) -> None:
    """Send ``entitlements_changed`` for these members after the commit; nothing for nobody."""
    ids = sorted(set(people))
    if ids:
        transaction.on_commit(partial(entitlements_changed.send_robust, sender=Member, member_ids=ids), robust=True)


def people_of(membership: Membership) -> list[int]:
    """Return the ids of those a membership gives rights to: its person, its member, or all people of its company."""
    if membership.person_id or membership.member_id:
        return [pk for pk in (membership.person_id, membership.member_id) if pk]
    return everybody_of(membership.company) if membership.company else []


def everybody_of(company: Company) -> list[int]:
    """Return the ids of the company's people, without archived ones."""
    return list(Member.objects.active().filter(company=company).order_by().values_list("pk", flat=True))
