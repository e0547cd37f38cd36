"""Drafts: started for a payer, edited line by line."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from billing.forms import LineForm
from billing.services import invoicing
from billing.views.invoices import the_invoice
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import User
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from members.models import Company, Member
from members.queries import search


def the_payer(user: User, kind: str, uuid: UUID) -> Member | Company:
    """Return the payer of a url (``kind``: member or company), or raise Http404 outside the person's locations."""
    rows = (Member if kind == "member" else Company).objects.for_user(user)
    found: Member | Company = get_object_or_404(rows.select_related("location"), uuid=uuid)
    return found


@require(Permission.INVOICE_WRITE)
def payer_choose(request: StaffRequest) -> TemplateResponse:
    """Find who a new invoice is for."""
    text = request.GET.get("q", "").strip()
    context = {"q": text, "found": search(request.user, text, limit=20)}
    return TemplateResponse(request, "billing/payer_choose.html", context)


@require(Permission.INVOICE_WRITE)
def draft_new(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponseBase:
    """Start an invoice for a payer with its first line."""
    payer = the_payer(request.user, kind, uuid)
    form = LineForm(request.POST or None, location=payer.location)
    if request.method == "POST" and form.is_valid():
        who = {"member": payer} if isinstance(payer, Member) else {"company": payer}
        try:
            draft = invoicing.create_draft(
                by=Actor.of(request.user), location=payer.location, lines=[form.line()], **who
            )
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect("billing:draft_edit", draft.uuid)
    return TemplateResponse(request, "billing/draft_new.html", {"form": form, "payer": payer, "kind": kind})


@require(Permission.INVOICE_WRITE)
def draft_edit(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Show a draft's lines and add one."""
    invoice = the_invoice(request.user, uuid)
    form = LineForm(request.POST or None, location=invoice.location)
    if request.method == "POST" and form.is_valid():
        try:
            invoicing.add_line(by=Actor.of(request.user), invoice=invoice, line=form.line())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect("billing:draft_edit", uuid)
    context = {"form": form, "invoice": invoice, "lines": list(invoice.lines.all())}
    return TemplateResponse(request, "billing/draft_edit.html", context)


@require(Permission.INVOICE_WRITE)
@require_POST
def line_remove(request: StaffRequest, uuid: UUID, position: int) -> HttpResponse:
    """Take a line off a draft."""
    invoice = the_invoice(request.user, uuid)
    try:
        invoicing.remove_line(by=Actor.of(request.user), invoice=invoice, position=position)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("billing:draft_edit", uuid)
