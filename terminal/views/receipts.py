"""Who mails receipts: the two switches of each location, the word on Stripe's Dashboard, and one payment's choice."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.forms import MailForm
from flexspace.core.actors import Actor
from flexspace.core.back import back_to
from flexspace.core.errors import DomainError
from flexspace.core.models import Location
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal import explain
from terminal.explain.receipts import Told
from terminal.live import find_attempt
from terminal.models import LocationAccount, StripeConfig
from terminal.queries import accounts_of
from terminal.services.receipt_choice import choose_receipt
from terminal.services.receipt_switches import set_switches, state_dashboard


@dataclass(frozen=True, slots=True)
class Place:
    """A location with its switches and what its customers get; ``account`` is None where no cards are taken."""

    location: Location
    account: StripeConfig | None
    gets: Told


def _place(location: Location, account: StripeConfig | None) -> Place:
    gets = explain.customer_gets(ours=location.send_receipts, stripes=location.stripe_receipts, config=account)
    return Place(location, account, gets)


@require(Permission.STRIPE_CONFIG_VIEW)
@require_GET
def receipts(request: StaffRequest) -> TemplateResponse:
    """Show who mails receipts at each location, and what a customer gets, by account."""
    accounts = {account.pk: account for account in accounts_of(request.user)}
    through = dict(LocationAccount.objects.values_list("location_id", "config_id"))
    places = [_place(row, accounts.get(through.get(row.pk, 0))) for row in Location.objects.for_user(request.user)]
    groups = [(account, [row for row in places if row.account == account]) for account in accounts.values()]
    without = [row for row in places if row.account is None]
    context = {"groups": [*groups, *([(None, without)] if without else [])]}
    return TemplateResponse(request, "terminal/receipts.html", context)


@require(Permission.STRIPE_CONFIG)
@require_POST
def receipts_switch(request: StaffRequest, pk: int) -> HttpResponse:
    """Set both switches of a location; under htmx answer its card."""
    location = get_object_or_404(Location, pk=pk)
    try:
        ours, stripes = "ours" in request.POST, "stripes" in request.POST
        set_switches(by=Actor.of(request.user), location=location, ours=ours, stripes=stripes)
    except DomainError as error:
        messages.error(request, error.message)
    if not request.htmx:
        return redirect("terminal:receipts")
    location.refresh_from_db()
    through = LocationAccount.objects.select_related("config").filter(location=location).first()
    context = {"place": _place(location, through.config if through else None), "saved": True}
    return TemplateResponse(request, "terminal/receipts_place.html", context)


@require(Permission.STRIPE_CONFIG)
@require_POST
def receipts_stated(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep an admin's word that the Dashboard mails no receipts, or take it back."""
    config = get_object_or_404(StripeConfig, pk=pk)
    if "none" not in request.POST and "doubt" not in request.POST:
        messages.error(request, "Look in Stripe’s Dashboard first, then tick the box.")
        return redirect("terminal:receipts")
    state_dashboard(by=Actor.of(request.user), config=config, mails_none="none" in request.POST, now=timezone.now())
    messages.success(request, "Kept, with your name." if "none" in request.POST else "Taken back.")
    return redirect("terminal:receipts")


@require(Permission.MAIL)
@require_http_methods(["GET", "POST"])
def attempt_receipt(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Say where the receipt of a running payment goes, or that none is wanted; once it is paid, its own page asks."""
    row = find_attempt(request, uuid)
    there = back_to(request) or reverse("terminal:attempt", args=[uuid])
    if row.payment:
        mail = reverse("billing:payment_receipt_mail", args=[row.payment.uuid])
        return redirect(f"{mail}?{urlencode({'back': there})}")
    if row.amount is None:  # nothing is charged, so there is no receipt
        return redirect("terminal:attempt", row.uuid)
    payer = row.member or row.company
    own = payer.email if payer else ""
    form = MailForm(request.POST or None, to=row.receipt_to or own)
    if request.method == "POST" and ("none" in request.POST or form.is_valid()):
        to = "" if "none" in request.POST else form.cleaned_data["to"]
        try:
            choose_receipt(row.pk, by=Actor.of(request.user), to=to)
        except DomainError as error:
            messages.error(request, error.message)
        return redirect(there)
    context = {"form": form, "attempt": row, "payer": payer, "there": there, "back": back_to(request)}
    return TemplateResponse(request, "terminal/receipt_choice.html", context)
