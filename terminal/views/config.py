"""The Stripe Config: accounts, the "Stripe Terminal" tab, what Stripe sent."""

from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, OuterRef, Prefetch, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import Location
from flexspace.core.money import MAX_AMOUNT, Money, minimum_amount
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal.countries import BY_CODE, COUNTRIES, READ_IN
from terminal.forms.config import AccountForm, MappingForm, WebhookSecretForm
from terminal.models import LocationAccount, Reader, StripeConfig, StripeLocation, WebhookEvent
from terminal.queries import accounts_of, stripe_locations_of
from terminal.services.accounts import save_account, save_webhook_secret
from terminal.services.readers import map_location
from terminal.views.endpoint import with_hearing


@require(Permission.STRIPE_CONFIG_VIEW)
@require_GET
def accounts(request: StaffRequest) -> TemplateResponse:
    """Show the accounts: key masked, webhook, last event."""
    latest = WebhookEvent.objects.filter(config=OuterRef("pk"), fetched=False).order_by("-pk").values("received_at")[:1]
    own = LocationAccount.objects.filter(location__in=request.user.location_ids).select_related("location")
    rows = (
        accounts_of(request.user)
        .prefetch_related(Prefetch("locations", own))
        .annotate(reader_count=Count("readers"), last_event_at=Subquery(latest))
    )
    context = {"accounts": [with_hearing(row) for row in rows], "site_url": settings.SITE_URL, "token": uuid4()}
    return TemplateResponse(request, "terminal/accounts.html", context)


@require(Permission.STRIPE_CONFIG)
@require_http_methods(["GET", "POST"])
def account_add(request: StaffRequest) -> HttpResponse:
    """Add an account by its key."""
    return _account_form(request, None)


@require(Permission.STRIPE_CONFIG)
@require_http_methods(["GET", "POST"])
def account_key(request: StaffRequest, pk: int) -> HttpResponse:
    """Replace an account's key."""
    return _account_form(request, get_object_or_404(StripeConfig, pk=pk))


def _account_form(request: StaffRequest, config: StripeConfig | None) -> HttpResponse:
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = save_account(by=Actor.of(request.user), key=data["key"], name=data["name"], config=config)
        except DomainError as error:
            form.add_error("key", error.message)
        else:
            messages.success(request, f"{row} is connected.")
            return redirect("terminal:config")
    context = {"form": form, "config": config}
    return TemplateResponse(request, "terminal/account_form.html", context, status=422 if form.errors else 200)


@require(Permission.STRIPE_CONFIG)
@require_http_methods(["GET", "POST"])
def webhook_secret(request: StaffRequest, pk: int) -> HttpResponse:
    """Store the signing secret of an account's webhook endpoint."""
    config = get_object_or_404(StripeConfig, pk=pk)
    form = WebhookSecretForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            save_webhook_secret(by=Actor.of(request.user), config=config, secret=form.cleaned_data["secret"])
        except DomainError as error:
            form.add_error("secret", error.message)
        else:
            messages.success(request, "The signing secret is stored.")
            return redirect("terminal:config")
    context = {"form": form, "config": config, "site_url": settings.SITE_URL}
    return TemplateResponse(request, "terminal/webhook_form.html", context, status=422 if form.errors else 200)


@require(Permission.STRIPE_CONFIG_VIEW)
@require_GET
def stripe_terminal(request: StaffRequest) -> TemplateResponse:
    """Show our locations beside Stripe's, with their readers; unmapped and deleted ones stay visible."""
    readers = Prefetch("readers", Reader.objects.filter(gone_at=None).order_by("label"), to_attr="here")
    places = stripe_locations_of(request.user).prefetch_related(readers)
    rows = [MappingForm(place=place, prefix=str(place.pk)) for place in places.order_by("gone_at", "display_name")]
    mapped = {form.place.location_id for form in rows if form.place.gone_at is None}
    context = {
        "rows": rows,
        "homeless": Reader.objects.filter(gone_at=None, stripe_location=None, config__in=accounts_of(request.user)),
        "without": Location.objects.for_user(request.user).exclude(pk__in=[pk for pk in mapped if pk]),
    }
    return TemplateResponse(request, "terminal/stripe_terminal.html", context)


@require(Permission.STRIPE_CONFIG)
@require_POST
def location_map(request: StaffRequest, pk: int) -> HttpResponse:
    """Map a Stripe Location to one of ours, or to none."""
    place = get_object_or_404(StripeLocation.objects.select_related("config", "location"), pk=pk)
    form = MappingForm(request.POST, place=place, prefix=str(pk))
    try:
        if form.is_valid():
            map_location(by=Actor.of(request.user), place=place, location=form.cleaned_data["location"])
            messages.success(request, f"{place} was saved.")
        else:
            messages.error(request, "Choose one of the locations in the list.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("terminal:stripe_terminal")


@require(Permission.STRIPE_CONFIG_VIEW)
@require_GET
def countries(request: StaffRequest) -> TemplateResponse:
    """Show where Stripe has readers, which, and what they charge: before anything is bought."""
    own = set(Location.objects.for_user(request.user).values_list("country", flat=True))
    rows = [
        (row, Money(minimum_amount(row.currency), row.currency), Money(MAX_AMOUNT, row.currency))
        for row in sorted(COUNTRIES, key=lambda row: (row.code not in own, row.name))
    ]
    context = {"rows": rows, "own": own, "without": sorted(own - BY_CODE.keys()), "read_in": READ_IN}
    return TemplateResponse(request, "terminal/countries.html", context)
