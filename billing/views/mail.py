"""Mails: an invoice or a receipt by hand, the outbox, one mail, and sending it again."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from billing.emails import credit_notes_of, letter_of
from billing.enums import NoticeKind, NoticeState
from billing.explain.notices import about, notice_badge, told_notices
from billing.forms import MailForm
from billing.models import Invoice, Notice, Payment
from billing.queries.notices import NEWEST, NOTICE_TABS, notice_list, notices_about, own_receipts
from billing.services.notices import send_again
from billing.services.receipts import mail_invoice, send_receipt, stop_receipt
from billing.tasks import send_notice
from billing.views.invoices import the_invoice
from billing.views.papers import the_payment
from flexspace.core.actors import Actor
from flexspace.core.back import back_to
from flexspace.core.enqueue import enqueue
from flexspace.core.errors import DomainError
from flexspace.core.htmx import STOP_POLLING, page_or_partial
from flexspace.core.keyset import keyset_page
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission


@require(Permission.MAIL)
def invoice_mail(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Mail an invoice to its payer, or to the address that is typed instead."""
    invoice = the_invoice(request.user, uuid)
    if not invoice.number:
        messages.info(request, "A draft is not mailed. Issue it first.")
        return redirect("billing:invoice_detail", uuid)
    return _mail_page(
        request,
        invoice,
        there="billing:invoice_detail",
        send=lambda by, to, token: mail_invoice(by=by, invoice=invoice, to=to, token=token, now=timezone.now()),
    )


@require(Permission.MAIL)
def receipt_mail(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Mail the receipt of a payment to its payer or to another address, or to nobody while none has gone out."""
    payment = the_payment(request.user, uuid)
    if request.method == "POST" and "none" in request.POST:
        try:
            stop_receipt(by=Actor.of(request.user), payment=payment)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "No receipt is mailed.")
        return redirect(back_to(request) or reverse("billing:payment_detail", args=[uuid]))
    waiting = [row for row in own_receipts(payment) if row.is_open]
    return _mail_page(
        request,
        payment,
        there="billing:payment_detail",
        send=lambda by, to, token: send_receipt(by=by, payment=payment, to=to, token=token, now=timezone.now()),
        waiting=waiting[0] if waiting else None,
    )


def _mail_page(
    request: StaffRequest,
    row: Invoice | Payment,
    *,
    there: str,
    send: Callable[[Actor, str, UUID], Notice],
    waiting: Notice | None = None,
) -> HttpResponseBase:
    """Ask for the address, then have the mail sent; the same form again lands on the same mail.

    ``waiting`` is a mail that goes by itself and may still be stopped.
    """
    payer, there = row.member or row.company, back_to(request) or reverse(there, args=[row.uuid])
    form = MailForm(request.POST or None, to=waiting.to if waiting else payer.email if payer else "")
    if request.method == "POST" and form.is_valid():
        try:
            notice = send(Actor.of(request.user), form.cleaned_data["to"], form.cleaned_data["token"])
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            enqueue(send_notice, notice.pk)
            messages.success(request, f"{about(notice)} is on its way to {notice.to}.")
            return redirect(there)
    context: dict[str, Any] = {"form": form, "row": row, "is_invoice": isinstance(row, Invoice), "payer": payer}
    context |= {"waiting": waiting, "there": there, "back": back_to(request)}
    return TemplateResponse(request, "billing/mail_form.html", context)


@require(Permission.VIEW)
def receipt_state(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Say what became of the receipt of a payment, for pages on which it was just taken."""
    payment = the_payment(request.user, uuid)
    payer = payment.member or payment.company
    rows = notices_about(request.user, payment)
    waits = any(row.state in (NoticeState.QUEUED, NoticeState.SENDING) for row in rows)
    context = {
        "payment": payment,
        "notice": next((row for row in rows if row.kind != NoticeKind.STRIPE_RECEIPT), None),
        "stripes": next((row for row in rows if row.kind == NoticeKind.STRIPE_RECEIPT), None),
        "has_address": bool(payer and payer.email),
        "back": request.htmx.current_url_abs_path or "" if request.htmx else "",
        "key": "key" in request.GET,
    }
    return TemplateResponse(request, "billing/receipt_state.html", context, status=200 if waits else STOP_POLLING)


@require(Permission.MAIL)
def outbox(request: StaffRequest) -> TemplateResponse:
    """Show mails, newest first: what they are about, to whom, and what became of them."""
    tab = request.GET.get("tab", "all")
    tab = tab if tab in NOTICE_TABS else "all"
    page = keyset_page(notice_list(request.user, tab=tab), order=NEWEST, cursor=request.GET.get("at", ""))
    rows = told_notices(page.rows)
    context = {"rows": rows, "page": page, "tabs": NOTICE_TABS, "tab": tab}
    return page_or_partial(request, "billing/outbox.html", "rows", context)


@require(Permission.MAIL)
def notice_detail(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show one mail: as it was sent, or as it would be sent now."""
    notice = _the_notice(request, uuid)
    kept = notice.facts.get("sent")
    by_stripe = notice.kind == NoticeKind.STRIPE_RECEIPT
    letter = None if kept or by_stripe else letter_of(notice)
    context = {
        "notice": notice,
        "about": about(notice),
        "badge": notice_badge(notice),
        "subject": kept["subject"] if kept else letter.subject if letter else about(notice),
        "text": kept["text"] if kept else letter.text if letter else "",
        "by_stripe": by_stripe,
        "notes": credit_notes_of(notice),
        "failed": notice.state == NoticeState.FAILED,
    }
    return TemplateResponse(request, "billing/notice_detail.html", context)


@require(Permission.MAIL)
@require_POST
def notice_again(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Send a mail again that was not sent."""
    notice = _the_notice(request, uuid)
    try:
        send_again(by=Actor.of(request.user), notice=notice, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        enqueue(send_notice, notice.pk)
        messages.success(request, f"On its way to {notice.to} again.")
    return redirect("billing:notice_detail", uuid)


def _the_notice(request: StaffRequest, uuid: UUID) -> Notice:
    found: Notice = get_object_or_404(notice_list(request.user), uuid=uuid)
    return found
