"""Pages of tax rates: the rates of one's countries, and what replaces them from a date."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.keyset import keyset_page
from flexspace.core.models import User
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.core.sentences import told_timeline
from members.forms.catalogue import RateForm, ReplaceRateForm
from members.models import TaxRate
from members.queries.catalogue import BY_RATE, tax_rates
from members.services import tax_rates as services


@require(Permission.VIEW)
def tax_rate_list(request: StaffRequest) -> TemplateResponse:
    """Show the rates, and what replaces them."""
    page = keyset_page(tax_rates(request.user), order=BY_RATE, cursor=request.GET.get("at", ""))
    return TemplateResponse(request, "members/tax_rate_list.html", {"page": page, "rates": page.rows})


@require(Permission.CATALOGUE)
def tax_rate_new(request: StaffRequest) -> HttpResponseBase:
    """Add a rate."""
    countries = sorted({place.country for place in request.user.own_locations})
    form = RateForm(request.POST or None, countries=countries)
    if request.method == "POST" and form.is_valid():
        try:
            rate = services.create_rate(by=Actor.of(request.user), **form.facts())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{rate} was added.")
            return redirect("members:tax_rate_detail", rate.pk)
    return TemplateResponse(request, "members/tax_rate_form.html", {"form": form})


@require(Permission.VIEW)
def tax_rate_detail(request: StaffRequest, pk: int) -> TemplateResponse:
    """Show a rate with what happened to it."""
    return _detail(request, _the(request.user, pk))


@require(Permission.CATALOGUE)
@require_POST
def tax_rate_replace(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Let another rate take its place from a day on."""
    rate = _the(request.user, pk)
    form = ReplaceRateForm(request.POST, rate=rate)
    if form.is_valid():
        today = _today(request.user, rate)
        try:
            services.replace_rate(by=Actor.of(request.user), rate=rate, today=today, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect("members:tax_rate_detail", pk)
    return _detail(request, rate, form)


@require(Permission.CATALOGUE)
@require_POST
def tax_rate_keep(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back a replacement that has not begun."""
    rate = _the(request.user, pk)
    try:
        services.keep_rate(by=Actor.of(request.user), rate=rate, today=_today(request.user, rate))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("members:tax_rate_detail", pk)


@require(Permission.CATALOGUE)
@require_POST
def tax_rate_offer(request: StaffRequest, pk: int, *, active: bool) -> HttpResponse:
    """Offer a rate for new things, or no more."""
    services.set_rate_active(by=Actor.of(request.user), rate=_the(request.user, pk), active=active)
    return redirect("members:tax_rate_detail", pk)


def _detail(request: StaffRequest, rate: TaxRate, form: ReplaceRateForm | None = None) -> TemplateResponse:
    today = _today(request.user, rate)
    context = {
        "rate": rate,
        "replaced": bool(rate.successor_from and rate.successor_from <= today),
        "form": form or ReplaceRateForm(rate=rate),
        "timeline": told_timeline(rate),
        "zone": next(place.time_zone for place in request.user.own_locations if place.country == rate.country),
    }
    return TemplateResponse(request, "members/tax_rate_detail.html", context)


def _the(user: User, pk: int) -> TaxRate:
    countries = {place.country for place in user.own_locations}
    return get_object_or_404(tax_rates(user), pk=pk, country__in=countries)


def _today(user: User, rate: TaxRate) -> date:
    """Return the latest calendar day it is at the person's locations in the rate's country."""
    now = timezone.now()
    return max(place.today(now) for place in user.own_locations if place.country == rate.country)
