"""Runs: the list, one with its plan and result per person, letting a stopped one go on, and undoing."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.enums import FindingKind, RunKind, StepState
from access.explain.words import (
    FINDINGS,
    because_words,
    problem_words,
    run_badge,
    run_kind,
    step_badge,
    step_problem,
    step_words,
    stop_words,
)
from access.models import SyncRun, SyncStep
from access.queries.doors import may_undo, runs_at, subject_names, zone_of
from access.queries.options import TAKES
from access.services import people
from access.services.syncing import run_anyway
from access.views.people import back_to
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.keyset import keyset_page
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission

STEPS_SHOWN = 100


@require(Permission.ACCESS_VIEW)
def run_list(request: StaffRequest) -> TemplateResponse:
    """Show the runs, the newest first."""
    runs = runs_at(request.user).prefetch_related("connection__places__location")
    page = keyset_page(runs, order=("-pk",), cursor=request.GET.get("at", ""))
    rows = [
        (run, run_kind(run), run_badge(run), problem_words(run.problem) or _stopped(run), zone_of(run.connection))
        for run in page.rows
    ]
    return TemplateResponse(request, "access/run_list.html", {"page": page, "rows": rows})


@require(Permission.ACCESS_VIEW)
def run_detail(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show what a run saw, planned and did, by person."""
    run, now = get_object_or_404(runs_at(request.user), uuid=uuid), timezone.now()
    steps = run.steps.select_related("member", "user", "group")
    page = keyset_page(steps, order=("position",), cursor=request.GET.get("at", ""), size=STEPS_SHOWN)
    names = subject_names([step.why for step in page.rows])
    context = {
        "run": run,
        "kind": run_kind(run),
        "badge": run_badge(run),
        "problem": problem_words(run.problem),
        "page": page,
        "lines": [_line(run, step, names, undo=may_undo(step, now)) for step in page.rows],
        "stops": [(stop, stop_words(stop)) for stop in run.stops],
        "held_back": run.steps.filter(state=StepState.HELD_BACK).count(),
        "may_go_on": _may_go_on(run),
        "findings": [(FINDINGS[FindingKind(kind)], count) for kind, count in sorted(run.finding_counts.items())],
        "zone": zone_of(run.connection),
    }
    return TemplateResponse(request, "access/run_detail.html", context)


@require(Permission.ACCESS_WRITE)
@require_POST
def run_go_on(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Do what a run held back, after a fresh look."""
    run = get_object_or_404(runs_at(request.user), uuid=uuid)
    try:
        made = run_anyway(run.connection, by=Actor.of(request.user), run=run)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("access:run_detail", uuid)
    messages.success(request, "Done after a fresh look.")
    return redirect("access:run_detail", made.uuid)


@require(Permission.ACCESS_WRITE)
@require_POST
def step_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Subscribe somebody again whom a run unsubscribed."""
    step = get_object_or_404(
        SyncStep.objects.filter(run__in=runs_at(request.user).values("pk")).select_related("run", "user__member"), pk=pk
    )
    try:
        user = people.undo_unsubscribe(by=Actor.of(request.user), step=step, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{user} is subscribed again, and left alone for 7 days.")
    return back_to(request, redirect("access:run_detail", step.run.uuid).url)


def _stopped(run: SyncRun) -> str:
    """Return the sentence of what held everything back; "" for a run that could do something."""
    return next((stop_words(stop) for stop in run.stops if stop["firm"]), "")


def _line(run: SyncRun, step: SyncStep, names: dict[tuple[str, int], str], *, undo: bool) -> dict[str, Any]:
    why = because_words(str(step.why.get("code", "")))
    what = names.get((str(step.why.get("kind", "")), int(step.why.get("subject", 0))), "")
    writes = run.kind != RunKind.PREVIEW and run.connection.options.enabled
    return {
        "step": step,
        "words": step_words(step),
        "why": what or why,
        "badge": step_badge(step, writes=writes),
        "problem": step_problem(step),
        "undo": undo,
        "may_hold": _may_hold(run, step),
    }


def _may_hold(run: SyncRun, step: SyncStep) -> bool:
    """Return whether a step takes something from somebody and is not done yet, nor being done."""
    planned = step.state == StepState.PLANNED and run.finished_at is not None
    takes = step.kind in TAKES and (planned or step.state == StepState.HELD_BACK)
    return takes and step.user is not None and not step.user.is_held(timezone.now())


def _may_go_on(run: SyncRun) -> bool:
    """Return whether somebody may let go on what the run held back: the newest full run, and no firm stop."""
    if run.kind != RunKind.FULL or not run.stops or all(stop["firm"] for stop in run.stops):
        return False
    newest = run.connection.runs.filter(kind=RunKind.FULL).first()
    return newest is not None and newest.pk == run.pk
