"""The month's billing: the list of months, one run with its bills, and what a person decides about them."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from billing.dues.months import choices
from billing.explain.lines import why
from billing.explain.pictures import change_bars, month_bars
from billing.explain.runs import bill_row, bill_rows, late_words, run_badge, run_rows, signed
from billing.forms import StartRunForm
from billing.models import BillingRun
from billing.queries import runs as reads
from billing.queries.payers import count_late
from billing.queries.run_bills import bills_of, cautions_by_id
from billing.services import billing_runs, run_decisions, run_issuing
from billing.tasks import drive_run
from flexspace.core.actors import Actor
from flexspace.core.enqueue import enqueue
from flexspace.core.errors import DomainError
from flexspace.core.htmx import page_or_partial
from flexspace.core.keyset import keyset_page
from flexspace.core.models import User
from flexspace.core.money import exponent
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.core.sentences import told_timeline

WORKER_FIRST = timedelta(seconds=3)  # a page leaves the steps to a worker for so long
PAGE_LIMIT = 50  # payers that a page takes at once when there is no worker


def the_run(user: User, uuid: UUID) -> BillingRun:
    """Return the run with its location, or raise Http404 outside the person's locations."""
    rows = BillingRun.objects.for_user(user).select_related("location")
    found: BillingRun = get_object_or_404(rows, uuid=uuid)
    return found


@require(Permission.BILLING_RUN)
def run_list(request: StaffRequest) -> TemplateResponse:
    """Show where each location stands, and the months that were billed."""
    now = timezone.now()
    places = reads.places(request.user.own_locations, now)
    page = keyset_page(reads.run_list(request.user), order=("-month", "-pk"), cursor=request.GET.get("at", ""))
    context = {
        "places": [
            (place, month_bars(place.months, place.location.currency), choices(place.location.today(now), place.since))
            for place in places
        ],
        "page": page,
        "rows": run_rows(page.rows),
    }
    return TemplateResponse(request, "billing/run_list.html", context)


@require(Permission.BILLING_RUN)
@require_POST
def run_start(request: StaffRequest) -> HttpResponse:
    """Start the run of a location's month, or let it look again, and open it."""
    form = StartRunForm(request.POST, locations=request.user.own_locations)
    if not form.is_valid():
        messages.error(request, "Choose a location and a month, and a day like 2026-12-01.")
        return redirect("billing:run_list")
    try:
        run = billing_runs.start_run(by=Actor.of(request.user), now=timezone.now(), **form.facts())
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("billing:run_list")
    enqueue(drive_run, run.pk)
    return redirect("billing:run_detail", run.uuid)


@require(Permission.BILLING_RUN)
def run_detail(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show a month: progress while it is at work, its sums, why they differ, and the bills of a tab."""
    return _page(request, the_run(request.user, uuid))


@require(Permission.BILLING_RUN)
@require_POST
def run_step(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Follow a run that is at work; where no worker is, take its next step."""
    run = the_run(request.user, uuid)
    if run.state in billing_runs.BUSY and run.stepped_at < timezone.now() - WORKER_FIRST:
        billing_runs.drive(run.pk, now=timezone.now(), batches=1, limit=PAGE_LIMIT)
        run = the_run(request.user, uuid)
    return _page(request, run)


@require(Permission.BILLING_RUN)
def run_item(request: StaffRequest, uuid: UUID, pk: int) -> TemplateResponse:
    """Show one bill below its row; with ``?close`` nothing, which closes it."""
    run = the_run(request.user, uuid)
    item = get_object_or_404(reads.item_list(run, (), "all"), pk=pk)
    bills = bills_of(run, run.location.today(timezone.now()), only=[pk])
    context = {
        "run": run,
        "row": bill_row(item, cautions_by_id(bills).get(pk, ())),
        "lines": [(line, why(line)) for line in reads.lines_of(item)],
        "closed": "close" in request.GET,
    }
    return TemplateResponse(request, "billing/run_item.html", context)


@require(Permission.BILLING_RUN)
@require_POST
def run_decide(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Approve, hold or draft again: the ticked bills, the one whose button it was, or all."""
    run, by = the_run(request.user, uuid), Actor.of(request.user)
    do, _, only = request.POST.get("do", "").partition(":")
    chosen = [only] if only else request.POST.getlist("item")
    ids = [int(text) for text in chosen if text.isascii() and text.isdigit() and len(text) < 19]
    try:
        if do == "approve_all":
            messages.success(request, _bills(run_decisions.approve(by=by, run=run), "approved"))
        elif do == "approve":
            messages.success(request, _bills(run_decisions.approve(by=by, run=run, items=ids), "approved"))
        elif do == "hold":
            messages.success(request, _bills(run_decisions.hold(by=by, run=run, items=ids), "held"))
        elif do == "redraft":
            run_decisions.redraft(by=by, run=run, items=ids, now=timezone.now())
            enqueue(drive_run, run.pk)
    except DomainError as error:
        messages.error(request, error.message)
    return _back(request, run)


@require(Permission.BILLING_RUN)
@require_POST
def run_issue(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Let the approved bills go out."""
    run = the_run(request.user, uuid)
    try:
        run_issuing.start_issuing(by=Actor.of(request.user), run=run, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        enqueue(drive_run, run.pk)
    return redirect("billing:run_detail", run.uuid)


@require(Permission.BILLING_RUN)
@require_POST
def run_finish(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Close a month; what was not issued is left to the next one."""
    run = the_run(request.user, uuid)
    try:
        billing_runs.finish(by=Actor.of(request.user), run=run, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{run} is finished.")
    return redirect("billing:run_detail", run.uuid)


def _page(request: StaffRequest, run: BillingRun) -> TemplateResponse:
    tab, at = request.GET.get("tab", "all"), request.GET.get("at", "")
    bills = bills_of(run, run.location.today(timezone.now()))
    page = keyset_page(reads.item_list(run, bills, tab), order=("payer_name", "pk"), cursor=at)
    found, busy = reads.summary(run, bills), run.state in billing_runs.BUSY
    context: dict[str, Any] = {
        "run": run,
        "badge": run_badge(run),
        "busy": busy,
        "late": "" if busy else late_words(*count_late(run)),
        "summary": found,
        "bars": change_bars(found.groups, found.people, found.currency) if found.last is not None else [],
        "tabs": [(key, label, found.counts[key]) for key, (label, _where) in reads.TABS.items()],
        "tab": tab if tab in reads.TABS else "all",
        "at": at,
        "page": page,
        "rows": bill_rows(page.rows, cautions_by_id(bills)),
        "signed_difference": signed(found.difference),
        "look": sum(found.counts[tab] for tab in ("warnings", "expiring", "failed")),
        "exponent": exponent(found.currency),
        "timeline": told_timeline(run, limit=8),
    }
    return page_or_partial(request, "billing/run_detail.html", "body", context)


def _back(request: StaffRequest, run: BillingRun) -> HttpResponse:
    """Return to the tab and page of the list that the form was on."""
    where = {name: text for name in ("tab", "at") if (text := request.POST.get(name))}
    return redirect(f"{reverse('billing:run_detail', args=[run.uuid])}?{urlencode(where)}")


def _bills(count: int, done: str) -> str:
    return f"1 bill {done}." if count == 1 else f"{count} bills {done}."
