"""A pay link at the desk: its QR code on our screen, to copy, or by mail."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from billing.enums import InvoiceState
from billing.models import Invoice
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.htmx import page_or_partial
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.qr import qr_picture
from flexspace.core.roles import Permission
from terminal.enums import AttemptState, CancelReason, SplitWay
from terminal.forms.links import MailLinkForm
from terminal.live import find_attempt
from terminal.models import Split
from terminal.queries import live_attempt_on
from terminal.services.cancel import request_cancel
from terminal.services.link_mail import mail_pay_link
from terminal.services.pay_links import pay_url
from terminal.services.step import advance
from terminal.views.link_mail import mail_it


@require(Permission.CHARGE)
@require_http_methods(["GET", "POST"])
def pay_link(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show the link of an invoice, or mail it."""
    rows = Invoice.objects.for_user(request.user).filter(state=InvoiceState.ISSUED)
    invoice = get_object_or_404(rows.select_related("location", "member", "company"), uuid=uuid)
    form = MailLinkForm(request.POST or None, initial={"to": invoice.payer.email})
    if request.method == "POST" and form.is_valid():
        mail_it(request, form, partial(mail_pay_link, invoice=invoice))
        return redirect("terminal:pay_link", invoice.uuid)
    url = pay_url(invoice, now=timezone.now())
    context = {
        "invoice": invoice,
        "form": form,
        "url": url,
        "qr": qr_picture(url),
        "live": live_attempt_on(invoice.pk),
        "split": Split.objects.filter(invoice=invoice, ended_at=None, rows__way=SplitWay.LINK).first(),
    }
    answer: TemplateResponse = page_or_partial(request, "terminal/links/pay_link.html", "body", context)
    answer.status_code = 422 if form.errors else 200
    return answer


@require(Permission.CHARGE)
@require_POST
def attempt_link(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """End the payment at Stripe first; only then may the customer pay by link."""
    row = find_attempt(request, uuid)
    if row.amount is None:  # a card is being kept: there is nothing to pay
        return redirect("terminal:attempt", row.uuid)
    if row.is_live:
        try:
            request_cancel(row.pk, by=Actor.of(request.user), now=timezone.now(), reason=CancelReason.BY_LINK)
        except DomainError as error:
            messages.info(request, error.message)
        advance(row.pk, now=timezone.now(), on_page=True, steps=1)
        row.refresh_from_db()
    if row.is_live or row.state == AttemptState.SUCCEEDED:
        return redirect("terminal:attempt", row.uuid)
    return redirect("terminal:pay_link", row.allocations.all()[0].invoice.uuid)
