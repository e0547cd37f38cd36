"""Reads of members and companies: lists, and the search that finds them while somebody types."""

from dataclasses import dataclass

from django.db.models import QuerySet

from flexspace.core.models import Location, User
from members.models import Company, Member, SearchTerm
from members.rules import clean_email, typed_terms

BY_NAME = ("sort_name", "pk")


@dataclass(frozen=True, slots=True)
class Found:
    """Who matches every typed word."""

    members: list[Member]
    companies: list[Company]

    def __bool__(self) -> bool:
        return bool(self.members or self.companies)


def search(user: User, text: str, limit: int = 20) -> Found:
    """Return up to ``limit`` members and as many companies that hold every typed word as the start of a term.

    Two queries, whatever is typed. Nothing typed finds nobody.
    """
    terms = typed_terms(text)
    if not terms:
        return Found([], [])
    members, companies = member_list(user), company_list(user)
    for term in terms:
        matching = SearchTerm.objects.filter(term__prefix=term)
        members = members.filter(pk__in=matching.filter(member__isnull=False).values("member"))
        companies = companies.filter(pk__in=matching.filter(company__isnull=False).values("company"))
    return Found(list(members.order_by(*BY_NAME)[:limit]), list(companies.order_by(*BY_NAME)[:limit]))


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
