"""Rows of the people who use the space, and of what they hold."""

from members.models.company import Company
from members.models.day_pass import CapacityDay, CheckIn, DayPass, DayPassEntry, DayPassQuerySet, SeatHold
from members.models.member import Member, MemberQuerySet
from members.models.plan import (
    HeldQuerySet,
    Membership,
    MembershipDiscount,
    MembershipPause,
    MembershipQuerySet,
    Plan,
    PlanPrice,
)
from members.models.product import Product, ProductPrice
from members.models.resource import (
    Assignment,
    AssignmentQuerySet,
    Booking,
    BookingQuerySet,
    Floor,
    Resource,
    ResourceQuerySet,
)
from members.models.search_term import SearchTerm
from members.models.tax_rate import TaxRate
from members.models.usage import UsageCharge

__all__ = [
    "Assignment",
    "AssignmentQuerySet",
    "Booking",
    "BookingQuerySet",
    "CapacityDay",
    "CheckIn",
    "Company",
    "DayPass",
    "DayPassEntry",
    "DayPassQuerySet",
    "Floor",
    "HeldQuerySet",
    "Member",
    "MemberQuerySet",
    "Membership",
    "MembershipDiscount",
    "MembershipPause",
    "MembershipQuerySet",
    "Plan",
    "PlanPrice",
    "Product",
    "ProductPrice",
    "Resource",
    "ResourceQuerySet",
    "SearchTerm",
    "SeatHold",
    "TaxRate",
    "UsageCharge",
]
