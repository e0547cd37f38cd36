"""A plan for the sale: choose it and its first day, see what it costs now, add it."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from billing.models import Sale
from billing.queries import lock_invoices
from billing.services import sales, signups
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import Location
from flexspace.core.one_use import AlreadyUsed, claim_token, keep_result
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.desk.here import counter
from flexspace.desk.signup import SignUpForm
from flexspace.desk.stage import frame
from flexspace.desk.views.page import the_payer, the_sale
from members.models import Company, Member


@require(Permission.MEMBERSHIP_WRITE)
@require_http_methods(["GET", "POST"])
def sign_up(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponse:
    """Show the plans for somebody, or put one into their sale (``?sale=``), which is opened when there is none."""
    place, payer, sale = _here(request, kind, uuid)
    now = timezone.now()
    form = SignUpForm(request.POST or None, payer=payer, today=place.today(now), paid=_paid(payer, place, sale))
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("desk:sale", _add(request, place, payer, sale, form.cleaned_data))
        except AlreadyUsed as used:
            return redirect("desk:sale", used.result)
        except DomainError as error:
            form.blame(error)
    context = {**frame(request, place, now, sale=sale), "payer": payer, "kind": kind, "form": form}
    return TemplateResponse(request, "desk/signup.html", context, status=422 if form.errors else 200)


@require(Permission.MEMBERSHIP_WRITE)
@require_safe
def sign_up_preview(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponse:
    """Say what the chosen plan costs now and then, while the form is being filled in."""
    place, payer, sale = _here(request, kind, uuid)
    today = place.today(timezone.now())
    form = SignUpForm(request.GET, payer=payer, today=today, paid=_paid(payer, place, sale))
    return TemplateResponse(request, "members/membership_preview.html", {"said": form.preview()})


def _here(request: StaffRequest, kind: str, uuid: UUID) -> tuple[Location, Member | Company, Sale | None]:
    """Return the counter, who stands at it, and their sale; 404 at a location that sells them nothing."""
    payer, wanted = the_payer(request.user, kind, str(uuid)), request.GET.get("sale", "")
    try:
        sale = the_sale(request.user, UUID(wanted)) if wanted else None
    except ValueError:
        raise Http404 from None
    place = sale.invoice.location if sale else counter(request)
    if place is None or payer.location_id != place.pk or (sale and sale.invoice.payer != payer):
        raise Http404
    return place, payer, sale


def _paid(payer: Member | Company, place: Location, sale: Sale | None) -> signups.Paid | None:
    """Return the pass that can count; it counts once in a sale."""
    found = signups.pass_paid_today(payer, place, now=timezone.now())
    taken = [line.pass_that_counts for line in sale.invoice.lines.all()] if sale and found else []
    return None if found is None or str(found.day_pass.uuid) in taken else found


@transaction.atomic
def _add(
    request: StaffRequest, place: Location, payer: Member | Company, sale: Sale | None, data: dict[str, Any]
) -> UUID:
    by, now = Actor.of(request.user), timezone.now()
    claim = claim_token(data["token"], by=by, purpose="desk.sign_up")
    what = {"plan": data["plan"], "person": data.get("person"), "starts_on": data["starts_on"]}
    if sale:
        lock_invoices([sale.invoice_id])  # before the people that are asked about
    signups.check_choice(payer=payer, today=place.today(now), **what)
    first = signups.first_line(**what)
    row = sale or sales.open_sale(by=by, location=place, payer=payer, now=now)
    sales.add_line(by=by, sale=row, line=first, now=now)
    paid = signups.pass_paid_today(payer, place, now=now) if data.get("with_pass") else None
    less = signups.credit_line(first, paid, place=place) if paid else None
    if less:
        sales.add_line(by=by, sale=row, line=less, now=now)
    keep_result(claim, str(row.uuid))
    return row.uuid
