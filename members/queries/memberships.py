"""Reads of who holds which plan."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from flexspace.core.models import Location, User
from members.models import Company, Member, Membership, MembershipPause, MembershipQuerySet
from members.signals import what_is_billed
from members.terms import Billed

NEWEST = ("-starts_on", "-pk")


def membership_list(user: User) -> MembershipQuerySet:
    """Return the memberships ``user`` may see with their terms, for a keyset page in the order NEWEST."""
    rows: MembershipQuerySet = Membership.objects.for_user(user).with_terms()
    return rows


def concerning(payer: Member | Company) -> Q:
    """Return which memberships are about ``payer``: held by it, or, for a member, paid by a company for them."""
    if isinstance(payer, Company):
        return Q(company=payer)
    where = Q(member=payer) | Q(person=payer)
    return where | Q(company=payer.company, person=None) if payer.company_id else where


def memberships_of(payer: Member | Company, *, user: User) -> MembershipQuerySet:
    """Return all that are about ``payer``, newest first, with their terms; four queries for any number of them."""
    return membership_list(user).filter(concerning(payer)).order_by(*NEWEST)


def billed_of(rows: Sequence[Membership], *, now: datetime) -> dict[int, Billed]:
    """Return what is billed of ``rows``, by their ids, as whoever writes the bills answers; two queries."""
    found: dict[int, Billed] = {}
    answers: list[tuple[Any, Any]] = what_is_billed.send(sender=Membership, memberships=rows, now=now)
    for _receiver, answer in answers:
        found |= answer
    return found


def active_memberships(payer: Member | Company, day: date) -> MembershipQuerySet:
    """Return those ``payer`` holds and pays on ``day``, paused ones too."""
    who = {"member": payer} if isinstance(payer, Member) else {"company": payer}
    return Membership.objects.filter(**who).on(day)


def giving_access(member: Member, location: Location, day: date) -> MembershipQuerySet:
    """Return those that let ``member`` in at ``location`` on ``day``: own, paid by a company, or a whole company's.

    Paused ones let nobody in, nor do plans for a locker or the like.
    """
    pauses = MembershipPause.objects.filter(Q(until=None) | Q(until__gt=day), membership=OuterRef("pk"))
    rows = Membership.objects.filter(concerning(member), ~Exists(pauses.filter(from_date__lte=day)), location=location)
    return rows.filter(plan__lets_in=True).on(day)
