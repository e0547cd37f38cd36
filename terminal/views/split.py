"""Split tender: choose the ways to pay an invoice, then take one after the other."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.models import Invoice
from billing.services.collecting import collection_of
from flexspace.core.actors import Actor
from flexspace.core.enqueue import enqueue
from flexspace.core.errors import DomainError
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.refusals import say_refused
from flexspace.core.roles import Permission
from terminal.enums import SplitWay
from terminal.explain.splits import told_rows
from terminal.forms.split import SplitForm
from terminal.models import Reader, Split, SplitRow
from terminal.services.split import leave_open, next_row, plan, run, unfinished
from terminal.tasks import advance_attempt
from terminal.views.desk_reader import remembered
from terminal.views.picker import picker

W = SplitWay


def _ways(request: StaffRequest, invoice: Invoice) -> list[SplitWay]:
    """Return the ways this person may take money for an invoice."""
    card = request.user.may(Permission.COLLECTIONS) and collection_of(invoice) is not None
    cash = request.user.may(Permission.PAYMENT_RECORD)
    return [W.READER, *([W.CASH] if cash else []), *([W.CARD] if card else []), W.LINK]


@require(Permission.CHARGE)
@require_http_methods(["GET", "POST"])
def split_new(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Choose the ways to pay an invoice."""
    rows = Invoice.objects.for_user(request.user).select_related("location", "member", "company")
    invoice = get_object_or_404(rows, uuid=uuid)
    form = SplitForm(request.POST or None, invoice=invoice, ways=_ways(request, invoice))
    if request.method == "POST" and form.is_valid():
        try:
            made = plan(by=Actor.of(request.user), invoice=invoice, rows=form.wanted(), now=timezone.now())
        except DomainError as error:
            form.blame(error)
        else:
            return redirect("terminal:split", made.uuid)
    context = {"invoice": invoice, "form": form}
    return TemplateResponse(request, "terminal/split_new.html", context, status=422 if form.errors else 200)


@require(Permission.CHARGE)
@require_GET
def split_panel(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Lead from an invoice's page to the split that is not finished; empty when none is."""
    invoice = get_object_or_404(Invoice.objects.for_user(request.user), uuid=uuid)
    found = unfinished(invoice)
    rows = told_rows(found) if found else []
    context = {"split": found, "paid": sum(row.payment is not None for row in rows), "of": len(rows)}
    return TemplateResponse(request, "terminal/split_panel.html", context)


def _the_split(request: StaffRequest, uuid: UUID) -> Split:
    rows = Split.objects.for_user(request.user).select_related("location", "invoice__member", "invoice__company")
    found: Split = get_object_or_404(rows, uuid=uuid)
    return found


@require(Permission.CHARGE)
@require_GET
def split(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show what is paid, whose turn it is, and what may be done when a row fails."""
    found = _the_split(request, uuid)
    row, told = None if found.ended_at else next_row(found), told_rows(found)
    context = {
        "split": found,
        "invoice": found.invoice,
        "rows": told,
        "next": row,
        "takes": next((one.amount for one in told if one.row == row), None),
        "choices": picker(found.location, remembered(request)) if row and row.way == W.READER else [],
        "back": urlencode({"back": reverse("terminal:split", args=[uuid])}),
    }
    return TemplateResponse(request, "terminal/split.html", context)


@require(Permission.CHARGE)
@require_POST
def split_run(request: StaffRequest, uuid: UUID, position: int) -> HttpResponse:
    """Take the money of the row whose turn it is."""
    found = _the_split(request, uuid)
    row = found.rows.filter(position=position).first()
    needed = {W.CASH: Permission.PAYMENT_RECORD, W.CARD: Permission.COLLECTIONS}
    if row and not request.user.may(needed.get(W(row.way), Permission.CHARGE)):
        messages.error(request, "Your role does not take money this way. Ask a manager.")
        return redirect("terminal:split", uuid)
    readers = Reader.objects.for_user(request.user).select_related("config", "stripe_location__location")
    chosen = request.POST.get("reader", "")
    reader = readers.filter(pk=chosen).first() if chosen.isdigit() else None
    try:
        done = run(by=Actor.of(request.user), split=found, position=position, reader=reader, now=timezone.now())
    except DomainError as error:
        say_refused(request, error)
        return redirect("terminal:split", uuid)
    return _after(found, done)


def _after(found: Split, row: SplitRow) -> HttpResponse:
    """Lead to where the row goes on: the charge screen, the pay link's page, or back to the rows."""
    if row.way == W.LINK:
        return redirect("terminal:pay_link", found.invoice.uuid)
    here = reverse("terminal:split", args=[found.uuid])
    if row.way == W.CASH or row.attempt is None:
        return redirect(here)
    enqueue(advance_attempt, row.attempt.pk)
    return redirect(f"{reverse('terminal:attempt', args=[row.attempt.uuid])}?{urlencode({'back': here})}")


@require(Permission.CHARGE)
@require_POST
def split_leave(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Leave the rest open."""
    found = _the_split(request, uuid)
    try:
        leave_open(by=Actor.of(request.user), split=found, now=timezone.now())
    except DomainError as error:
        say_refused(request, error)
        return redirect("terminal:split", uuid)
    return redirect("billing:invoice_detail", found.invoice.uuid)
