"""The charge screen and its keys."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import ModelChoiceField
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from flexspace.core.actors import Actor
from flexspace.core.back import back_to
from flexspace.core.enqueue import enqueue
from flexspace.core.errors import DomainError, NotAllowed
from flexspace.core.models import Location
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal import explain
from terminal.enums import CancelReason
from terminal.live import attempt_context, find_attempt, go_on
from terminal.models import Attempt, Reader
from terminal.services.cancel import request_cancel
from terminal.services.collect import try_again
from terminal.services.split import cash_instead
from terminal.services.step import advance
from terminal.tasks import advance_attempt
from terminal.views.desk_reader import remember, remembered
from terminal.views.picker import picker


@require(Permission.VIEW)
@require_GET
def attempt(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show the charge screen: reload, second tab and second device show the same.

    A payment that went on elsewhere leads there while that one runs: there stands who has the card out.
    """
    context = attempt_context(request, find_attempt(request, uuid))
    return go_on(request, context) or TemplateResponse(request, "terminal/attempt.html", context)


def _act(request: StaffRequest, row: Attempt) -> HttpResponse:
    """Return to the screen and let the worker, or the screen itself, take the next step."""
    enqueue(advance_attempt, row.pk)
    return _screen(request, row)


def _screen(request: StaffRequest, row: Attempt) -> HttpResponse:
    """Return to the screen, or to the sale's page that shows it."""
    here, back = reverse("terminal:attempt", args=[row.uuid]), back_to(request)
    return redirect(_sale(request) or (f"{here}?{urlencode({'back': back})}" if back else here))


def _sale(request: StaffRequest) -> str:
    """Return the page of the sale that the screen is part of; "" when it is part of none."""
    return back_to(request, under=reverse("desk:sell"))


@require(Permission.CHARGE)
@require_POST
def attempt_cancel(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Want the payment to end; Stripe has the last word."""
    row = find_attempt(request, uuid)
    if row.actor_id != request.user.pk and not request.user.may(Permission.CHARGE_CANCEL_ANY):
        raise NotAllowed("Only a colleague with that right may cancel this payment.", code="not_yours")
    try:
        request_cancel(row.pk, by=Actor.of(request.user), now=timezone.now(), reason=CancelReason.STAFF)
    except DomainError as error:
        messages.info(request, error.message)
    return _act(request, row)


@require(Permission.CHARGE)
@require_POST
def attempt_again(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Present the same payment again on its reader."""
    row = find_attempt(request, uuid)
    try:
        try_again(row.pk, by=Actor.of(request.user), now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    return _act(request, row)


def _reader_at(location: Location, chosen: str | None) -> Reader:
    """Return the chosen reader if it can charge at ``location``, else 404; what is no id is nobody's."""
    usable = Reader.objects.usable().filter(stripe_location__location=location)
    try:
        found: Reader = ModelChoiceField(usable).clean(chosen)
    except ValidationError:
        raise Http404 from None
    return found


@require(Permission.CHARGE)
@require_http_methods(["GET", "POST"])
def attempt_elsewhere(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Choose another reader, and go on there."""
    row = find_attempt(request, uuid)
    if request.method == "GET":
        choices = picker(row.location, remembered(request), without=row.reader)
        screen = explain.screen(row, now=timezone.now())
        context = {"attempt": row, "choices": choices, "screen": screen, "back": back_to(request)}
        return TemplateResponse(request, "terminal/elsewhere.html", context)
    reader = _reader_at(row.location, request.POST.get("reader"))
    try:
        try_again(row.pk, by=Actor.of(request.user), now=timezone.now(), reader=reader)
    except DomainError as error:
        messages.error(request, error.message)
    response = _act(request, row)
    remember(response, reader)
    return response


@require(Permission.PAYMENT_RECORD)
@require_POST
def attempt_cash(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """End the payment at Stripe first; only then may cash be recorded for the same invoices."""
    row = find_attempt(request, uuid)
    if row.is_live and row.money:
        try:
            request_cancel(row.pk, by=Actor.of(request.user), now=timezone.now(), reason=CancelReason.STAFF)
        except DomainError as error:
            messages.info(request, error.message)
        advance(row.pk, now=timezone.now(), on_page=True, steps=1)
        row.refresh_from_db()
    if row.is_live or row.state == "succeeded" or not row.money:
        return _screen(request, row)
    sale, split = _sale(request), cash_instead(by=Actor.of(request.user), attempt=row)
    if sale and "?" not in sale:  # it asks for the cash itself
        return redirect(f"{sale}?pay=cash")
    if split:  # it asks for the cash of its row
        return redirect("terminal:split", split.uuid)
    query = [("invoice", str(part.invoice.uuid)) for part in row.allocations.all()]
    return redirect(f"{reverse('billing:payment_record')}?{urlencode([*query, ('amount', row.money.plain())])}")
