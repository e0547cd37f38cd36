"""Home, search, activity, health, and the page for a form that came too late."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.queries.runs import to_remind
from flexspace.core.conditions import trouble
from flexspace.core.htmx import nothing_new, page_or_partial
from flexspace.core.keyset import KeysetPage, keyset_page
from flexspace.core.models import AuditEvent, Location, User
from flexspace.core.permissions import StaffRequest, public, require
from flexspace.core.roles import Permission
from flexspace.portal import activity as happened
from flexspace.portal import chart, queries
from flexspace.portal import search as searching
from flexspace.portal.health.check import OWN
from flexspace.portal.health.readiness import readiness
from flexspace.portal.setup_facts import to_set_up
from flexspace.portal.words import FLAGS
from terminal import explain
from terminal.queries import running_for
from terminal.views.desk_reader import remembered


@require(Permission.VIEW)
@require_safe
def home(request: StaffRequest) -> TemplateResponse:
    """Show the front desk's start page; ``?at=<code>`` narrows it to one location."""
    now = timezone.now()
    own = request.user.own_locations
    here = next((place for place in own if place.code == request.GET.get("at")), None)
    places = [here] if here else own
    takings = queries.takings(places, now)
    context = {
        "now": now,
        "here": here,
        "places": places,
        "greeting": _greeting(places, now),
        "owing": queries.who_owes(request.user, places, now),
        "overdue": queries.overdue(places, now),
        "takings": takings,
        "charts": [(one, chart.bars(one)) for one in takings[:3]],
        "running": [(row, explain.screen(row, now=now)) for row in running_for(request.user) if row.location in places],
        "readers": queries.readers(places),
        "morning": queries.self_checks(places, now),
        "payments": queries.just_now(places, now),
        **_for_managers(request.user, places, now),
        **_for_admins(request.user, places, now),
    }
    return TemplateResponse(request, "portal/home.html", context)


def _for_managers(user: User, places: list[Location], now: datetime) -> dict[str, Any]:
    """Return what only some may look at: questionable payments, events that failed, months that want to be billed."""
    flags = queries.flags(user, places, now) if user.may(Permission.FLAGS) else []
    return {
        "flags": [(flag, FLAGS.get(flag.kind, flag.kind), said, owed) for flag, said, owed in flags],
        "billing": to_remind(places, now) if user.may(Permission.BILLING_RUN) else [],
        "doors": queries.doors(user, places, now) if user.may(Permission.ACCESS_VIEW) else [],
        "failed_events": queries.failed_events(places) if user.may(Permission.EVENTS) else 0,
    }


def _for_admins(user: User, places: list[Location], now: datetime) -> dict[str, Any]:
    """Return what only an admin can put right: what the set-up lacks, and how many checks are amber or red."""
    if not user.may(Permission.STRIPE_CONFIG):
        return {}
    return {"setup": to_set_up(user, places, now), "unwell": trouble(OWN)}


def _greeting(places: list[Location], now: datetime) -> str:
    hour = now.astimezone(places[0].zone).hour if places else now.hour
    part = "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    return f"Good {part}"


@require(Permission.VIEW)
@require_safe
def search(request: StaffRequest) -> HttpResponseBase:
    """Find people, companies, invoices, amounts and cards; ``open`` says whether the first or only hit opens."""
    text = request.GET.get("q", "").strip()
    results = searching.search(request.user, text, timezone.now())
    wish = request.GET.get("open")
    if not request.htmx and results and (wish == "first" or (wish == "only" and results.alone)):
        return HttpResponseRedirect(results.first_url)
    focus = "" if request.htmx else results.first_kind  # so that Enter opens it
    context = {"q": text, "results": results, "live_search": True, "focus": focus}
    return page_or_partial(request, "portal/search.html", "found", context)


@require(Permission.VIEW)
@require_safe
def desk_reader(request: StaffRequest) -> HttpResponse:
    """Show this browser's reader in the header; nothing while it has none."""
    row = queries.desk_reader(request.user, remembered(request))
    return TemplateResponse(request, "components/desk_reader.html", {"row": row}) if row else nothing_new()


@require(Permission.AUDIT)
@require_safe
def activity(request: StaffRequest) -> TemplateResponse:
    """Show what people, readers and Stripe did at the person's locations, newest first."""
    kind = request.GET.get("kind", "")
    page = _activity_page(request.user, kind, request.GET.get("at", ""))
    places = request.user.own_locations[:1]
    context = {
        "kind": kind,
        "kinds": [(key, label) for key, (label, _) in happened.KINDS.items()],
        "page": page,
        "lines": happened.lines(page.rows),
        "clock": places[0] if places else None,
        "zone": places[0].time_zone if places else "UTC",
    }
    return TemplateResponse(request, "portal/activity.html", context)


def _activity_page(user: User, kind: str, cursor: str) -> "KeysetPage[AuditEvent]":
    rows = happened.events(user, kind)
    try:
        return keyset_page(rows, order=happened.ORDER, cursor=cursor)
    except (ValidationError, ValueError, TypeError):  # a cursor somebody typed
        return keyset_page(rows, order=happened.ORDER)


@public
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when this process serves and its database answers; no versions, no details."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@public
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, broker and schedule all work, else 503; no versions, no details."""
    found = readiness()
    facts = {"database": found.database, "broker": found.broker, "schedule_age_seconds": found.schedule_age}
    return JsonResponse(facts, status=200 if found.ready else 503)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain a refused form: the page was open too long, or it came from elsewhere."""
    context = {
        "title": "This form is no longer valid",
        "sentence": "Nothing was changed. Go back, reload the page and send it again.",
        "code": "csrf",
    }
    return TemplateResponse(request, "problem.html", context, status=403).render()
