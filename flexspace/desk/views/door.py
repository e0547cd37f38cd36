"""Who comes in: a new drop-in, checking in, and undoing it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateformat import format as written
from django.views.decorators.http import require_POST

from billing.queries import debts
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import Location, User
from flexspace.core.one_use import AlreadyUsed, claim_token, keep_result
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.desk.forms import DropInForm
from flexspace.desk.here import counter
from flexspace.desk.stage import frame
from flexspace.desk.views.page import PAGE, start_url
from members.enums import DayPart
from members.models import CheckIn, Member
from members.services import check_ins
from members.services.members import create_member
from members.views.passes import passes_context


@require(Permission.MEMBER_WRITE)
@require_POST
def drop_in(request: StaffRequest) -> HttpResponse:
    """Make somebody who has just walked in, and open them."""
    place = counter(request)
    if place is None:
        raise Http404
    form = DropInForm(request.POST, place=place)
    try:
        member = _new_member(form, Actor.of(request.user), place)
    except AlreadyUsed as used:  # sent twice: the second lands on what the first made
        member = _member(request.user, UUID(used.result))
    except DomainError as error:
        form.add_error(None, error.message)
        member = None
    if member:
        return HttpResponseRedirect(start_url(member))
    context = {**frame(request, place, timezone.now()), "form": form}
    return TemplateResponse(request, PAGE, context, status=422)


@transaction.atomic
def _new_member(form: DropInForm, by: Actor, place: Location) -> Member | None:
    """Store who walked in, once for the form; None when it needs another look."""
    claim = claim_token(form.one_use, by=by, purpose="desk.drop_in")
    if not form.is_valid():
        transaction.set_rollback(True)  # the form is not used up
        return None
    member = create_member(by=by, location=place, **form.facts())
    keep_result(claim, str(member.uuid))
    return member


@require(Permission.CHECK_IN)
@require_POST
def check_in(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Check somebody in where the form stands, with what staff should know kept beside it."""
    member, now = _member(request.user, uuid), timezone.now()
    place = _at(request, member)
    said: dict[str, Any] = {}
    try:
        check_ins.check_in(
            by=Actor.of(request.user), member=member, location=place, now=now, part=_part(request),
            warnings=_warnings(request.user, member, place, now), anyway="anyway" in request.POST,
        )  # fmt: skip
    except DomainError as error:
        said = {"refused": error.message, "full": error.code == "house_full"}
    return _answer(request, member, place, now, said)


@require(Permission.CHECK_IN)
@require_POST
def check_in_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Undo a check-in that was a mistake: its credit and its seat come back."""
    rows = CheckIn.objects.for_user(request.user).select_related("location", "member__company", "member__location")
    row = get_object_or_404(rows, pk=pk)
    now = timezone.now()
    said: dict[str, Any] = {}
    try:
        check_ins.undo(by=Actor.of(request.user), check_in=row, now=now)
    except DomainError as error:
        said = {"refused": error.message}
    return _answer(request, row.member, row.location, now, said)


def _answer(
    request: StaffRequest, member: Member, place: Location, now: datetime, said: dict[str, Any]
) -> HttpResponse:
    if request.htmx:
        part = "desk/door_part.html" if "door" in request.POST else "members/member_passes.html"
        context = {"stage": "person", **passes_context(member, place, now=now, **said)}
        response = TemplateResponse(request, part, context)
        response["HX-Trigger"] = "day-changed"
        return response
    if said:
        messages.warning(request, str(said["refused"]))
    return redirect("members:member_detail", member.uuid)


def _member(user: User, uuid: UUID) -> Member:
    rows = Member.objects.for_user(user).select_related("company", "location")
    found: Member = get_object_or_404(rows, uuid=uuid)
    return found


def _at(request: StaffRequest, member: Member) -> Location:
    """Return the location the form names, if the person works there, else the member's own."""
    wanted = request.POST.get("at")
    return next((place for place in request.user.own_locations if place.code == wanted), member.location)


def _part(request: StaffRequest) -> DayPart:
    try:
        return DayPart(request.POST.get("part", DayPart.FULL))
    except ValueError:
        return DayPart.FULL


def _warnings(user: User, member: Member, place: Location, now: datetime) -> list[str]:
    """Return what staff should know of somebody who comes in: overdue invoices."""
    today = place.today(now)
    owing = debts(user=user, member_ids=[member.pk]).get(("member", member.pk), [])
    late = [debt for debt in owing if debt.oldest_due < today]
    return [f"Owes {debt.money}, due since {written(debt.oldest_due, 'j M')}" for debt in late]
