"""Reads of members and companies: lists, and the search that finds them while somebody types."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from flexspace.core.models import Location, User
from members.models import Company, Member, SearchTerm
from members.rules import clean_email, typed_terms

BY_NAME = ("sort_name", "pk")
COMMON = 2000  # more rows than that make a word common: whoever walks them may walk a hundred thousand
TERMS_OF_ONE = 3  # how many terms of one person start with the same letters, at most on average


@dataclass(frozen=True, slots=True)
class Found:
    """Who matches every typed word."""

    members: list[Member]
    companies: list[Company]

    def __bool__(self) -> bool:
        return bool(self.members or self.companies)


def search(user: User, text: str, limit: int = 20) -> Found:
    """Return up to ``limit`` members and as many companies that hold every typed word as the start of a term.

    Two queries for one word, three for several. Nothing typed finds nobody. Of very many who match, any are returned,
    by name.
    """
    terms = typed_terms(text)
    if not terms:
        return Found([], [])
    terms.sort(key=len, reverse=True)
    companies = company_list(user).filter(pk__in=_matching(user, terms, "company", limit))
    terms.sort(key=_common_among(user, terms).__contains__)
    members = member_list(user).filter(pk__in=_matching(user, terms, "member", limit))
    return Found(list(members.order_by(*BY_NAME)[:limit]), list(companies.order_by(*BY_NAME)[:limit]))


def _common_among(user: User, terms: list[str]) -> set[str]:
    """Return those that start the terms of very many members; a word that stands alone is not asked about."""
    if len(terms) == 1:
        return set()
    many = [Exists(_holding(user, term, "member")[COMMON:]) for term in terms]
    [found] = User.objects.filter(pk=user.pk).values_list(*many)
    return {term for term, common in zip(terms, found, strict=True) if common}


def _holding(user: User, term: str, owner: str) -> "QuerySet[SearchTerm]":
    """Return the terms of members (or companies) the user may see that start with ``term``."""
    rows = SearchTerm.objects.filter(**{"term__prefix": term, f"{owner}__isnull": False})
    return rows if user.sees_all_locations else rows.filter(location__in=user.location_ids)


def _matching(user: User, terms: list[str], owner: str, limit: int) -> "QuerySet[SearchTerm, dict[str, Any]]":
    """Return ids of owners that hold every term: enough for ``limit``, however many match.

    The index of the first term, the rarest, is walked, and each who holds it is looked up for the others until there
    are enough. PostgreSQL is left no other way. Among a million it walks everybody in the order of the list when the
    limit is not inside, and reads very many terms twice when the lookup is an EXISTS, which it may turn into a join.
    """
    rarest, *others = terms
    rows = _holding(user, rarest, owner)
    for number, term in enumerate(others):
        same = SearchTerm.objects.filter(**{"term__prefix": term, owner: OuterRef(owner)}).values(owner)
        rows = rows.alias(**{f"other{number}": Subquery(same[:1])}).filter(**{f"other{number}__isnull": False})
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
