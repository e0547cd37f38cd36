"""Payments: the list, one payment, and money that is recorded by hand."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from billing import queries
from billing.enums import PaymentMethod
from billing.explain.disputes import told_disputes
from billing.explain.not_arrived import told_refunds
from billing.explain.notices import told_notices
from billing.explain.refunds import payment_badge
from billing.forms import PaymentFilter, PaymentForm
from billing.models import Invoice
from billing.queries.back_now import back_now
from billing.queries.money_moved import meant, payments_wanted, with_invoices
from billing.queries.notices import notices_about
from billing.queries.refunds import refundable, refunds
from billing.queries.still_owed import owed_now
from billing.services.attaching import use_rest
from billing.services.payments import record_by_hand
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.htmx import page_or_partial
from flexspace.core.keyset import keyset_page
from flexspace.core.models import Location
from flexspace.core.money import Money
from flexspace.core.one_use import AlreadyUsed
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.refusals import say_refused
from flexspace.core.roles import Permission
from flexspace.core.sentences import told_timeline

MAX_INVOICES = 50  # in one payment


@require(Permission.VIEW)
def payment_list(request: StaffRequest) -> TemplateResponse:
    """Show payments, newest first: all, or those of days, a location, a method, a payer or an invoice."""
    form = PaymentFilter(request.GET)
    wanted = form.wanted()
    about = meant(request.user, wanted.about)
    rows = with_invoices(payments_wanted(request.user, wanted, about)).prefetch_related("refunds")
    page = keyset_page(rows, order=queries.NEWEST_PAYMENT, cursor=request.GET.get("at", ""))
    context = {
        "page": page,
        "form": form,
        "filtered": bool(wanted),
        "cut": about.cut,
        "problems": form.problems,
        "places": Location.objects.for_user(request.user),
        "methods": PaymentMethod.choices(),
    }
    return page_or_partial(request, "billing/payment_list.html", "rows", context)


@require(Permission.VIEW)
def payment_detail(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show one payment and what it paid."""
    payment = get_object_or_404(queries.payment_list(request.user), uuid=uuid)
    disputes = list(payment.disputes.select_related("payment", "location"))
    taken = sum(row.taken for row in disputes)
    gone = list(refunds().filter(payment=payment))
    context = {
        "payment": payment,
        "badge": payment_badge(payment, taken=taken),
        "left": Money(back_now(payment).most, payment.currency),
        "rest": Money(max(0, refundable(payment).loose - taken), payment.currency),
        "disputes": told_disputes(disputes, timezone.now()),
        "refunds": told_refunds(gone, owed_now(gone)),
        "notices": told_notices(notices_about(request.user, payment)),
        "timeline": told_timeline(payment),
    }
    return TemplateResponse(request, "billing/payment_detail.html", context)


@require(Permission.PAYMENT_RECORD)
def payment_record(request: StaffRequest) -> HttpResponseBase:
    """Record cash, a transfer or a cheque for the invoices of ``?invoice=<uuid>`` (repeated)."""
    invoices = _chosen(request)
    first = invoices[0]
    owing = Money.sum([invoice.open for invoice in invoices], first.currency)
    if request.method == "GET" and not owing.amount:
        messages.info(request, "Nothing is open here any more.")
        return redirect("billing:invoice_detail", first.uuid)
    proposed = request.GET.get("amount", "")
    form = PaymentForm(request.POST or None, invoices=invoices, proposed=proposed, now=timezone.now())
    if request.method == "POST" and form.is_valid():
        try:
            payment = record_by_hand(by=Actor.of(request.user), invoices=invoices, **form.facts())
        except AlreadyUsed as used:
            messages.info(request, used.message)
            return redirect("billing:payment_detail", used.result)
        except DomainError as error:
            form.blame(error)
        else:
            messages.success(request, f"{payment.money} was recorded.")
            return redirect("billing:payment_detail", payment.uuid)
    context = {"form": form, "invoices": invoices, "owing": owing, "payer": first.payer}
    return TemplateResponse(request, "billing/payment_record.html", context)


@require(Permission.PAYMENT_RECORD)
@require_POST
def rest_use(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Let what is left of a payment pay the invoice that was clicked."""
    payment = get_object_or_404(queries.payment_list(request.user), uuid=uuid)
    try:
        wanted = UUID(request.POST.get("invoice", ""))
    except ValueError:
        raise Http404 from None
    invoice = get_object_or_404(Invoice.objects.for_user(request.user), uuid=wanted)
    by, now = Actor.of(request.user), timezone.now()
    try:
        used = use_rest(by=by, payment=payment, invoice=invoice, reason="From the balance", now=now)
    except DomainError as error:
        say_refused(request, error)
    else:
        messages.success(request, f"{used} of the balance pays {invoice}.")
    return redirect("billing:invoice_detail", invoice.uuid)


def _chosen(request: StaffRequest) -> list[Invoice]:
    """Return the invoices the url names, oldest due first; Http404 when one is not there for this person."""
    try:
        wanted = {UUID(text) for text in request.GET.getlist("invoice")}
    except ValueError:
        raise Http404 from None
    rows = Invoice.objects.for_user(request.user).filter(uuid__in=wanted)
    found: list[Invoice] = list(rows.select_related("location", "member", "company").order_by("due_date", "pk"))
    one_kind = len({(invoice.currency, invoice.location_id) for invoice in found}) == 1
    if not one_kind or len(found) != len(wanted) or len(found) > MAX_INVOICES:
        raise Http404
    return found
