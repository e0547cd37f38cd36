"""How a sale is paid: on a reader, in cash, or for nothing. Choosing it issues the sale."""

from collections.abc import Callable
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from billing.services import sales
from flexspace.core.actors import Actor
from flexspace.core.enqueue import enqueue
from flexspace.core.errors import DomainError
from flexspace.core.htmx import redirect as away
from flexspace.core.money import Money
from flexspace.core.one_use import AlreadyUsed
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.refusals import say_refused
from flexspace.core.roles import Permission
from flexspace.desk import till
from flexspace.desk.forms import CashForm
from flexspace.desk.here import counter
from flexspace.desk.signup import agreed
from flexspace.desk.stage import sale_context
from flexspace.desk.views.cart import keep_choices, ticked
from flexspace.desk.views.page import PAGE, start_url, the_payer, the_sale
from terminal.models import Attempt, Reader
from terminal.services import collect
from terminal.services.collect import BeingTaken
from terminal.tasks import advance_attempt
from terminal.views.desk_reader import remember


class ChargeForm(forms.Form):
    """The reader, and the form's one use."""

    token = forms.UUIDField()
    reader = forms.ModelChoiceField(queryset=Reader.objects.none())


def chosen_reader(request: StaffRequest) -> tuple[Reader, UUID] | None:
    """Return the reader that was chosen, and the form's one use; None without a reader of the person's locations."""
    form = ChargeForm(request.POST)
    field = form.fields["reader"]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = Reader.objects.for_user(request.user).select_related("config", "stripe_location__location")
    return (form.cleaned_data["reader"], form.cleaned_data["token"]) if form.is_valid() else None


def _screen(request: StaffRequest, attempt: UUID | str, back: str) -> HttpResponse:
    """Go to the charge screen, a page of its own, from which its keys lead to ``back``."""
    return away(request, f"{reverse('terminal:attempt', args=[attempt])}?{urlencode({'back': back})}")


def _start(
    request: StaffRequest, back: str, begin: Callable[[Reader, UUID], Attempt], *, stay: bool = False
) -> HttpResponse:
    """Begin a charge on the chosen reader; ``stay`` on ``back`` when that shows it, else show its screen.

    What is wrong is said at ``back``.
    """
    chosen = chosen_reader(request)
    if chosen is None:
        messages.error(request, "Choose a reader.")
        return HttpResponseRedirect(back)
    reader, token = chosen
    try:
        attempt = begin(reader, token)
    except AlreadyUsed as used:
        return HttpResponseRedirect(back) if stay else _screen(request, used.result, back)
    except BeingTaken as taken:
        messages.info(request, taken.message)
        return _screen(request, taken.attempt.uuid, back)
    except DomainError as error:
        say_refused(request, error)
        return HttpResponseRedirect(back)
    enqueue(advance_attempt, attempt.pk)
    response = HttpResponseRedirect(back) if stay else _screen(request, attempt.uuid, back)
    remember(response, reader)
    return response


@require(Permission.CHARGE)
@require_POST
def charge(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Charge a sale on a reader; its own page follows the payment."""
    sale, by = the_sale(request.user, uuid), Actor.of(request.user)

    @transaction.atomic
    def begin(reader: Reader, token: UUID) -> Attempt:
        keep_choices(request, sale)
        wish = agreed(request, sale.invoice.payer, sale.invoice.location)
        return till.charge(by=by, sale=sale, reader=reader, now=timezone.now(), token=token, agreed=wish)

    return _start(request, reverse("desk:sale", args=[uuid]), begin, stay=True)


@require(Permission.CHARGE)
@require_POST
def collect_owed(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponse:
    """Charge the ticked invoices of somebody who buys nothing."""
    place, payer, by = counter(request), the_payer(request.user, kind, str(uuid)), Actor.of(request.user)
    if place is None:
        raise Http404
    parts = [(invoice, invoice.open) for invoice in ticked(request, place)]

    def begin(reader: Reader, token: UUID) -> Attempt:
        return collect.start(by=by, parts=parts, reader=reader, now=timezone.now(), token=token)

    return _start(request, start_url(payer), begin)


@require(Permission.PAYMENT_RECORD)
@require_POST
def cash(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Book cash for the whole sale; its page says what goes back."""
    sale, now = the_sale(request.user, uuid), timezone.now()
    keep_choices(request, sale)
    context = sale_context(request, sale.invoice.location, sale, now)
    if context["stage"] not in ("open", "unpaid"):
        return redirect("desk:sale", uuid)
    form = CashForm(request.POST, total=context["total"])
    if not form.is_valid():
        return TemplateResponse(request, PAGE, {**context, "cash": form}, status=422)
    shown, token = Money(form.cleaned_data["shown"], form.total.currency), form.cleaned_data["token"]
    try:
        by = Actor.of(request.user)
        till.take_cash(by=by, sale=sale, shown=shown, change=form.change, now=now, token=token)
    except AlreadyUsed:
        pass
    except DomainError as error:
        say_refused(request, error)
    return redirect("desk:sale", uuid)


@require(Permission.CHARGE)
@require_POST
def link(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Issue a sale that is paid by a link, and show the link."""
    return _issued(request, uuid, "terminal:pay_link")


@require(Permission.CHARGE)
@require_POST
def split(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Issue a sale that is paid in several ways, and ask which."""
    return _issued(request, uuid, "terminal:split_new")


def _issued(request: StaffRequest, uuid: UUID, then: str) -> HttpResponse:
    """Issue a sale and go to the page of its invoice that takes the money."""
    sale = the_sale(request.user, uuid)
    keep_choices(request, sale)
    try:
        invoice = sales.issue(by=Actor.of(request.user), sale=sale, now=timezone.now())
    except DomainError as error:
        say_refused(request, error)
        return redirect("desk:sale", uuid)
    return away(request, then, invoice.uuid)


@require(Permission.SELL)
@require_POST
def complete(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Give what costs nothing."""
    sale = the_sale(request.user, uuid)
    try:
        till.complete(by=Actor.of(request.user), sale=sale, now=timezone.now())
    except DomainError as error:
        say_refused(request, error)
    return redirect("desk:sale", uuid)
