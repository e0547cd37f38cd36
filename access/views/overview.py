"""The overview of the doors: what the last run did, who waits, what does not agree, and the seats over time."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.enums import Alert, FindingKind
from access.explain.alerts import CURED_BY_SIGNING_IN, alert_words, alerts_of
from access.explain.seats import Day, forecast, picture
from access.explain.words import (
    FINDINGS,
    because_words,
    problem_words,
    run_badge,
    run_kind,
    step_badge,
    step_words,
    stop_words,
)
from access.models import SaltoKSConfig, SyncRun
from access.policy import groups_for, window
from access.queries import overview as queries
from access.queries.doors import connections, zone_of
from access.services.gathering import terms_of
from access.tasks import sync_all_of
from flexspace.core.enqueue import enqueue
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from members.queries.entitlements import entitlements_of

AHEAD = 30  # days of the forecast
RUNS = 8
PATIENCE = 60  # seconds in which a page waits for a run; another may be in its way


@require(Permission.ACCESS_VIEW)
def overview(request: StaffRequest) -> TemplateResponse:
    """Show every connection that the person may see; ``?site=`` chooses one."""
    configs, now = list(connections(request.user)), timezone.now()
    wanted = request.GET.get("site", "")
    config = next((one for one in configs if str(one.uuid) == wanted), configs[0] if configs else None)
    context: dict[str, Any] = {"configs": configs, "config": config}
    if config:
        context |= site_context(config, now)
    return TemplateResponse(request, "access/overview.html", context)


@require(Permission.ACCESS_VIEW)
def seats(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show the seats over time; a part of its own, because the forecast reads what everybody holds."""
    config, now = get_object_or_404(_all(request), uuid=uuid), timezone.now()
    past = [Day(*row) for row in queries.seat_days(config, now.date())]
    coming = {(now + timedelta(days=n)).date(): used for n, used in enumerate(_forecast(config, now))}
    need = max(coming.values(), default=0)
    context = {
        "config": config,
        "picture": picture(past, coming, now.date()),
        "need": need,
        "spare": (config.seats_bought or 0) - need,
        "freed": queries.freed(config, now.date()),
    }
    return TemplateResponse(request, "access/overview_seats.html", context)


@require(Permission.ACCESS_SYNC)
@require_POST
def sync_now(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Start a look at the whole site; the page follows it."""
    config = get_object_or_404(_all(request), uuid=uuid)
    enqueue(sync_all_of, config.pk)
    messages.info(request, "Flexspace looks at the whole site now.")
    answer = redirect("access:overview")
    answer["Location"] += f"?site={config.uuid}&after={int(timezone.now().timestamp())}"
    return answer


@require(Permission.ACCESS_VIEW)
def sync_state(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Tell a page that waits for a run whether there is something new since ``?after=`` (Unix seconds)."""
    config, after = get_object_or_404(_all(request), uuid=uuid), request.GET.get("after", "")
    newest = config.runs.exclude(kind="people").first()
    since = int(after) if after.isdecimal() and len(after) < 12 else 0
    done = newest and newest.finished_at and newest.started_at.timestamp() >= since - 1
    answer = HttpResponse(status=204)
    if done or timezone.now().timestamp() - since > PATIENCE:
        answer["HX-Redirect"] = f"{redirect('access:overview').url}?site={config.uuid}"
    return answer


def site_context(config: SaltoKSConfig, now: datetime) -> dict[str, Any]:
    """Return what the overview says about one connection."""
    lists = queries.lists_of(config, now)
    return {
        "zone": zone_of(config),
        "lists": lists,
        "problem": _problem(config, lists.run),
        "signs_in": config.problem in CURED_BY_SIGNING_IN,
        "alerts": [alert_words(config, one, ZoneInfo(zone_of(config))) for one in alerts_of(config, now)
                   if one != Alert.STOPPED],  # that is the problem above
        "free": max(0, (config.seats_bought or 0) - (config.seats_used or 0)),
        "red": [(one, FINDINGS[one.kind]) for one in lists.red],
        "stuck": [
            (step, step_words(step), because_words(str(step.why.get("code", ""))),
             step_badge(step, writes=config.options.enabled))
            for step in lists.stuck
        ],
        "choose": [(one, FINDINGS[one.kind]) for one in lists.choose],
        "red_count": lists.counts.get(FindingKind.NO_REASON, 0) + len(lists.stuck),
        "runs": [(run, run_kind(run), run_badge(run)) for run in config.runs.all()[:RUNS]],
        "running": queries.is_running(config, now),
    }  # fmt: skip


def _problem(config: SaltoKSConfig, run: SyncRun | None) -> str:
    """Return what hinders the connection; of a run that was stopped, with its numbers."""
    stops = [stop for stop in run.stops if stop["code"] == config.problem] if run else []
    return stop_words(stops[0]) if stops else problem_words(config.problem)


def _forecast(config: SaltoKSConfig, now: datetime) -> list[int]:
    """Return the seats that will be in use now and on each of the next days."""
    terms = terms_of(config)
    held = entitlements_of(None, at=now, locations=terms.places, ahead=timedelta(days=AHEAD))
    spans = [(one.member, *window(one, terms)) for one in held if groups_for(one, terms.mappings)]
    days = [now + timedelta(days=n) for n in range(AHEAD + 1)]
    frees = config.options.enabled and config.options.unsubscribe
    return forecast(spans, days, seats=config.seats_used or 0, sitting=queries.sitting(config), frees=frees)


def _all(request: StaffRequest) -> QuerySet[SaltoKSConfig]:
    return connections(request.user)
