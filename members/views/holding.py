"""Who has what: the part of a member's or company's page, and assigning, ending, booking, cancelling."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_time
from django.views.decorators.http import require_POST

from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from members import queries as people
from members.explain.resources import assignment_badge, end_words, held_words, hours_words
from members.forms.resources import AssignForm, BookForm, EndForm
from members.models import Company, Member, Resource
from members.queries import resources as queries
from members.services import assignments, bookings
from members.views.memberships import the_payer
from members.views.resources import chosen_day, room_context, the_resource

SHOWN_ENDED = 3


@require(Permission.VIEW)
def payer_holds(request: StaffRequest, kind: str, uuid: UUID) -> TemplateResponse:
    """Show the desks, offices and rooms of a member or company; loaded into their page."""
    payer, now = the_payer(request.user, kind, uuid), timezone.now()
    held = [
        (one, assignment_badge(one, today), held_words(one, today), one.is_over(today))
        for one in queries.assignments_of(payer, user=request.user)[:100]
        for today in [one.resource.location.today(now)]
    ]
    booked = queries.bookings_to_come(payer, user=request.user, now=now) if isinstance(payer, Member) else []
    context = {
        "kind": kind,
        "payer": payer,
        "held": [line for line in held if not line[3]] + [line for line in held if line[3]][:SHOWN_ENDED],
        "booked": [
            (one, hours_words(one.starts_at, one.ends_at, one.resource.location.zone), one.starts_at <= now)
            for one in booked
        ],
        "archived": isinstance(payer, Member) and payer.archived_at is not None,
    }
    return TemplateResponse(request, "members/payer_holds.html", context)


@require(Permission.MEMBERSHIP_WRITE)
def assign(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponseBase:
    """Give a desk or office to somebody; started from it, from a member or from a company."""
    resource = the_resource(request.user, uuid) if kind == "resource" else None
    holder = None if resource else the_payer(request.user, kind, uuid)
    now = timezone.now()
    form = AssignForm(request.POST or None, user=request.user, now=now, resource=resource, holder=holder)
    if request.method == "POST" and form.is_valid():
        try:
            row = _assign(Actor.of(request.user), form, resource, holder, now)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{row.resource} is assigned to {row.holder}.")
            return redirect(f"members:{kind}_detail", uuid)
    context = {"form": form, "kind": kind, "resource": resource, "holder": holder, "back": resource or holder}
    return TemplateResponse(request, "members/assign_form.html", context)


@require(Permission.MEMBERSHIP_WRITE)
def assignment_end(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Let somebody give a desk or office back."""
    row, now = get_object_or_404(queries.assignments(request.user), uuid=uuid), timezone.now()
    today = row.resource.location.today(now)
    form = EndForm(request.POST or None, assignment=row, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            ended = assignments.end(by=Actor.of(request.user), assignment=row, now=now, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, end_words(ended, today))
            return redirect("members:resource_detail", row.resource.uuid)
    context = {"form": form, "row": row, "days": held_words(row, today), "begun": row.starts_on <= today}
    return TemplateResponse(request, "members/assignment_end.html", context)


@require(Permission.BOOK)
def book(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponseBase:
    """Book a room; started from it (``?day=``, ``?from=10:00``) or from a member."""
    room = the_resource(request.user, uuid) if kind == "resource" else None
    member: Any = None if room else the_payer(request.user, kind, uuid)
    place, now = (room or member).location, timezone.now()
    start = {"day": chosen_day(request, place, now), **_times(request, now.astimezone(place.zone))}
    form = BookForm(request.POST or None, user=request.user, room=room, member=member, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            row = _book(Actor.of(request.user), form, room, member, now)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            words = hours_words(row.starts_at, row.ends_at, place.zone)
            messages.success(request, f"{row.resource} is booked for {row.member} {words}.")
            return _to(kind, uuid, row.starts_at.astimezone(place.zone))
    context = {"form": form, "kind": kind, "room": room, "member": member, "back": room or member}
    return TemplateResponse(request, "members/book_form.html", context)


@require(Permission.BOOK)
@require_POST
def booking_cancel(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Cancel a booking; back to the member when it was asked from there, else to the room's day."""
    row = get_object_or_404(queries.bookings(request.user), uuid=uuid)
    try:
        bookings.cancel(by=Actor.of(request.user), booking=row, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{row.resource} is free again.")
    if request.POST.get("back") == "member":
        return redirect("members:member_detail", row.member.uuid)
    return _to("resource", row.resource.uuid, row.starts_at.astimezone(row.resource.location.zone))


@require(Permission.BOOK)
def booking_preview(request: StaffRequest) -> TemplateResponse:
    """Show the day of the room that is being booked, while the form is filled in; ``?room=`` is its id."""
    pk, now = request.GET.get("room", ""), timezone.now()
    row = queries.rooms(request.user).filter(pk=pk if pk.isdecimal() else None).first()
    context = room_context(row, chosen_day(request, row.location, now), now) if row else {"row": None}
    return TemplateResponse(request, "members/booking_preview.html", context)


@require(Permission.VIEW)
def holder_options(request: StaffRequest) -> TemplateResponse:
    """Offer people (``?companies=1``: companies too) for what is being typed into a form."""
    found = people.search(request.user, request.GET.get("who", ""), limit=10)
    context = {"members": found.members, "companies": found.companies if "companies" in request.GET else []}
    return TemplateResponse(request, "members/holder_options.html", context)


def _assign(by: Actor, form: AssignForm, resource: Resource | None, holder: Any, now: datetime) -> Any:
    data = {**form.cleaned_data}
    who, what = data.pop("who", holder), data.pop("resource", resource)
    side = "company" if isinstance(who, Company) else "member"
    return assignments.assign(by=by, resource=what, today=what.location.today(now), **{side: who}, **data)


def _book(by: Actor, form: BookForm, room: Resource | None, member: Member | None, now: datetime) -> Any:
    data = {**form.cleaned_data}
    facts = {"resource": data.pop("room", room), "member": data.pop("who", member)}
    return bookings.book(by=by, now=now, **facts, **{name: data[name] for name in ("starts_at", "ends_at", "note")})


def _times(request: StaffRequest, here: datetime) -> dict[str, Any]:
    """Return an hour to begin with: the one in ``?from=``, or the next full one."""
    try:
        start = parse_time(request.GET.get("from", ""))
    except ValueError:
        start = None
    hour = start.hour if start else min(here.hour + 1, 23)
    return {"starts": f"{hour:02}:00", "ends": f"{(hour + 1) % 24:02}:00"}


def _to(kind: str, uuid: UUID, at: datetime) -> HttpResponse:
    """Return to the page it was started from: the member's, or the room's with the day."""
    there = redirect(f"members:{kind}_detail", uuid)
    if kind == "resource":
        there["Location"] += f"?day={at:%Y-%m-%d}"
    return there
