"""Take a payment: choose reader and amount, start."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billing.enums import ConsentPurpose
from billing.models import Invoice
from billing.queries.cards import card_at
from billing.wording import FALLBACK, LANGUAGES, current, digest
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.money import exponent
from flexspace.core.one_use import AlreadyUsed
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from members.models import Member
from terminal.forms.charge import ChargeForm
from terminal.queries import live_attempt_on
from terminal.services.collect import BeingTaken, check_together, start
from terminal.services.keeping import Agreed, agree_and_charge
from terminal.views.desk_reader import remembered, started
from terminal.views.picker import picker


@require(Permission.CHARGE)
@require_http_methods(["GET", "POST"])
def take_payment(request: StaffRequest) -> HttpResponse:
    """Show the readers for the chosen invoices, or start the charge."""
    invoices = _invoices(request, request.GET if request.method == "GET" else request.POST)
    if not invoices:
        messages.error(request, "Tick at least one invoice with something left to pay.")
        return redirect("billing:invoice_list")
    try:
        check_together(invoices)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("billing:invoice_list")
    live = next((live for live in map(live_attempt_on, [row.pk for row in invoices]) if live), None)
    if live and request.method == "GET":
        messages.info(request, "This invoice is being taken right now.")
        return redirect("terminal:attempt", live.uuid)
    proposed = request.GET.get("amount", "")
    form = ChargeForm(request.POST or None, invoices=invoices, user=request.user, proposed=proposed)
    if request.method == "POST" and form.is_valid():
        answer = _start(request, form)
        if answer:
            return answer
    choices = picker(invoices[0].location, remembered(request))
    context = {"form": form, "invoices": invoices, "choices": choices, "exponent": exponent(invoices[0].currency)}
    context |= _keeping(form)
    return TemplateResponse(request, "terminal/take_payment.html", context, status=422 if form.errors else 200)


def _start(request: StaffRequest, form: ChargeForm) -> HttpResponse | None:
    """Start the charge; None when the form should be shown again with what is wrong."""
    data = form.cleaned_data
    how: dict[str, Any] = {
        "by": Actor.of(request.user),
        "parts": form.parts(),
        "reader": data["reader"],
        "now": timezone.now(),
        "token": data["token"],
    }
    try:
        attempt = agree_and_charge(**how, agreed=_agreed(data)) if data["keep"] else start(**how)
    except AlreadyUsed as used:
        messages.info(request, "This was sent before, so nothing was sent again.")
        return redirect("terminal:attempt", used.result)
    except BeingTaken as taken:
        messages.info(request, taken.message)
        return redirect("terminal:attempt", taken.attempt.uuid)
    except DomainError as error:
        form.add_error(None, error.message)
        return None
    return started(attempt, data["reader"])


def _agreed(data: dict[str, Any]) -> Agreed:
    purpose = ConsentPurpose.DUES
    return Agreed(purpose, current(purpose).version, data["language"] or FALLBACK)


def _keeping(form: ChargeForm) -> dict[str, Any]:
    """Return what the payer agrees to if the card is kept too, and the card that is kept already."""
    texts, payer = form.wording_texts(), form.invoices[0].payer
    archived = isinstance(payer, Member) and payer.archived_at is not None
    return {
        "texts": [(code, LANGUAGES[code], text) for code, text in texts.items()],
        "shown": digest(texts),
        "language": form["language"].value() or FALLBACK,
        "kept_already": card_at(payer, form.invoices[0].location),
        "may_keep": not archived,
    }


def _invoices(request: StaffRequest, data: QueryDict) -> list[Invoice]:
    """Return the chosen invoices that this person may see; 404 when one of them is not theirs."""
    wanted = set(data.getlist("invoice"))
    try:
        found = Invoice.objects.for_user(request.user).filter(uuid__in=[UUID(text) for text in wanted])
    except (ValueError, ValidationError):
        raise Http404 from None
    rows = list(found.select_related("location", "member", "company").order_by("due_date", "pk"))
    if len(rows) != len(wanted):
        raise Http404
    return [row for row in rows if row.open_amount and row.state == "issued"]
