"""The counter's page: find somebody, or go on with a sale. Its parts keep themselves true by polling."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.models import Sale
from flexspace.core.htmx import nothing_new
from flexspace.core.models import Location, User
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.desk import queries
from flexspace.desk.forms import CashForm, DropInForm
from flexspace.desk.here import counter
from flexspace.desk.stage import frame, person_context, sale_context, seen_of, stage_of
from members.models import Company, Member

PAGE = "desk/desk.html"


def the_sale(user: User, uuid: UUID) -> Sale:
    """Return the sale if it is of one of the person's locations, else 404."""
    rows = Sale.objects.for_user(user).select_related(
        "invoice__location", "invoice__member__company", "invoice__company", "opened_by"
    )
    found: Sale = get_object_or_404(rows, uuid=uuid)
    return found


def the_payer(user: User, kind: str, uuid: str) -> Member | Company:
    """Return who was chosen by ``member`` or ``company``, else 404; what is no uuid is nobody's."""
    model: Any = {"member": Member, "company": Company}[kind]
    rows = model.objects.for_user(user).select_related("location", *(["company"] if kind == "member" else []))
    try:
        wanted = UUID(uuid)
    except ValueError:
        wanted = UUID(int=0)
    found: Member | Company = get_object_or_404(rows, uuid=wanted)
    return found


def start_url(payer: Member | Company) -> str:
    """Return the address of the page for somebody to whom nothing is sold yet."""
    kind = "member" if isinstance(payer, Member) else "company"
    return f"{reverse('desk:sell')}?{urlencode({kind: str(payer.uuid)})}"


@require(Permission.SELL)
@require_safe
def sell(request: StaffRequest) -> HttpResponse:
    """Show the counter: ``?q=`` finds, ``?member=`` or ``?company=`` opens somebody, ``?new=`` a new drop-in."""
    now, place = timezone.now(), counter(request)
    if place is None:
        return TemplateResponse(request, PAGE, {"stage": "nowhere", "place": None})
    for kind in ("member", "company"):
        if request.GET.get(kind):
            payer = the_payer(request.user, kind, request.GET[kind])
            context = frame(request, place, now) | person_context(request, place, payer, now)
            return TemplateResponse(request, PAGE, context)
    text = request.GET.get("q", "").strip()
    hits = queries.find(request.user, text, place, now=now) if text else []
    if hits:  # Enter opens the first
        return HttpResponseRedirect(start_url(hits[0].payer))
    typed = request.GET.get("new", "").strip() or text
    form = DropInForm(place=place, typed=typed) if typed else None
    return TemplateResponse(request, PAGE, {**frame(request, place, now), "q": text, "form": form})


@require(Permission.SELL)
@require_safe
def found(request: StaffRequest) -> HttpResponse:
    """Show who matches what is being typed."""
    now, place, text = timezone.now(), counter(request), request.GET.get("q", "").strip()
    hits = queries.find(request.user, text, place, now=now) if place and text else []
    return TemplateResponse(request, "desk/found.html", {"hits": hits, "q": text, "place": place})


@require(Permission.SELL)
@require_safe
def sale(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show a sale as it stands: a reload, a second tab and a second desk show the same. ``?pay=cash`` asks for cash."""
    now, row = timezone.now(), the_sale(request.user, uuid)
    place = row.invoice.location
    context = sale_context(request, place, row, now)
    if request.GET.get("pay") == "cash" and context["stage"] in ("open", "unpaid") and context["total"].amount:
        context["cash"] = CashForm(total=context["total"])
    return TemplateResponse(request, PAGE, context)


@require(Permission.SELL)
@require_safe
def live(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show the sale again once it stands elsewhere than ``seen``: paid by the reader, by a link, or dropped."""
    row = the_sale(request.user, uuid)
    attempt = queries.newest_attempt(row)
    if request.GET.get("sale_seen") == seen_of(row, stage_of(row, attempt), attempt):
        return nothing_new()
    return TemplateResponse(request, PAGE, sale_context(request, row.invoice.location, row, timezone.now()))


@require(Permission.SELL)
@require_safe
def today(request: StaffRequest) -> HttpResponse:
    """Show the day so far; ``?sale=`` is the one that is open beside it."""
    now, place = timezone.now(), counter(request)
    if place is None:
        return nothing_new()
    here = _open_sale(request, place)
    day = queries.today_at(place, request.user, now=now, but=here)
    return TemplateResponse(request, "desk/today.html", {"day": day, "place": place})


def _open_sale(request: StaffRequest, place: Location) -> Sale | None:
    try:
        wanted = UUID(request.GET.get("sale", ""))
    except ValueError:
        return None
    found: Sale | None = Sale.objects.filter(uuid=wanted, invoice__location=place).first()
    return found
