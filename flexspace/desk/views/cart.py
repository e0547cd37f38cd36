"""What is in the cart: put in, moved to another day, taken out; parked, resumed, dropped."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from billing.models import Invoice, Sale
from billing.services import sales
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from flexspace.core.one_use import AlreadyUsed, claim_token, keep_result
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.refusals import say_refused
from flexspace.core.roles import Permission
from flexspace.desk.forms import AddForm, MoveForm
from flexspace.desk.here import counter
from flexspace.desk.signup import remember_keep
from flexspace.desk.views.page import start_url, the_payer, the_sale
from members.models import Company, Member
from members.queries import member_list


def ticked(request: StaffRequest, place: Location) -> list[Invoice]:
    """Return the invoices whose boxes are ticked, of those this person may see at ``place``."""
    wanted = []
    for text in request.POST.getlist("invoice")[:50]:
        try:
            wanted.append(UUID(text))
        except ValueError:
            continue
    return list(Invoice.objects.for_user(request.user).open().filter(uuid__in=wanted, location=place))


def keep_choices(request: StaffRequest, sale: Sale) -> None:
    """Keep what the form says beside its button: the ticks, whether the buyer comes in, and whether a card is kept."""
    remember_keep(request, sale)
    sales.choose(
        sale=sale, also=ticked(request, sale.invoice.location), check_in="check_in" in request.POST, now=timezone.now()
    )


@require(Permission.SELL)
@require_POST
def add_first(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponse:
    """Open a sale to somebody with its first product."""
    place, payer = counter(request), the_payer(request.user, kind, str(uuid))
    if place is None:
        raise Http404
    try:
        with transaction.atomic():
            by, now = Actor.of(request.user), timezone.now()
            form = _added(request, place, payer)
            claim = claim_token(form["token"], by=by, purpose="desk.add")
            sale = sales.open_sale(by=by, location=place, payer=payer, also=ticked(request, place), now=now)
            _put(sale, form, by)
            keep_result(claim, str(sale.uuid))
    except AlreadyUsed as used:
        return redirect("desk:sale", used.result)
    except DomainError as error:
        say_refused(request, error)
        return HttpResponseRedirect(start_url(payer))
    return redirect("desk:sale", sale.uuid)


@require(Permission.SELL)
@require_POST
def add(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Put another product into a sale."""
    sale = the_sale(request.user, uuid)
    try:
        with transaction.atomic():
            by = Actor.of(request.user)
            form = _added(request, sale.invoice.location, sale.invoice.payer)
            keep_result(claim_token(form["token"], by=by, purpose="desk.add"), str(sale.uuid))
            keep_choices(request, sale)
            _put(sale, form, by)
    except AlreadyUsed:
        pass
    except DomainError as error:
        say_refused(request, error)
    return redirect("desk:sale", uuid)


def _added(request: StaffRequest, place: Location, payer: Member | Company) -> dict[str, Any]:
    people = member_list(request.user)
    form = AddForm(
        request.POST, place=place, people=people.filter(company=payer) if isinstance(payer, Company) else people
    )
    if not form.is_valid():
        raise DomainError("That could not be added. Choose again.", code="not_on_the_shelf")
    return form.cleaned_data


def _put(sale: Sale, data: dict[str, Any], by: Actor) -> None:
    sales.add(
        by=by, sale=sale, product=data["product"], for_member=data["for_member"], day=data["day"], part=data["part"],
        now=timezone.now(),
    )  # fmt: skip


@require(Permission.SELL)
@require_POST
def move(request: StaffRequest, uuid: UUID, line: int) -> HttpResponse:
    """Let a pass be for another day or half."""
    sale = the_sale(request.user, uuid)
    row = sale.invoice.lines.filter(pk=line).first()
    form = MoveForm({"day": request.POST.get(f"day-{line}"), "part": request.POST.get(f"part-{line}")})
    if not form.is_valid() or row is None:
        messages.error(request, "Choose a day from today on.")
        return redirect("desk:sale", uuid)
    day, part = form.chosen(row)
    try:
        with transaction.atomic():
            keep_choices(request, sale)
            sales.move(by=Actor.of(request.user), sale=sale, line_id=line, day=day, part=part, now=timezone.now())
    except DomainError as error:
        say_refused(request, error)
    return redirect("desk:sale", uuid)


@require(Permission.SELL)
@require_POST
def remove(request: StaffRequest, uuid: UUID, line: int) -> HttpResponse:
    """Take a line out."""
    sale = the_sale(request.user, uuid)
    try:
        with transaction.atomic():
            keep_choices(request, sale)
            sales.remove(by=Actor.of(request.user), sale=sale, line_id=line, now=timezone.now())
    except DomainError as error:
        say_refused(request, error)
    return redirect("desk:sale", uuid)


@require(Permission.SELL)
@require_POST
def choose(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Keep which open invoices are paid with the sale, and whether the buyer comes in."""
    keep_choices(request, the_sale(request.user, uuid))
    return redirect("desk:sale", uuid)


@require(Permission.SELL)
@require_POST
def park(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Put the sale aside, for the next person."""
    sale = the_sale(request.user, uuid)
    keep_choices(request, sale)
    sales.park(sale=sale, now=timezone.now())
    return redirect("desk:sell")


@require(Permission.SELL)
@require_POST
def resume(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Go on with a parked sale; a seat that is gone meanwhile is said."""
    sale = the_sale(request.user, uuid)
    sales.resume(sale=sale, now=timezone.now())
    try:
        sales.hold_again(sale=sale, now=timezone.now())
    except Conflict as full:
        messages.warning(request, full.message)
    return redirect("desk:sale", uuid)


@require(Permission.SELL)
@require_POST
def drop(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Give up a sale that nobody paid."""
    sale = the_sale(request.user, uuid)
    try:
        sales.drop(by=Actor.of(request.user), sale=sale, reason="Dropped at the counter", now=timezone.now())
    except DomainError as error:
        say_refused(request, error)
        return redirect("desk:sale", uuid)
    messages.success(request, "The sale was dropped. Its seat is free again.")
    return redirect("desk:sell")
