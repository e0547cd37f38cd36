"""A member's doors: the part of their page, why they can or cannot get in, and what a payment opened."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone

from access.explain.arrivals import Arrival, arrival_of
from access.explain.words import because_words, step_badge, step_problem, step_words
from access.models import SaltoKSConfig
from access.queries.doors import connections
from access.queries.paid import people_of
from access.views.door_facts import Door, door_of
from billing.models import Payment
from billing.queries import payment_list
from flexspace.core.models import User
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.core.sentences import told_timeline
from members.models import Member

ASKS = 20  # how often a page asks what is true of a door before it leaves it to whoever wants to know
SLOWLY = 8  # asks that follow each other in half a second; the others in two


@require(Permission.ACCESS_VIEW)
def member_doors(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Show which doors open for a member; loaded into their page. Nothing where no doors are connected."""
    member = the_member(request.user, uuid)
    doors = doors_of(request.user, member)
    if not doors:
        return HttpResponse()
    return TemplateResponse(request, "access/door_card.html", {"member": member, "doors": doors})


@require(Permission.ACCESS_VIEW)
def member_why(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Say why a member can or cannot get in, from the contract to the lock."""
    member = the_member(request.user, uuid)
    doors = [(door, _history(door), told_timeline(door.row, limit=8) if door.row else [])
             for door in doors_of(request.user, member)]  # fmt: skip
    return TemplateResponse(request, "access/door_why.html", {"member": member, "doors": doors})


@require(Permission.ACCESS_VIEW)
def payment_doors(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Say what is true of the doors of those who came in with a payment; asks again until it is settled."""
    payment = get_object_or_404(payment_list(request.user), uuid=uuid)
    asked, now = _number(request.GET.get("asked", "")), timezone.now()
    config = SaltoKSConfig.objects.select_related("options").filter(places__location=payment.location_id).first()
    people = people_of(payment) if config else []
    if config is None or not people:
        return HttpResponse()
    fresh = now - payment.received_at < timedelta(minutes=2)
    told = [_arrival(config, person, payment) for person in people]
    pending = fresh and asked < ASKS and any(one.pending for one in told)
    context = {
        "payment": payment,
        "told": told,
        "next": asked + 1 if pending else 0,
        "pause": "500ms" if asked < SLOWLY else "2s",
        "as_lamp": "lamp" in request.GET,
    }
    return TemplateResponse(request, "access/door_paid.html", context)


def _arrival(config: SaltoKSConfig, person: Member, payment: Payment) -> Arrival:
    door = door_of(config, person, timezone.now())
    return arrival_of(person, config, door.row, door.lines, door.links, payment.location.zone)


def the_member(user: User, uuid: UUID) -> Member:
    """Return a member, or raise Http404 outside the person's locations."""
    found: Member = get_object_or_404(Member.objects.for_user(user).select_related("location", "company"), uuid=uuid)
    return found


def doors_of(user: User, member: Member) -> list[Door]:
    """Return the doors of a member at the connections that the person may see and that concern the member."""
    now = timezone.now()
    doors = [door_of(config, member, now) for config in connections(user)]
    home = {door.config.pk for door in doors if member.location_id in {p.location_id for p in door.config.places.all()}}
    return [door for door in doors if door.row or door.lines or door.config.pk in home]


def _history(door: Door) -> list[tuple[object, str, str, object, str]]:
    """Return the newest steps about somebody: the step, what, why, what became of it, and why not."""
    return [
        (step, step_words(step), because_words(str(step.why.get("code", ""))),
         step_badge(step, writes=door.config.options.enabled), step_problem(step))
        for step in door.known.steps[:6]
    ]  # fmt: skip


def _number(text: str) -> int:
    return min(int(text), 1000) if text.isdecimal() and len(text) < 5 else 0
