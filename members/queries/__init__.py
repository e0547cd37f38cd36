"""Reads of members: people, what is on offer, and who holds what."""

from members.queries.people import BY_NAME, Found, company_list, member_list, same_email, search

__all__ = ["BY_NAME", "Found", "company_list", "member_list", "same_email", "search"]
