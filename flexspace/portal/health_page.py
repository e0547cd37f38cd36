"""Whether everything works: a page for managers and admins, and the same states for a monitor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from flexspace.core.actors import Actor
from flexspace.core.api_auth import caller
from flexspace.core.api_fields import ErrorShape
from flexspace.core.api_views import ApiView
from flexspace.core.conditions import conditions
from flexspace.core.levels import Level
from flexspace.core.models import Condition
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.portal.health.check import Check, overall
from flexspace.portal.health.looking import look
from flexspace.portal.health.morning import self_check
from flexspace.portal.queries import self_checks

LATELY = timedelta(hours=24)
BADGES = {
    Level.RED: ("bad", "Red"),
    Level.AMBER: ("warn", "Amber"),
    Level.GREEN: ("ok", "Green"),
    Level.UNWATCHED: ("idle", "Not watched"),
}
HEADS = {
    Level.GREEN: ("ok", "circle-check", "Everything works."),
    Level.AMBER: ("warn", "triangle-alert", "Something wants a look."),
    Level.RED: ("bad", "circle-alert", "Something wants a look now."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A check as the page shows it; ``since`` is from when on it has stood so, as far as that was seen."""

    check: Check
    tone: str
    badge: str
    url: str
    since: datetime | None
    again: bool  # it was amber or red, and has been well for less than a day


@require(Permission.HEALTH)
@require_safe
def health(request: StaffRequest) -> TemplateResponse:
    """Show every check, trouble first; what is well is folded together."""
    now = timezone.now()
    checks = look(request.user, now)
    seen = conditions(check.key for check in checks)
    rows = [_row(check, seen.get(check.key), now) for check in checks]
    places = request.user.own_locations
    context = {
        "head": HEADS[overall(checks)],
        "trouble": [row for row in rows if row.check.level.rank],
        "again": [row for row in rows if row.again],
        "well": [row for row in rows if not row.check.level.rank],
        "unwatched": sum(row.check.level is Level.UNWATCHED for row in rows),
        "now": now,
        "zone": places[0].time_zone if places else "UTC",
        "morning": self_checks(request.user.own_locations, now),
    }
    return TemplateResponse(request, "portal/health.html", context)


@require(Permission.HEALTH)
@require_POST
def look_now(request: StaffRequest, code: str) -> HttpResponse:
    """Look at a location now as it is looked at before it opens, its readers at Stripe included."""
    place = next((own for own in request.user.own_locations if own.code == code), None)
    if place is None:
        raise Http404
    row = self_check(by=Actor.of(request.user), location=place, now=timezone.now(), mails=False)
    if row.found:
        messages.warning(request, f"{place}: {len(row.found)} of {row.looked_at} things want a look.")
    else:
        messages.success(request, f"{place}: all {row.looked_at} things are well.")
    return redirect("portal:health")


def _row(check: Check, seen: Condition | None, now: datetime) -> Row:
    tone, badge = BADGES[check.level]
    name, args = check.link
    same = seen is not None and seen.level == check.level
    since = seen.since if seen and same and seen.was else None
    again = bool(since and check.level is Level.GREEN and now - since < LATELY and Level(seen.was).rank)  # type: ignore[union-attr]
    return Row(check, tone, badge, reverse(name, args=args) if name else "", since, again)


class CheckShape(serializers.Serializer[Any]):
    """One check."""

    name = serializers.CharField(help_text="Such as `database` or `webhooks:1`; the number is the account's.")
    state = serializers.ChoiceField(choices=Level.choices())


class HealthShape(serializers.Serializer[Any]):
    """How everything stands."""

    state = serializers.ChoiceField(choices=[row for row in Level.choices() if row[0] != Level.UNWATCHED])
    checks = CheckShape(many=True)


class HealthView(ApiView):
    """How everything stands, for a monitor."""

    required_permission = Permission.HEALTH

    @extend_schema(
        operation_id="health",
        responses={200: HealthShape, 503: HealthShape, 401: ErrorShape, 403: ErrorShape, 429: ErrorShape},
    )
    def get(self, request: Request) -> Response:
        """Answer with one state a check and the worst of all; 503 when that is red, so that any monitor sees it."""
        checks = look(caller(request), timezone.now())
        state = overall(checks)
        rows = [{"name": check.name, "state": check.level.value} for check in checks]
        return Response({"state": state.value, "checks": rows}, status=503 if state is Level.RED else 200)
