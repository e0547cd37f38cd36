"""The tabs of the SaltoKS configuration on which what is sold is mapped to access groups."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from access.enums import Source
from access.queries.mapping import Tab, groups_to_choose, sections_of
from access.services.mapping import read_groups, set_mappings
from access.views.connections import the_connection
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission

TABS = {
    Source.PLAN: Tab.PLANS,
    Source.LOCATION: Tab.PLACES,
    Source.FLOOR: Tab.PLACES,
    Source.RESOURCE: Tab.RESOURCES,
    Source.DAY_PASS: Tab.PASSES,
    Source.BOOKING: Tab.BOOKINGS,
}


@require(Permission.ACCESS_CONFIG)
@require_GET
def mapping(request: StaffRequest, uuid: UUID, tab: str) -> TemplateResponse:
    """Show what a tab maps: each row with its groups and a list to tick."""
    config, shown = the_connection(uuid), Tab(tab)
    sections, page = sections_of(config, shown, request.GET.get("at", ""))
    context = {
        "config": config,
        "tab": shown.value,
        "sections": sections,
        "rows": sum(len(section.lines) for section in sections),
        "page": page,
        "at": request.GET.get("at", ""),
        "groups": groups_to_choose(config),
    }
    return TemplateResponse(request, "access/mapping.html", context)


@require(Permission.ACCESS_CONFIG)
@require_POST
def mapping_set(request: StaffRequest, uuid: UUID, source: str, subject_id: int) -> HttpResponse:
    """Map one row to the groups that are ticked, and to no others."""
    config, kind = the_connection(uuid), Source(source)
    ticked = [pk for pk in request.POST.getlist("group") if pk.isdigit()]
    groups = list(config.groups.filter(pk__in=ticked).select_related("connection"))
    try:
        set_mappings(by=Actor.of(request.user), config=config, source=kind, subject_id=subject_id, groups=groups)
    except DomainError as error:
        messages.error(request, error.message)
    url = reverse("access:mapping", args=[uuid, TABS[kind].value])
    at = request.POST.get("at", "")
    return redirect(f"{url}{'?' + urlencode({'at': at}) if at else ''}#{kind.value}-{subject_id}")


@require(Permission.ACCESS_CONFIG)
@require_POST
def mapping_groups(request: StaffRequest, uuid: UUID, tab: str) -> HttpResponse:
    """Read the site's groups and their time schedules again."""
    try:
        found = read_groups(the_connection(uuid), now=timezone.now())
        messages.success(request, f"{len(found)} access groups were read from SALTO KS.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("access:mapping", uuid, tab)
