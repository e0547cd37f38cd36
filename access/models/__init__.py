"""Rows of connections, groups, people's places in them, and runs."""

from access.models.connection import ConnectionLocation, OAuthAttempt, Protection, SaltoKSConfig, SyncOptions
from access.models.group import AccessGroup, GroupMapping
from access.models.run import SeatDay, SyncRun, SyncStep
from access.models.user import AccessGrant, SaltoUser

__all__ = [
    "AccessGrant",
    "AccessGroup",
    "ConnectionLocation",
    "GroupMapping",
    "OAuthAttempt",
    "Protection",
    "SaltoKSConfig",
    "SaltoUser",
    "SeatDay",
    "SyncOptions",
    "SyncRun",
    "SyncStep",
]
