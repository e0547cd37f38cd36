"""A refund under way: its next step, so that it works with no worker, and the reader that gives it back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from billing.models import Refund
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.htmx import nothing_new
from flexspace.core.one_use import AlreadyUsed
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal.forms.charge import ReaderForm
from terminal.services.reader_refund import BeingGivenBack, live_refund, start_refund, take_back
from terminal.services.refund_step import step_refund
from terminal.views.desk_reader import remembered, started
from terminal.views.picker import picker


@require(Permission.VIEW)
@require_POST
def refund_step(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Take the step that is due; 204 while nothing has changed, else the page reads itself anew."""
    refund = get_object_or_404(Refund.objects.for_user(request.user), uuid=uuid)
    if refund.is_live and step_refund(refund.pk, now=timezone.now()):
        refund.refresh_from_db(fields=["state", "version"])
    return nothing_new() if request.POST.get("seen") == refund.state else HttpResponseClientRefresh()


@require(Permission.REFUND)
@require_http_methods(["GET", "POST"])
def refund_reader(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Choose the reader that asks for the card that paid; one that has it already leads to its screen."""
    rows = Refund.objects.for_user(request.user).select_related("payment__member", "payment__company", "location")
    refund = get_object_or_404(rows, uuid=uuid)
    live = live_refund(refund)
    if live or not (refund.on_reader and refund.is_live):
        return redirect("terminal:attempt", live.uuid) if live else _to_payment(request, refund)
    form = ReaderForm(request.POST or None, location=refund.location, user=request.user)
    if request.method == "POST" and form.is_valid():
        answer = _start(request, refund, form)
        if answer:
            return answer
    context = {"form": form, "refund": refund, "choices": picker(refund.location, remembered(request))}
    return TemplateResponse(request, "terminal/refund_reader.html", context, status=422 if form.errors else 200)


@require(Permission.REFUND)
@require_POST
def refund_take_back(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """End a refund that waits for a reader, before one was chosen."""
    refund = get_object_or_404(Refund.objects.for_user(request.user).select_related("payment"), uuid=uuid)
    try:
        take_back(by=Actor.of(request.user), refund=refund, now=timezone.now())
    except BeingGivenBack as being:
        messages.info(request, being.message)
        return redirect("terminal:attempt", being.attempt.uuid)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{refund.money} is not refunded: nothing went back.")
    return redirect("billing:payment_detail", refund.payment.uuid)


def _to_payment(request: StaffRequest, refund: Refund) -> HttpResponse:
    messages.info(request, "This refund does not wait for a reader any more.")
    return redirect("billing:payment_detail", refund.payment.uuid)


def _start(request: StaffRequest, refund: Refund, form: ReaderForm) -> HttpResponse | None:
    """Start; None when the form should be shown again with what is wrong."""
    reader, token = form.cleaned_data["reader"], form.cleaned_data["token"]
    by, now = Actor.of(request.user), timezone.now()
    try:
        attempt = start_refund(by=by, refund=refund, reader=reader, now=now, token=token)
    except AlreadyUsed as used:
        return redirect("terminal:attempt", used.result)
    except BeingGivenBack as being:
        return redirect("terminal:attempt", being.attempt.uuid)
    except DomainError as error:
        form.add_error(None, error.message)
        return None
    return started(attempt, reader)
