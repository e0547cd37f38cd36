"""Reads of what may be mapped to access groups, tab by tab. Their number does not grow with the rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Model, Q, QuerySet

from access.enums import Source
from access.models import AccessGroup, GroupMapping, SaltoKSConfig
from flexspace.core.keyset import KeysetPage, keyset_page
from flexspace.core.models import Location
from members.enums import ProductKind, ResourceKind
from members.models import Floor, Plan, Product, Resource

BY_PLACE = ("location_id", "kind", "sort_name", "pk")


class Tab(StrEnum):
    """A tab of the configuration on which something is mapped."""

    PLANS = "plans"
    PLACES = "places"
    RESOURCES = "resources"
    PASSES = "passes"
    BOOKINGS = "bookings"


@dataclass(frozen=True, slots=True)
class Line:
    """Something that is held, the groups it opens, and the ids of those; ``is_off``: it is not offered any more."""

    source: Source
    subject_id: int
    name: str
    about: str
    groups: tuple[AccessGroup, ...]
    is_off: bool = False

    @property
    def key(self) -> str:
        """Return what its row on the page is called."""
        return f"{self.source.value}-{self.subject_id}"

    @property
    def group_ids(self) -> frozenset[int]:
        """Return the ids of its groups."""
        return frozenset(group.pk for group in self.groups)


@dataclass(frozen=True, slots=True)
class Section:
    """Lines below one heading ("": none is needed)."""

    title: str
    lines: list[Line]


def groups_to_choose(config: SaltoKSConfig) -> list[AccessGroup]:
    """Return the groups that something can be mapped to."""
    return list(config.groups.filter(gone_at=None))


def sections_of(config: SaltoKSConfig, tab: Tab, cursor: str = "") -> "tuple[list[Section], KeysetPage[Any] | None]":
    """Return a tab's lines, and its page where the list is long."""
    places = [place.location_id for place in config.places.all()]
    mapped = _Mapped(config)
    if tab == Tab.PLACES:
        locations = Location.objects.filter(pk__in=places)
        floors = Floor.objects.filter(location__in=places).select_related("location")
        return [
            Section("Locations", [mapped.line(Source.LOCATION, row, row.city) for row in locations]),
            Section("Floors", [mapped.line(Source.FLOOR, row, row.location.name) for row in floors]),
        ], None
    if tab in (Tab.PLANS, Tab.PASSES):
        source = Source.PLAN if tab == Tab.PLANS else Source.DAY_PASS
        rows = _offers(source, places, mapped)
        return [Section("", [mapped.line(source, row, _offered(row), is_off=not row.is_active) for row in rows])], None
    source = Source.RESOURCE if tab == Tab.RESOURCES else Source.BOOKING
    page = keyset_page(_resources(source, places, mapped), order=BY_PLACE, cursor=cursor)
    lines = [mapped.line(source, row, _where(row), is_off=row.archived_at is not None) for row in page.rows]
    return [Section("", lines)], page


class _Mapped:
    """All mappings of a connection, read once."""

    def __init__(self, config: SaltoKSConfig) -> None:
        self._groups: dict[tuple[str, int], list[AccessGroup]] = {}
        rows = GroupMapping.objects.filter(group__connection=config).select_related("group")
        for row in rows.order_by("group__name", "pk"):
            self._groups.setdefault((row.source, row.subject_id), []).append(row.group)

    def ids(self, source: Source) -> Iterable[int]:
        """Return the ids of what is mapped, so that nothing mapped is ever hidden."""
        return [subject for kind, subject in self._groups if kind == source]

    def line(self, source: Source, row: Model, about: str, *, is_off: bool = False) -> Line:
        """Return a row's line."""
        return Line(source, row.pk, str(row), about, tuple(self._groups.get((source, row.pk), ())), is_off)


def _offers(source: Source, places: list[int], mapped: _Mapped) -> "QuerySet[Any]":
    offered = Q(is_active=True) | Q(pk__in=mapped.ids(source))
    if source == Source.PLAN:
        return Plan.objects.filter(offered, location__in=places).select_related("location")
    passes = Product.objects.filter(offered, location__in=places).exclude(kind=ProductKind.SERVICE)
    return passes.select_related("location")


def _resources(source: Source, places: list[int], mapped: _Mapped) -> "QuerySet[Resource]":
    offered = Q(archived_at=None) | Q(pk__in=mapped.ids(source))
    rows = Resource.objects.filter(offered, location__in=places).select_related("location", "floor")
    return rows.filter(kind=ResourceKind.ROOM) if source == Source.BOOKING else rows.exclude(kind=ResourceKind.ROOM)


def _offered(row: Any) -> str:
    if isinstance(row, Plan):
        return row.location.name if row.lets_in else f"{row.location.name} · lets nobody in"
    return f"{row.location.name} · half days" if row.is_half else row.location.name


def _where(row: Resource) -> str:
    kind = ResourceKind(row.kind).label
    return " · ".join([kind, row.location.name, *([row.floor.name] if row.floor else [])])
