"""Rows of the foundation."""

from flexspace.core.models.audit import AuditEvent, AuditSubject
from flexspace.core.models.job import Condition, JobLease, SelfCheck
from flexspace.core.models.location import Location, LocationQuerySet, PlacedQuerySet
from flexspace.core.models.restore import Restore
from flexspace.core.models.token import ApiToken, OneUseToken, StoredAnswer
from flexspace.core.models.user import User

__all__ = [
    "ApiToken",
    "AuditEvent",
    "AuditSubject",
    "Condition",
    "JobLease",
    "Location",
    "LocationQuerySet",
    "OneUseToken",
    "PlacedQuerySet",
    "Restore",
    "SelfCheck",
    "StoredAnswer",
    "User",
]
