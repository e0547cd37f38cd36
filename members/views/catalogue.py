"""Pages of plans and products: one set of views, told by ``kind`` which of the two it shows."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from flexspace.core.actors import Actor
from flexspace.core.days import read_day
from flexspace.core.errors import DomainError
from flexspace.core.keyset import keyset_page
from flexspace.core.models import User
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.core.sentences import told_timeline
from members.explain.previews import price_words
from members.explain.sold import how_billed, kind_words, what_it_gives
from members.forms.catalogue import PlanForm, PriceForm, ProductForm
from members.models import Plan, Product
from members.queries.catalogue import BY_PLACE, active_counts, plan_list, product_list
from members.services import catalogue, prices
from members.views.places import chosen_place
from members.views.steps import picture, price_steps

NOUNS = {"plan": ("plan", "plans"), "product": ("product", "products")}


@require(Permission.VIEW)
def offer_list(request: StaffRequest, kind: str) -> TemplateResponse:
    """Show plans or products with today's price and the next one."""
    page = keyset_page(_rows(request.user, kind), order=BY_PLACE, cursor=request.GET.get("at", ""))
    now = timezone.now()
    counts = active_counts(page.rows, now) if kind == "plan" else {}
    context = {
        "kind": kind,
        "page": page,
        "rows": [_line(item, item.location.today(now), counts.get(item.pk)) for item in page.rows],
        "places": request.user.own_locations,
    }
    return TemplateResponse(request, "members/offer_list.html", context)


@require(Permission.VIEW)
def offer_detail(request: StaffRequest, kind: str, uuid: UUID) -> TemplateResponse:
    """Show one plan or product: what it is, its prices over time, what happened to it."""
    return _detail(request, kind, _the(request.user, kind, uuid))


@require(Permission.CATALOGUE)
def offer_new(request: StaffRequest, kind: str) -> HttpResponseBase:
    """Offer a new plan or product at ``?at=<code>``, with its first price."""
    place = chosen_place(request)
    today = place.today(timezone.now())
    form = _form_class(kind)(request.POST or None, location=place)
    price = PriceForm(request.POST or None, location=place, today=today)
    if request.method == "POST" and form.is_valid() & price.is_valid():
        try:
            item = _create(kind, by=Actor.of(request.user), location=place, facts=form.facts(), **price.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{item} is on offer.")
            return redirect(f"members:{kind}_detail", item.uuid)
    context = {"kind": kind, "form": form, "price": price, "place": place, "places": request.user.own_locations}
    return TemplateResponse(request, "members/offer_form.html", context)


@require(Permission.CATALOGUE)
def offer_edit(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponseBase:
    """Change what a plan or product is; its price has a form of its own."""
    item = _the(request.user, kind, uuid)
    form_class = _form_class(kind)
    start = {name: getattr(item, name) for name in form_class.base_fields}
    form = form_class(request.POST or None, location=item.location, item=item, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            _update(by=Actor.of(request.user), item=item, facts=form.facts())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "Saved.")
            return redirect(f"members:{kind}_detail", uuid)
    context = {"kind": kind, "form": form, "item": item, "price": None, "places": []}
    return TemplateResponse(request, "members/offer_form.html", context)


@require(Permission.CATALOGUE)
@require_POST
def offer_price(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponseBase:
    """Set a price from a day on."""
    item = _the(request.user, kind, uuid)
    today = item.location.today(timezone.now())
    form = PriceForm(request.POST, location=item.location, today=today)
    if form.is_valid():
        try:
            prices.set_price(by=Actor.of(request.user), item=item, today=today, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "The price is set.")
            return redirect(f"members:{kind}_detail", uuid)
    return _detail(request, kind, item, form)


@require(Permission.CATALOGUE)
@require_POST
def offer_price_drop(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponse:
    """Take back a price that has not begun."""
    item = _the(request.user, kind, uuid)
    day = read_day(request.POST.get("from_date", ""))
    today = item.location.today(timezone.now())
    try:
        if day:
            prices.drop_price(by=Actor.of(request.user), item=item, from_date=day, today=today)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(f"members:{kind}_detail", uuid)


@require(Permission.CATALOGUE)
@require_POST
def offer_withdraw(request: StaffRequest, kind: str, uuid: UUID, *, again: bool) -> HttpResponse:
    """Sell it no more, or ``again``."""
    act = catalogue.offer_again if again else catalogue.withdraw
    item = _the(request.user, kind, uuid)
    try:
        act(by=Actor.of(request.user), item=item)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(f"members:{kind}_detail", uuid)


def _detail(request: StaffRequest, kind: str, item: Plan | Product, form: PriceForm | None = None) -> TemplateResponse:
    now = timezone.now()
    today = item.location.today(now)
    steps = price_steps(item, today)
    count = active_counts([item], now)[item.pk] if isinstance(item, Plan) else None
    context = {
        "kind": kind,
        "item": item,
        "line": _line(item, today, count),
        "steps": steps,
        "picture": picture(steps, today),
        "form": form or PriceForm(location=item.location, today=today),
        "timeline": told_timeline(item),
    }
    return TemplateResponse(request, "members/offer_detail.html", context)


def _line(item: Plan | Product, today: date, count: int | None) -> dict[str, Any]:
    """Return what lists and pages say about a plan or product."""
    price = item.price_on(today)
    words = str(price) if price is not None else ""
    if isinstance(item, Plan):
        what, sort = how_billed(item), ""
        words = price_words(item, price.amount) if price is not None else ""
    else:
        what, sort = what_it_gives(item), kind_words(item)
    return {
        "item": item,
        "price": words,
        "coming": next((step for step in reversed(price_steps(item, today)) if step.state == "coming"), None),
        "count": count,
        "what": what,
        "sort": sort,
        "tax": item.tax_rate.on(today) if item.tax_rate else None,
    }


def _rows(user: User, kind: str) -> Any:
    return plan_list(user) if kind == "plan" else product_list(user)


def _the(user: User, kind: str, uuid: UUID) -> Any:
    return get_object_or_404(_rows(user, kind), uuid=uuid)


def _form_class(kind: str) -> Any:
    return PlanForm if kind == "plan" else ProductForm


def _create(kind: str, **facts: Any) -> Plan | Product:
    return catalogue.create_plan(**facts) if kind == "plan" else catalogue.create_product(**facts)


def _update(*, by: Actor, item: Plan | Product, facts: Any) -> None:
    if isinstance(item, Plan):
        catalogue.update_plan(by=by, plan=item, facts=facts)
    else:
        catalogue.update_product(by=by, product=item, facts=facts)
