"""Rows of the people who use the space."""

from members.models.company import Company
from members.models.member import Member, MemberQuerySet
from members.models.search_term import SearchTerm

__all__ = ["Company", "Member", "MemberQuerySet", "SearchTerm"]
