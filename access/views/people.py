"""What people decide about one person at a site: one button, one service, and the next run at once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from access.models import AccessGrant, SaltoUser
from access.queries.doors import connections, users_at
from access.services import asking, people
from access.services.due import due_people
from access.services.syncing import sync_people
from access.tasks import sync_members
from access.views.door import the_member
from flexspace.core.actors import Actor
from flexspace.core.enqueue import enqueue
from flexspace.core.errors import DomainError
from flexspace.core.models import User
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from members.models import Member
from members.queries import search


@require(Permission.ACCESS_SYNC)
@require_POST
def member_sync(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Look at one member's doors now and put them right."""
    member, by = the_member(request.user, uuid), Actor.of(request.user)
    for config in connections(request.user):
        try:
            if config.is_ready and sync_people(config, members=[member.pk], by=by) is None:
                due_people(config, [member.pk], now=timezone.now())
                messages.info(request, "Another run is under way. This follows within a minute.")
        except DomainError as error:
            messages.error(request, error.message)
    return back_to(request, reverse("access:member_why", args=[uuid]))


@require(Permission.ACCESS_SYNC)
@require_POST
def user_do(request: StaffRequest, pk: int, deed: str) -> HttpResponse:
    """Do one thing about a user of a site, and let the doors follow."""
    user = get_object_or_404(users_at(request.user), pk=pk)
    try:
        said = _DEEDS[deed](request, user, Actor.of(request.user))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said)
        user = SaltoUser.objects.get(pk=user.pk)
        if user.member_id:
            enqueue(sync_members, user.member_id)
    return back_to(request, _home(user))


@require(Permission.ACCESS_WRITE)
@require_POST
def user_unsubscribe(request: StaffRequest, pk: int) -> HttpResponse:
    """Free the seat of somebody who opens nothing."""
    user = get_object_or_404(users_at(request.user), pk=pk)
    try:
        people.unsubscribe_now(by=Actor.of(request.user), user=user, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{user} is unsubscribed. The seat is free.")
    return back_to(request, _home(user))


@require(Permission.ACCESS_SYNC)
def user_adopt(request: StaffRequest, pk: int) -> HttpResponse | TemplateResponse:
    """Ask which member a user of a site is; ``?who=`` is found by name or address."""
    user = get_object_or_404(users_at(request.user), pk=pk)
    who = request.GET.get("who", user.email or user.name)
    found = search(request.user, who, limit=10).members if who else []
    context = {"user": user, "who": who, "found": found}
    return TemplateResponse(request, "access/person_adopt.html", context)


def back_to(request: StaffRequest, otherwise: str) -> HttpResponse:
    """Return to the page of ours that a form named, or to ``otherwise``."""
    back = request.POST.get("back", "")
    ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if ours and back.startswith("/") else otherwise)


def _home(user: SaltoUser) -> str:
    return reverse("access:member_why", args=[user.member.uuid]) if user.member else reverse("access:overview")


def _hold(request: StaffRequest, user: SaltoUser, by: Actor) -> str:
    people.hold(by=by, user=user, why=request.POST.get("why", ""), now=timezone.now())
    return f"{user} is left alone for 7 days."


def _release(request: StaffRequest, user: SaltoUser, by: Actor) -> str:
    people.release(by=by, user=user)
    return f"{user} is treated like everybody else again."


def _manage(request: StaffRequest, user: SaltoUser, by: Actor) -> str:
    people.manage(by=by, user=user, managed=True)
    return f"Flexspace looks after {user} again."


def _leave(request: StaffRequest, user: SaltoUser, by: Actor) -> str:
    people.manage(by=by, user=user, managed=False)
    return f"{user} is left to staff."


def _invite(request: StaffRequest, user: SaltoUser, by: Actor) -> str:
    people.invite_again(by=by, user=user)
    return f"{user} is invited again."


def _subscribe(request: StaffRequest, user: SaltoUser, by: Actor) -> str:
    asking.subscribe_again(by=by, user=user, now=timezone.now())
    return f"{user} gets a seat again as soon as one is free."


def _put_back(request: StaffRequest, user: SaltoUser, by: Actor) -> str:
    grant = get_object_or_404(AccessGrant.objects.select_related("group"), pk=_pk(request, "grant"), user=user)
    people.put_back(by=by, user=user, grant=grant)
    return f"{user} is put into {grant.group.name} again."


def _adopt(request: StaffRequest, user: SaltoUser, by: Actor) -> str:
    member = get_object_or_404(_members(request.user), pk=_pk(request, "member"))
    people.adopt(by=by, user=user, member=member)
    return f"{user} is {member}. What staff gave them stays theirs."


_DEEDS: dict[str, Callable[[StaffRequest, SaltoUser, Actor], str]] = {
    "hold": _hold,
    "release": _release,
    "manage": _manage,
    "leave": _leave,
    "invite": _invite,
    "subscribe": _subscribe,
    "put-back": _put_back,
    "adopt": _adopt,
}
DEEDS = "|".join(_DEEDS)


def _members(user: User) -> Any:
    return Member.objects.for_user(user)


def _pk(request: StaffRequest, name: str) -> int:
    value = request.POST.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 18 else 0
