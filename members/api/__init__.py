"""Members over the API, read only: people, what is on offer, and who holds what."""

from members.api.catalogue import PlanDetail, PlanList, ProductDetail, ProductList, TaxRateList
from members.api.memberships import MembershipDetail, MembershipList
from members.api.people import MemberDetail, MemberList, company_id, member_id

__all__ = [
    "MemberDetail",
    "MemberList",
    "MembershipDetail",
    "MembershipList",
    "PlanDetail",
    "PlanList",
    "ProductDetail",
    "ProductList",
    "TaxRateList",
    "company_id",
    "member_id",
]
