"""Collections: the worklist of what saved cards should pay, one of them, and what staff may do about it."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from billing.explain.collecting import collection_badge, facts_of, reason_sentence, what_will_happen
from billing.forms import StopForm, WaitForm
from billing.models import Collection, SavedCard
from billing.queries.collections import (
    COLLECTION_TABS,
    cards_of,
    charge_from,
    collections_for,
    first_tab,
    may_be_charged,
    month_pictures,
    tab_counts,
    tab_of,
    to_ask,
)
from billing.queries.collections import collection_list as find
from billing.services import collecting
from billing.views.drafts import the_payer
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.htmx import page_or_partial
from flexspace.core.keyset import keyset_page
from flexspace.core.models import User
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.refusals import say_refused
from flexspace.core.roles import Permission
from flexspace.core.sentences import told_timeline


def the_collection(user: User, uuid: UUID) -> Collection:
    """Return how the invoice ``uuid`` is collected, or raise Http404 outside the person's locations."""
    found: Collection = get_object_or_404(collections_for(user), invoice__uuid=uuid)
    return found


@require(Permission.COLLECTIONS)
def collection_list(request: StaffRequest) -> TemplateResponse:
    """Show a tab of the worklist, and how far the month is collected."""
    now = timezone.now()
    counts = tab_counts(request.user, now=now)
    tab = request.GET.get("tab", "")
    tab = tab if tab in COLLECTION_TABS else first_tab(counts)
    query = request.GET.copy()
    query["tab"] = tab
    request.GET = query  # type: ignore[assignment]  # so the ways to the next page stay in the tab
    found, order = find(request.user, tab=tab, now=now)
    page = keyset_page(found, order=order, cursor=request.GET.get("at", ""), size=25)
    context = {
        "rows": _rows(page.rows),
        "page": page,
        "tabs": [(key, label, counts.get(key)) for key, label in COLLECTION_TABS.items()],
        "tab": tab,
        "pictures": month_pictures(request.user, _today(request.user)),
    }
    return page_or_partial(request, "billing/collection_list.html", "rows", context)


def _rows(rows: list[Collection]) -> list[dict[str, Any]]:
    cards, now = cards_of(rows), timezone.now()
    return [_row(row, cards.get(row.pk), row.location.today(now)) for row in rows]


def _row(row: Collection, card: SavedCard | None, today: date) -> dict[str, Any]:
    return {
        "it": row,
        "why": reason_sentence(row),
        "sentence": what_will_happen(row, card=card, today=today),
        "facts": facts_of(row, card=str(card or "")),
        "chargeable": may_be_charged(row, card, today),
        "charge_from": charge_from(row, card, today),
    }


def _today(user: User) -> date:
    """Return the day at the person's first location: the month's picture needs one."""
    places = user.own_locations
    now = timezone.now()
    return places[0].today(now) if places else now.date()


@require(Permission.COLLECTIONS)
def collection_detail(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show how one invoice is collected, what happened so far, and what may be done."""
    return _detail(request, the_collection(request.user, uuid))


def _detail(
    request: StaffRequest, row: Collection, *, stop: StopForm | None = None, wait: WaitForm | None = None
) -> TemplateResponse:
    today = row.location.today(timezone.now())
    card = cards_of([row]).get(row.pk)
    context = {
        "it": row,
        "invoice": row.invoice,
        "tab": tab_of(row, today),
        "badge": collection_badge(row, today),
        "sentence": what_will_happen(row, card=card, today=today),
        "why": reason_sentence(row),
        "card": card,
        "chargeable": may_be_charged(row, card, today),
        "charge_from": charge_from(row, card, today),
        "stop": stop or StopForm(),
        "wait": wait or WaitForm(initial={"until": row.next_try_on or today}),
        "timeline": told_timeline(row.invoice),
    }
    failed = bool((stop and stop.errors) or (wait and wait.errors))
    return TemplateResponse(request, "billing/collection_detail.html", context, status=422 if failed else 200)


@require(Permission.COLLECTIONS)
@require_POST
def collection_ask(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Remind the desk to ask at the next visit, or not any more; ``wanted`` is 1 or 0."""
    row = the_collection(request.user, uuid)
    wanted = request.POST.get("wanted") == "1"
    collecting.ask_at_visit(by=Actor.of(request.user), invoice=row.invoice, wanted=wanted, now=timezone.now())
    if request.htmx:
        [context] = _rows([the_collection(request.user, uuid)])
        return TemplateResponse(request, "billing/collection_row.html", {"row": context})
    return redirect("billing:collection", uuid)


@require(Permission.COLLECTIONS)
@require_POST
def collection_stop(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Charge the card no more, for a reason."""
    row = the_collection(request.user, uuid)
    form = StopForm(request.POST)
    if form.is_valid():
        try:
            collecting.stop(
                by=Actor.of(request.user), invoice=row.invoice, reason=form.cleaned_data["reason"], now=timezone.now()
            )
        except DomainError as error:
            form.blame(error)
        else:
            messages.success(request, f"{row.invoice} is not charged by itself any more.")
            return redirect("billing:collection", uuid)
    return _detail(request, row, stop=form)


@require(Permission.COLLECTIONS)
@require_POST
def collection_wait(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Charge the card on a later day."""
    row = the_collection(request.user, uuid)
    form = WaitForm(request.POST)
    if form.is_valid():
        try:
            collecting.put_off(
                by=Actor.of(request.user), invoice=row.invoice, until=form.cleaned_data["until"], now=timezone.now()
            )
        except DomainError as error:
            form.blame(error, "until")
        else:
            row = the_collection(request.user, uuid)
            today = row.location.today(timezone.now())
            messages.success(request, what_will_happen(row, card=cards_of([row]).get(row.pk), today=today))
            return redirect("billing:collection", uuid)
    return _detail(request, row, wait=form)


@require(Permission.COLLECTIONS)
@require_POST
def collection_resume(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Charge the card again when it is due."""
    row = the_collection(request.user, uuid)
    try:
        collecting.resume(by=Actor.of(request.user), invoice=row.invoice, now=timezone.now())
    except DomainError as error:
        say_refused(request, error)
    else:
        messages.success(request, f"{row.invoice} is charged by itself again.")
    return redirect("billing:collection", uuid)


@require(Permission.VIEW)
def payer_asks(request: StaffRequest, kind: str, uuid: UUID) -> TemplateResponse:
    """Show what the desk should ask a payer about at this visit; nothing when there is nothing."""
    payer = the_payer(request.user, kind, uuid)
    rows = [(row, reason_sentence(row)) for row in to_ask(payer, request.user)]
    return TemplateResponse(request, "billing/payer_asks.html", {"rows": rows, "payer": payer})
