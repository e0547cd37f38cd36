"""Invoices and receipts on paper, and the receipt as a page."""

from uuid import UUID

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone

from billing import queries
from billing.models import CreditNote, Payment
from billing.papers import credit_note_paper, file_name, invoice_paper, pdf_answer, receipt_paper
from billing.pdf import credit_note_pdf, invoice_pdf, receipt_pdf
from billing.views.invoices import the_invoice
from flexspace.core.models import User
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission

# The browser's own viewer is a plug-in to some browsers, and these answers hold nothing else to load.
shows_pdf = csp_replace({"object-src": [SELF]})


def the_payment(user: User, uuid: UUID) -> Payment:
    """Return the payment with its payer, or raise Http404 outside the person's locations."""
    found: Payment = get_object_or_404(queries.payment_list(user), uuid=uuid)
    return found


@shows_pdf
@require(Permission.VIEW)
def invoice_file(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Answer the invoice as a PDF; a draft says that it is none."""
    invoice = the_invoice(request.user, uuid)
    paper = invoice_paper(invoice, today=invoice.location.today(timezone.now()))
    return pdf_answer(invoice_pdf(paper), file_name("invoice", str(invoice)))


@shows_pdf
@require(Permission.VIEW)
def receipt_file(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Answer the receipt of a payment as a PDF."""
    payment = the_payment(request.user, uuid)
    return pdf_answer(receipt_pdf(receipt_paper(payment)), file_name("receipt", payment.reference))


@shows_pdf
@require(Permission.VIEW)
def credit_note_file(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Answer a credit note as a PDF."""
    notes = CreditNote.objects.for_user(request.user)
    note = get_object_or_404(notes.select_related("location", "invoice__member", "invoice__company"), uuid=uuid)
    return pdf_answer(credit_note_pdf(credit_note_paper(note)), file_name("credit-note", note.number))


@require(Permission.VIEW)
def payment_receipt(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show the receipt of a payment, to read it out or to print it."""
    payment = the_payment(request.user, uuid)
    context = {"payment": payment, "paper": receipt_paper(payment)}
    return TemplateResponse(request, "billing/payment_receipt.html", context)
