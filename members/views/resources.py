"""Pages of desks, offices, rooms and floors: lists, one of them, and the forms that make and change one."""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from flexspace.core.actors import Actor
from flexspace.core.days import read_day
from flexspace.core.errors import DomainError
from flexspace.core.keyset import keyset_page
from flexspace.core.models import Location, User
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.core.sentences import told_timeline
from members.enums import ResourceKind
from members.explain.resources import assignment_badge, held_words
from members.forms.resources import FloorForm, ResourceForm
from members.models import Floor, Resource
from members.queries import resources as queries
from members.services import resources as services
from members.views.day_picture import strip, window_of
from members.views.places import chosen_place

PAST_SHOWN = 20


@require(Permission.VIEW)
def room_list(request: StaffRequest) -> TemplateResponse:
    """Show the rooms of a location and the picture of each room's ``?day=``."""
    place, now = chosen_place(request), timezone.now()
    day = chosen_day(request, place, now)
    rows = list(queries.rooms(request.user).filter(location=place).order_by(*queries.BY_PLACE))
    booked = queries.day_of_rooms(rows, day, place)
    window = window_of([one for each in booked.values() for one in each], day, place.zone)
    context = {
        "lines": [(row, strip(booked[row.pk], window, now)) for row in rows],
        "place": place,
        "places": request.user.own_locations,
        **days_context(day, place, now),
    }
    return TemplateResponse(request, "members/room_list.html", context)


@require(Permission.VIEW)
def resource_list(request: StaffRequest) -> TemplateResponse:
    """Show desks and offices with who has each today and next."""
    rows = queries.desks(request.user)
    page = keyset_page(rows, order=queries.BY_PLACE, cursor=request.GET.get("at", ""))
    context = {
        "page": page,
        "lines": queries.with_holders(page.rows, timezone.now()),
        "places": request.user.own_locations,
    }
    return TemplateResponse(request, "members/resource_list.html", context)


@require(Permission.VIEW)
def resource_floors(request: StaffRequest) -> HttpResponseBase:
    """Show the floors of a location; a manager adds and renames them here."""
    place = chosen_place(request)
    return _floors(request, place, FloorForm())


@require(Permission.RESOURCES)
@require_POST
def floor_new(request: StaffRequest) -> HttpResponseBase:
    """Add a floor to the location ``?at=``."""
    place, form = chosen_place(request), FloorForm(request.POST)
    if form.is_valid():
        try:
            services.create_floor(by=Actor.of(request.user), location=place, **form.cleaned_data)
        except DomainError as error:
            form.add_error("name", error.message)
        else:
            return _to_floors(place)
    return _floors(request, place, form)


@require(Permission.RESOURCES)
@require_POST
def floor_rename(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a floor another name."""
    floor = get_object_or_404(Floor.objects.for_user(request.user).select_related("location"), pk=pk)
    try:
        services.rename_floor(by=Actor.of(request.user), floor=floor, name=request.POST.get("name", ""))
    except DomainError as error:
        messages.error(request, error.message)
    return _to_floors(floor.location)


@require(Permission.VIEW)
def resource_detail(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show one: who has it, who had it, or the picture of a room's day."""
    row, now = the_resource(request.user, uuid), timezone.now()
    context: dict[str, Any] = {"row": row, "kind": ResourceKind(row.kind), "timeline": told_timeline(row)}
    if row.is_room:
        context |= room_context(row, chosen_day(request, row.location, now), now)
    else:
        context |= _desk_context(request, row, now)
    return TemplateResponse(request, "members/resource_detail.html", context)


@require(Permission.RESOURCES)
def resource_new(request: StaffRequest) -> HttpResponseBase:
    """Add a desk, an office or a room at ``?at=``; ``?kind=`` says which is chosen first."""
    place = chosen_place(request)
    start = {"kind": request.GET.get("kind", ResourceKind.DESK.value)}
    form = ResourceForm(request.POST or None, location=place, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.create_resource(by=Actor.of(request.user), location=place, facts=form.facts())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{row} added.")
            return redirect("members:resource_detail", row.uuid)
    context = {"form": form, "row": None, "place": place, "places": request.user.own_locations}
    return TemplateResponse(request, "members/resource_form.html", context)


@require(Permission.RESOURCES)
def resource_edit(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Change what it is called, where it is and for how many."""
    row = the_resource(request.user, uuid)
    start = {name: getattr(row, name) for name in ResourceForm.base_fields}
    form = ResourceForm(request.POST or None, location=row.location, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_resource(by=Actor.of(request.user), resource=row, facts=form.facts())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "Saved.")
            return redirect("members:resource_detail", uuid)
    context = {"form": form, "row": row, "place": row.location, "places": []}
    return TemplateResponse(request, "members/resource_form.html", context)


@require(Permission.RESOURCES)
@require_POST
def resource_archive(request: StaffRequest, uuid: UUID, *, again: bool) -> HttpResponse:
    """Offer it no more, or ``again``."""
    row, by = the_resource(request.user, uuid), Actor.of(request.user)
    try:
        if again:
            services.bring_back(by=by, resource=row)
        else:
            services.archive(by=by, resource=row, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("members:resource_detail", uuid)


def the_resource(user: User, uuid: UUID) -> Resource:
    """Return the resource, or raise Http404."""
    row: Resource = get_object_or_404(queries.resource_list(user), uuid=uuid)
    return row


def chosen_day(request: StaffRequest, place: Location, now: datetime) -> date:
    """Return the day in ``?day=``, or today there."""
    return read_day(request.GET.get("day", "")) or place.today(now)


def days_context(day: date, place: Location, now: datetime) -> dict[str, Any]:
    """Return what the links to other days need."""
    one = timedelta(days=1)
    return {"day": day, "before": day - one, "after": day + one, "today": place.today(now)}


def room_context(row: Resource, day: date, now: datetime) -> dict[str, Any]:
    """Return the picture of a room's day and the way to other days; one query."""
    booked = queries.day_of_rooms([row], day, row.location)[row.pk]
    picture = strip(booked, window_of(booked, day, row.location.zone), now)
    return {"row": row, "strip": picture, **days_context(day, row.location, now)}


def _desk_context(request: StaffRequest, row: Resource, now: datetime) -> dict[str, Any]:
    today = row.location.today(now)
    found = queries.assignments(request.user).filter(resource=row).order_by("-starts_on", "-pk")
    shown = [*found.not_over(today), *found.over(today)[:PAST_SHOWN]]
    lines = [(one, assignment_badge(one, today), held_words(one, today), one.is_over(today)) for one in shown]
    return {"lines": lines, "held": queries.with_holders([row], now)[0]}


def _floors(request: StaffRequest, place: Location, form: FloorForm) -> TemplateResponse:
    context = {
        "floors": queries.floors(place),
        "form": form,
        "place": place,
        "places": request.user.own_locations,
    }
    return TemplateResponse(request, "members/floor_list.html", context)


def _to_floors(place: Location) -> HttpResponse:
    return redirect(f"{reverse('members:resource_floors')}?{urlencode({'at': place.code})}")
