"""A member's day passes and visits, and checking in: a part of Member Details."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone

from flexspace.core.models import Location
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from members.explain.passes import no_right_sentence
from members.models import Member
from members.queries.passes import arrival, passes_of, visits


def passes_context(member: Member, location: Location, *, now: datetime, **said: Any) -> dict[str, Any]:
    """Return what the part shows of ``member`` at ``location``; ``said`` is what a refused check-in adds."""
    found = arrival(member, location, now=now)
    return {
        "member": member,
        "place": location,
        "arrival": found,
        "why_not": no_right_sentence(member.name, found.none) if found.none else "",
        "passes": passes_of(member, location, on=location.today(now)),
        "visits": visits(member),
        "today": location.today(now),
        "refused": "",
        "full": False,
        **said,
    }


@require(Permission.VIEW)
def member_passes(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show day passes left, the last visits, and the way in."""
    rows = Member.objects.for_user(request.user).select_related("company", "location")
    member = get_object_or_404(rows, uuid=uuid)
    context = passes_context(member, member.location, now=timezone.now())
    return TemplateResponse(request, "members/member_passes.html", context)
