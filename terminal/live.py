"""Fragments that keep a page true while a payment runs. The row is the truth; polling only asks it."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from billing.models import Invoice
from flexspace.core.back import back_to
from flexspace.core.htmx import nothing_new, redirect
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from members.models import Company, Member
from terminal import explain
from terminal.models import Attempt
from terminal.queries import attempts, attempts_of_invoice, attempts_of_payer, running_for
from terminal.services.step import step_if_due

PLACES = {"terminal:split": "split", "terminal:self_test": "self-test"}


def find_attempt(request: StaffRequest, uuid: UUID) -> Attempt:
    """Return the attempt if it is of one of the person's locations, else 404."""
    row: Attempt = get_object_or_404(attempts().for_user(request.user), uuid=uuid)
    return row


def _glance(request: StaffRequest, uuid: UUID) -> Attempt:
    """Return the same attempt with little more than its own columns: most looks find nothing new."""
    slim = Attempt.objects.for_user(request.user).select_related("reader", "member")
    row: Attempt = get_object_or_404(slim, uuid=uuid)
    return row


def _seen(row: Attempt, picture: str, successor: Attempt | None) -> str:
    return f"{row.version}.{row.revision}.{picture}.{successor.pk if successor else ''}"


def _successor(row: Attempt) -> Attempt | None:
    return row.next_attempts.first() if row.state == "canceled" and row.next_reader_id else None


def _nothing_new(request: StaffRequest, row: Attempt) -> bool:
    before = request.POST.get("seen", request.GET.get("seen"))
    return before == _seen(row, explain.picture_name(row, now=timezone.now()), None) and _successor(row) is None


def _name_of(back: str) -> str:
    """Return what people call the page at a path of this site; "" for no path."""
    if not back:
        return ""
    try:
        there = resolve(urlsplit(back).path)
    except Resolver404:
        return "page before"
    return "counter" if there.namespace == "desk" else PLACES.get(there.view_name, "page before")


def attempt_context(request: StaffRequest, row: Attempt, *, back: str = "") -> dict[str, Any]:
    """Return what the charge screen shows; ``seen`` names exactly that, so that a poll can answer "nothing new".

    ``back`` is the page that shows the screen inside itself, or sent the person here; its keys lead back there, and
    ``back_name`` says what it is called. What is given goes before what the request names.
    """
    now, back = timezone.now(), back or back_to(request)
    screen = explain.screen(row, now=now)
    successor = _successor(row)
    return {
        "attempt": row,
        "screen": screen,
        "parts": row.refund.allocations.all() if row.refund else row.allocations.all(),
        "payer": row.member or row.company,
        "seen": _seen(row, screen.picture, successor),
        "successor": successor,
        "mine": row.actor_id == request.user.pk,
        "back": back,
        "back_name": _name_of(back),
        "receipt": explain.receipt_planned(row) if row.is_live and row.money and not row.saved_card else "",
        "kept_for": explain.kept_for(row.consent.purpose) if row.consent else "",
    }


def go_on(request: StaffRequest, context: dict[str, Any]) -> HttpResponse | None:
    """Return the way to the attempt that another reader goes on with, while it runs; None for all others.

    A page that shows the screen inside itself, such as a sale, shows the newest attempt by itself.
    """
    if context["back"] or not context["successor"] or not context["successor"].is_live:
        return None
    return redirect(request, "terminal:attempt", context["successor"].uuid)


@require(Permission.VIEW)
@require_http_methods(["GET", "POST"])
def attempt_step(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show what changed. A GET only looks, and says when a step is due; a POST takes it: it works with no worker."""
    row = _glance(request, uuid)
    if request.method == "POST" and row.is_live and step_if_due(row.pk, now=timezone.now(), on_page=True):
        row = _glance(request, uuid)
    response: HttpResponse = nothing_new()
    if not _nothing_new(request, row):
        row = find_attempt(request, uuid)
        context = attempt_context(request, row)
        if elsewhere := go_on(request, context):
            return elsewhere
        response = TemplateResponse(request, "terminal/attempt.html#screen", context)
    due = row.is_live and row.next_check_at and row.next_check_at <= timezone.now()
    if due and request.method == "GET":
        response["HX-Trigger"] = "step-due"
    return response


@require(Permission.VIEW)
@require_GET
def running(request: StaffRequest) -> HttpResponse:
    """Show the payments that run now, on every page; 204 while nothing changed."""
    now = timezone.now()
    here = request.headers.get("HX-Current-URL", "")
    rows = [row for row in running_for(request.user) if not _shown_at(here, row)]
    bars = [(row, explain.screen(row, now=now)) for row in rows]
    seen = "-".join(f"{row.pk}.{row.revision}.{screen.picture}" for row, screen in bars) or "none"
    if request.GET.get("seen") == seen:
        return nothing_new()
    return TemplateResponse(request, "terminal/running.html", {"bars": bars, "seen": seen})


def _shown_at(url: str, row: Attempt) -> bool:
    """Return whether the page at ``url`` shows the attempt itself: its own screen, or the sale it is for."""
    sales = [part.invoice.sale for part in row.allocations.all() if hasattr(part.invoice, "sale")]
    return any(str(uuid) in url for uuid in (row.uuid, *[sale.uuid for sale in sales]))


@require(Permission.VIEW)
@require_GET
def invoice_panel(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show the attempts on an invoice; the page's own body reloads when one of them moves."""
    invoice = get_object_or_404(Invoice.objects.for_user(request.user), uuid=uuid)
    return _panel(request, attempts_of_invoice(invoice.pk))


@require(Permission.VIEW)
@require_GET
def payer_panel(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponse:
    """Show the attempts of a member or a company."""
    payers: dict[str, Any] = {"member": Member.objects, "company": Company.objects}
    if kind not in payers:
        raise Http404
    payer = get_object_or_404(payers[kind].for_user(request.user), uuid=uuid)
    return _panel(request, attempts_of_payer(payer, request.user))


def _panel(request: StaffRequest, rows: list[Attempt]) -> HttpResponse:
    """Answer 204 while nothing moved since ``seen``; else the rows, and the word that the page should look again."""
    now = timezone.now()
    seen = "-".join(f"{row.pk}.{row.revision}" for row in rows) or "none"
    before = request.GET.get("seen")
    if before == seen:
        return nothing_new()
    title = explain.ways_title(rows)
    ways = [way if (way := explain.way_of(row)) != title else "" for row in rows]
    cards = [(row, explain.screen(row, now=now), way) for row, way in zip(rows, ways, strict=True)]
    context = {
        "url": request.path,
        "title": title,
        "cards": cards,
        "seen": seen,
        "live": any(row.is_live for row in rows),
    }
    response = TemplateResponse(request, "terminal/panel.html", context)
    if before:
        response["HX-Trigger"] = "invoice-changed"
    return response
