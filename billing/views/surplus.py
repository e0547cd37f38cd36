"""What was paid too much on an invoice: the choice of another that it pays."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from billing.forms.refunds import SurplusForm
from billing.models import Invoice
from billing.queries.surplus import MOST, may_take, movable
from billing.services.surplus import move_surplus
from billing.views.invoices import the_invoice
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.money import Money
from flexspace.core.one_use import AlreadyUsed
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission


@require(Permission.PAYMENT_RECORD)
def surplus_use(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Ask which open invoice of the same payer it pays, the oldest first, and let it."""
    invoice = the_invoice(request.user, uuid)
    over = sum(part for _payment, part in movable(invoice))
    form = SurplusForm(request.POST or None, invoices=may_take(invoice)[:MOST])
    if request.method == "POST" and form.is_valid():
        target, by = form.invoices[form.cleaned_data["invoice"]], Actor.of(request.user)
        token = form.cleaned_data["token"]
        try:
            moved = move_surplus(by=by, source=invoice, target=target, now=timezone.now(), token=token)
        except AlreadyUsed as used:
            messages.info(request, used.message)
            return redirect("billing:invoice_detail", target.uuid)
        except DomainError as error:
            form.blame(error)
        else:
            messages.success(request, f"{moved} that was too much on {invoice} pays {target}.")
            return redirect("billing:invoice_detail", target.uuid)
    elif not over or not form.invoices:
        messages.info(request, _why_none(invoice, Money(over, invoice.currency)))
        return redirect("billing:invoice_detail", uuid)
    context = {"form": form, "invoice": invoice, "over": Money(over, invoice.currency)}
    return TemplateResponse(request, "billing/surplus_use.html", context)


def _why_none(invoice: Invoice, over: Money) -> str:
    """Return why nothing can be used."""
    if not over:
        return f"Nothing on {invoice} is there to be used for another invoice."
    return f"{over} is over on {invoice}, but no other invoice of {invoice.payer.name} is open."
