"""Reads of connections to SALTO KS."""

from django.db.models import Count, QuerySet

from access.models import AccessGrant, SaltoKSConfig


def connections() -> "QuerySet[SaltoKSConfig]":
    """Return all connections with their options and locations; two queries for any number."""
    return SaltoKSConfig.objects.select_related("options").prefetch_related("places__location")


def connection_list() -> list[SaltoKSConfig]:
    """Return all connections, each with ``mapping_count``; two queries."""
    return list(connections().annotate(mapping_count=Count("groups__mappings")))


def granted_at() -> set[int]:
    """Return the ids of the connections where we put somebody into a group and read it back; one query."""
    rows = AccessGrant.objects.filter(confirmed_at__isnull=False).order_by()
    return set(rows.values_list("user__connection", flat=True).distinct())
