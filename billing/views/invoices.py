"""Invoices: the list, Invoice Details, and what may be done with one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from billing import queries
from billing.explain import badge
from billing.explain.collecting import what_will_happen
from billing.explain.disputes import told_disputes
from billing.explain.lines import why
from billing.explain.not_arrived import told_refunds
from billing.explain.notices import told_notices
from billing.forms import VoidForm
from billing.models import Allocation, Invoice, Payment
from billing.queries.back_now import backs_now
from billing.queries.collections import how_collected
from billing.queries.disputes import disputes_of_invoice
from billing.queries.notices import notices_about
from billing.queries.refunds import refunds_of_invoice
from billing.queries.runs import run_of
from billing.queries.still_owed import owed_now
from billing.queries.surplus import Over, may_take, over_on
from billing.services import invoicing
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.htmx import page_or_partial
from flexspace.core.keyset import keyset_page
from flexspace.core.models import User
from flexspace.core.money import Money
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.core.sentences import told_timeline


def the_invoice(user: User, uuid: UUID) -> Invoice:
    """Return the invoice with its payer, or raise Http404 outside the person's locations."""
    rows = Invoice.objects.for_user(user).select_related("location", "member", "company")
    found: Invoice = get_object_or_404(rows, uuid=uuid)
    return found


@require(Permission.VIEW)
def invoice_list(request: StaffRequest) -> TemplateResponse:
    """Show the invoices of a tab, or those a typed number or name finds."""
    now, text = timezone.now(), request.GET.get("q", "").strip()
    tab = request.GET.get("tab", "open")
    tab = tab if tab in queries.TABS else "all"
    if text:
        page, rows = None, queries.search_invoices(request.user, text, limit=50)
    else:
        found, order = queries.invoice_list(request.user, tab=tab, now=now)
        page = keyset_page(found, order=order, cursor=request.GET.get("at", ""))
        rows = page.rows
    context = {
        "rows": [(invoice, badge(invoice, now)) for invoice in rows],
        "page": page,
        "tabs": queries.TABS,
        "tab": "" if text else tab,
        "q": text,
    }
    return page_or_partial(request, "billing/invoice_list.html", "rows", context)


@require(Permission.VIEW)
def invoice_detail(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show Invoice Details; htmx gets its body, to follow a payment without a reload."""
    invoice = the_invoice(request.user, uuid)
    back = refunds_of_invoice(invoice)
    lines = list(invoice.lines.select_related("membership__plan"))
    rates = [
        (rate, Money(rate.net, invoice.currency), Money(rate.tax, invoice.currency))
        for rate in queries.tax_breakdown(lines)
    ]
    context = {
        "invoice": invoice,
        "badge": badge(invoice, timezone.now()),
        "lines": [(line, why(line)) for line in lines],
        "rates": rates,
        **_money(invoice),
        "disputes": told_disputes(disputes_of_invoice(invoice), timezone.now()),
        "refunds": told_refunds(back, owed_now(back)),
        "collects": _collects(invoice),
        "notices": told_notices(notices_about(request.user, invoice)),
        "run": run_of(invoice),
        "timeline": told_timeline(invoice),
    }
    return page_or_partial(request, "billing/invoice_detail.html", "body", context)


def _money(invoice: Invoice) -> dict[str, object]:
    """Return what was paid, the newest first, which of it a key refunds, and what of it was too much."""
    rows = list(Allocation.objects.filter(invoice=invoice).select_related("payment", "moved_with").order_by("-pk"))
    found = over_on([invoice])
    over, back = found.get(invoice.pk), backs_now({row.payment for row in rows}, found)
    parts = [(row, row.amount > 0 and back[row.payment_id].left.parts.get(invoice.pk, 0) > 0) for row in rows]
    first_left = next((part for part, left in parts if left), None)
    more = {"over": _usable(invoice, over), "back": _back(over)}
    return {"allocations": parts, "first_left": first_left, **more}


def _usable(invoice: Invoice, over: Over | None) -> tuple[Money, Invoice] | None:
    """Return what was paid too much and may be used, and the oldest open invoice it may pay; None when none may."""
    oldest = may_take(invoice).first() if over and over.usable else None
    return (Money(min(over.usable, oldest.open_amount), invoice.currency), oldest) if over and oldest else None


def _back(over: Over | None) -> tuple[Money, Payment] | None:
    """Return the payment that can give back the most of what is over, the newest of them, and how much that is."""
    if over is None or not over.back:
        return None
    payment, part = max(over.back, key=lambda pair: pair[1])
    return Money(part, payment.currency), payment


def _collects(invoice: Invoice) -> str:
    """Return what a saved card will pay, or what came of it; empty for an invoice that is not collected."""
    found = how_collected(invoice)
    if found is None:
        return ""
    collection, card = found
    return what_will_happen(collection, card=card, today=invoice.location.today(timezone.now()))


@require(Permission.INVOICE_WRITE)
@require_POST
def invoice_issue(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Issue a draft."""
    invoice = the_invoice(request.user, uuid)
    try:
        issued = invoicing.issue(by=Actor.of(request.user), invoice=invoice, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"Invoice {issued} was issued.")
    return redirect("billing:invoice_detail", uuid)


@require(Permission.INVOICE_VOID)
def invoice_void(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Ask for the reason, then void."""
    invoice = the_invoice(request.user, uuid)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            invoicing.void(by=Actor.of(request.user), invoice=invoice, reason=reason, now=timezone.now())
        except DomainError as error:
            form.blame(error)
        else:
            messages.success(request, f"{invoice} is void. Nobody owes it any more.")
            return redirect("billing:invoice_detail", uuid)
    return TemplateResponse(request, "billing/invoice_void.html", {"form": form, "invoice": invoice})
