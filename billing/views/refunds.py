"""Refunds: the form, and a manager's word about one that was made in Stripe's Dashboard."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from billing.enums import RefundMethod, RefundOutcome
from billing.explain.refunds import what_goes_on, what_they_get
from billing.forms.refunds import RefundForm
from billing.models import Invoice, Payment, Refund
from billing.queries.billed import billed_of
from billing.queries.refunds import memberships_given, passes_given, refundable
from billing.services.refunds import Asker, ask, decide_outcome, method_of, refusal
from billing.views.papers import the_payment
from flexspace.core.accounts import typed_password_lately
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.one_use import AlreadyUsed
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from members.models import Membership


@require(Permission.REFUND)
def refund_new(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Ask how much of a payment goes back, and reserve it; ``?invoice=<uuid>`` fills in that one's part only."""
    payment = the_payment(request.user, uuid)
    form, context = _form(request, payment)
    if not form.parts:
        messages.info(request, "Nothing of this payment can go back any more.")
        return redirect("billing:payment_detail", uuid)
    if request.method == "POST" and form.is_valid():
        by, now, token = Actor.of(request.user), timezone.now(), form.cleaned_data["token"]
        try:
            refund = ask(by=by, asker=_asker(request), payment=payment, wish=form.wish(), now=now, token=token)
        except AlreadyUsed as used:
            messages.info(request, used.message)
            return redirect("billing:payment_detail", uuid)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            if refund.on_reader:
                return redirect("terminal:refund_reader", refund.uuid)
            if not refund.is_live:
                messages.success(request, f"{refund.money} was written down as given back.")
            return redirect("billing:payment_detail", uuid)
    return TemplateResponse(request, "billing/refund_new.html", context)


def _form(request: StaffRequest, payment: Payment) -> tuple[RefundForm, dict[str, Any]]:
    left = refundable(payment)
    invoices = [part.invoice for part in payment.parts]
    wanted = request.GET.get("invoice", "")
    focus = next((invoice.pk for invoice in invoices if str(invoice.uuid) == wanted), None)
    given = passes_given([invoice.pk for invoice in invoices])
    form = RefundForm(request.POST or None, payment=payment, left=left, invoices=invoices, given=given, focus=focus)
    right, said = refusal(_asker(request), payment, max(0, left.total), now=timezone.now())
    context = {
        "form": form,
        "payment": payment,
        "used": [one for one in given if one.left <= 0],
        "memberships": _going_on(payment, invoices),
        "gets": what_they_get(payment, by_card=method_of(payment) is RefundMethod.CARD),
        "right": right,
        "said": said,
    }
    return form, context


def _going_on(payment: Payment, invoices: list[Invoice]) -> list[tuple[Membership, str]]:
    """Return the memberships that the invoices are for, and what becomes of each: nothing ends with a refund."""
    now = timezone.now()
    rows = memberships_given([invoice.pk for invoice in invoices])
    billed = billed_of(rows, now=now)
    return [(row, what_goes_on(row, payment.location.today(now), billed[row.pk])) for row in rows]


def _asker(request: StaffRequest) -> Asker:
    return Asker(request.user.role, confirmed=typed_password_lately(request))


@require(Permission.FLAGS)
@require_POST
def refund_decide(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Say whether what went back in Stripe's Dashboard is still to be paid."""
    refund = get_object_or_404(Refund.objects.for_user(request.user).select_related("payment"), uuid=uuid)
    outcome = RefundOutcome.REOPEN if request.POST.get("outcome") == RefundOutcome.REOPEN else RefundOutcome.CREDIT
    try:
        decide_outcome(by=Actor.of(request.user), refund=refund, outcome=outcome, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        owed = outcome is RefundOutcome.REOPEN
        messages.success(request, "It is to be paid another way." if owed else "Nothing is owed any more.")
    return redirect("billing:payment_detail", refund.payment.uuid)
