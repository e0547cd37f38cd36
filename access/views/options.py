"""The Sync Options: what a run may do, whom it never touches, and the preview before it is switched on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from access.enums import FindingKind, ProtectionKind, RunKind, RunState
from access.explain.setup import switch_words, would_words
from access.explain.words import because_words, problem_words, stop_words
from access.forms.options import OptionsForm, ProtectionForm
from access.models import SaltoKSConfig, SaltoUser, SyncRun
from access.queries.options import Preview, preview_told, protections_told
from access.rules import LOOK_LIFE
from access.services import options as services
from access.tasks import preview_site, sync_all_of
from access.views.connections import the_connection
from flexspace.core.actors import Actor
from flexspace.core.enqueue import enqueue
from flexspace.core.errors import DomainError
from flexspace.core.htmx import nothing_new
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission

ASKED_FIRST = (*services.SWITCHES, "pause_overdue")  # whoever ticks these looks at the preview first
DRAFT = "salto_options"  # in the session: the preview, and the options that it was made by


@require(Permission.ACCESS_CONFIG)
@require_http_methods(["GET", "POST"])
def options(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show and change the Sync Options; what switches something on goes to the preview first."""
    config = the_connection(uuid)
    form = OptionsForm.of(config.options, request.POST or None)
    if request.method == "POST" and form.is_valid():
        changes = form.cleaned_data
        switched_on = [name for name in ASKED_FIRST if changes[name] and not getattr(config.options, name)]
        try:
            if switched_on or "preview" in request.POST:
                return _to_preview(request, config, changes, switched_on)
            services.save_options(by=Actor.of(request.user), config=config, changes=changes, now=timezone.now())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "The Sync Options are stored.")
            return redirect("access:options", uuid)
    return _options(request, config, form, ProtectionForm(config=config))


@require(Permission.ACCESS_CONFIG)
@require_http_methods(["GET", "POST"])
def options_preview(request: StaffRequest, uuid: UUID, run: UUID) -> HttpResponse:
    """Show who would change and why; switch on what it was made for."""
    config = the_connection(uuid)
    row = get_object_or_404(config.runs.filter(kind=RunKind.PREVIEW), uuid=run)
    if row.finished_at is None and timezone.now() - row.started_at < LOOK_LIFE:
        return _wait(request, config, row)
    if request.htmx:  # the page that waited
        return HttpResponseClientRefresh()
    draft = request.session.get(DRAFT) or {}
    changes: dict[str, Any] = draft["changes"] if draft.get("run") == str(run) else {}
    if request.method == "POST" and changes:
        return _switch_on(request, config, row, changes)
    return TemplateResponse(request, "access/options_preview.html", _shown(config, row, changes))


@require(Permission.ACCESS_CONFIG)
@require_POST
def protection_add(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Let no run touch a person, a role or a domain."""
    config = the_connection(uuid)
    form = ProtectionForm(request.POST, config=config)
    if not form.is_valid():
        return _options(request, config, OptionsForm.of(config.options), form)
    said = form.cleaned_data
    services.protect(
        by=Actor.of(request.user),
        config=config,
        kind=ProtectionKind(said["kind"]),
        value=said["value"],
        reason=said["reason"],
    )
    return _to_protections(uuid)


@require(Permission.ACCESS_CONFIG)
@require_POST
def protection_remove(request: StaffRequest, uuid: UUID, pk: int) -> HttpResponse:
    """Let runs touch them again."""
    services.unprotect(by=Actor.of(request.user), protection=get_object_or_404(the_connection(uuid).protections, pk=pk))
    return _to_protections(uuid)


def _wait(request: StaffRequest, config: SaltoKSConfig, run: SyncRun) -> HttpResponse:
    """Show that a worker looks at the site; the page asks until it is done."""
    if request.htmx:
        return nothing_new()
    return TemplateResponse(request, "access/options_wait.html", {"config": config, "run": run})


def _shown(config: SaltoKSConfig, run: SyncRun, changes: dict[str, Any]) -> dict[str, Any]:
    """Return what a preview's page shows; ``changes`` are the options that it would switch on."""
    told = preview_told(run)
    on = [name for name in ASKED_FIRST if changes.get(name) and not getattr(config.options, name)]
    return {
        "config": config,
        "told": told,
        **_people(told, timezone.now()),
        "stops": [stop_words(stop) for stop in run.stops],
        "problem": problem_words(run.problem) or "The look at the site did not end. Try it again.",
        "failed": run.state == RunState.FAILED or run.finished_at is None,
        "on": on,
        "switch": switch_words(on),
        "asks": "unsubscribe" in on,
        "idle": run.finding_counts.get(FindingKind.OPENS_NOTHING, 0),
    }


def _people(told: Preview, now: datetime) -> dict[str, Any]:
    """Return whom a preview names, with words, and who of them is left alone already."""
    return {
        "lines": [
            (one.name, would_words(one.steps), because_words(one.why), one.loser, _is_held(one.loser, now))
            for one in told.shown
        ],
        "already": [
            (one, because_words(str(one.why.get("code", ""))), _is_held(one.user, now)) for one in told.already
        ],
    }


def _is_held(user: SaltoUser | None, now: datetime) -> bool:
    return user is not None and user.is_held(now)


def _options(
    request: StaffRequest, config: SaltoKSConfig, form: OptionsForm, protect_form: ProtectionForm
) -> TemplateResponse:
    context = {
        "config": config,
        "tab": "options",
        "form": form,
        "protect_form": protect_form,
        "protections": protections_told(config),
    }
    wrong = form.errors or protect_form.errors
    return TemplateResponse(request, "access/options.html", context, status=422 if wrong else 200)


def _to_preview(
    request: StaffRequest, config: SaltoKSConfig, changes: dict[str, Any], switched_on: list[str]
) -> HttpResponse:
    """Make the preview; keep what it was made by for whoever looks at it."""
    by = Actor.of(request.user)
    if services.takes_long(config):
        run = services.begin_preview(by=by, config=config, changes=changes)
        enqueue(preview_site, run.pk)
    else:
        run = services.preview_of(by=by, config=config, changes=changes)
    request.session[DRAFT] = {"run": str(run.uuid), "changes": changes} if switched_on else {}
    return redirect("access:options_preview", config.uuid, run.uuid)


def _switch_on(request: StaffRequest, config: SaltoKSConfig, run: SyncRun, changes: dict[str, Any]) -> HttpResponse:
    ticked = [int(pk) for pk in request.POST.getlist("user") if pk.isdigit()]
    try:
        services.switch_on(
            by=Actor.of(request.user), config=config, changes=changes, previewed=run, users=ticked, now=timezone.now()
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("access:options_preview", config.uuid, run.uuid)
    del request.session[DRAFT]
    enqueue(sync_all_of, config.pk)
    messages.success(request, "Switched on. The first run has begun.")
    return redirect("access:options", config.uuid)


def _to_protections(uuid: UUID) -> HttpResponse:
    return redirect(f"{redirect('access:options', uuid)['Location']}#protected")
