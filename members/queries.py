"""Reads of members and companies: lists, and the search that finds them while somebody types."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from flexspace.core.models import Location, User
from members.models import Company, Member, SearchTerm
from members.rules import clean_email, typed_terms

BY_NAME = ("sort_name", "pk")
TERMS_OF_ONE = 10  # how many terms of one person may start with the same letters


@dataclass(frozen=True, slots=True)
class Found:
    """Who matches every typed word."""

    members: list[Member]
    companies: list[Company]

    def __bool__(self) -> bool:
        return bool(self.members or self.companies)


def search(user: User, text: str, limit: int = 20) -> Found:
    """Return up to ``limit`` members and as many companies that hold every typed word as the start of a term.

    Two queries, whatever is typed. Nothing typed finds nobody. Of very many who match, any are returned, by name.
    """
    terms = typed_terms(text)
    if not terms:
        return Found([], [])
    members = member_list(user).filter(pk__in=_matching(user, terms, "member", limit))
    companies = company_list(user).filter(pk__in=_matching(user, terms, "company", limit))
    return Found(list(members.order_by(*BY_NAME)[:limit]), list(companies.order_by(*BY_NAME)[:limit]))


def _matching(user: User, terms: list[str], owner: str, limit: int) -> "QuerySet[SearchTerm, dict[str, Any]]":
    """Return ids of owners that hold every term: enough for ``limit``, however many match.

    The limit inside keeps PostgreSQL from walking everybody in the order of the list, which takes seconds among a
    million. The longest term is the rarest; the others are looked up for each who holds it.
    """
    longest, *others = sorted(terms, key=len, reverse=True)
    rows = SearchTerm.objects.filter(**{"term__prefix": longest, f"{owner}__isnull": False})
    if owner == "member":
        rows = rows.filter(member__archived_at=None)
    if not user.sees_all_locations:
        rows = rows.filter(**{f"{owner}__location__in": user.location_ids})
    for term in others:
        same = SearchTerm.objects.filter(**{"term__prefix": term, owner: OuterRef(owner)})
        rows = rows.filter(Exists(same))
    return rows.values(owner)[: limit * TERMS_OF_ONE]


def member_list(user: User) -> "QuerySet[Member]":
    """Return the members ``user`` may see, without archived ones, for a keyset page in the order BY_NAME."""
    rows: QuerySet[Member] = Member.objects.for_user(user).active().select_related("company", "location")
    return rows


def company_list(user: User) -> "QuerySet[Company]":
    """Return the companies ``user`` may see, for a keyset page in the order BY_NAME."""
    rows: QuerySet[Company] = Company.objects.for_user(user).select_related("location")
    return rows


def same_email(location: Location, email: str, *, but: Member | None = None) -> list[Member]:
    """Return members of ``location`` who already have this address, ``but`` one; at most five."""
    address = clean_email(email)
    if not address:
        return []
    owners = SearchTerm.objects.filter(term=address, member__isnull=False).values("member")
    rows = Member.objects.active().filter(pk__in=owners, location=location, email=address)
    return list(rows.exclude(pk=but.pk if but else None).order_by(*BY_NAME)[:5])
