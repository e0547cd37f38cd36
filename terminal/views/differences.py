"""Stripe says / we say: where the two books differ, and what is done about it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from billing.models import Invoice
from billing.services.refunds import Asker
from flexspace.core.accounts import typed_password_lately
from flexspace.core.actors import Actor
from flexspace.core.enqueue import enqueue
from flexspace.core.errors import DomainError
from flexspace.core.keyset import keyset_page
from flexspace.core.models import Location, User
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal.enums import PAYOUT_KINDS
from terminal.explain.books import books
from terminal.explain.differences import said
from terminal.forms.differences import RepairForm
from terminal.models import Difference
from terminal.queries import accounts_of, differences_for, fitting_invoices, sums_by_day
from terminal.services import differences
from terminal.services.our_side import gone_back, left_there, read_again
from terminal.services.payouts import read_difference_again
from terminal.services.refund_seen import sync_refunds_of
from terminal.services.repairs import attach, give_back
from terminal.stripe_client import StripeProblem
from terminal.tasks import compare_account

UNREADABLE = "Stripe could not be asked right now. Nothing was changed: try again in a minute."
Deed = Callable[[Difference, dict[str, Any]], str | HttpResponse]  # what to say, or where to go on


@require(Permission.FLAGS)
@require_GET
def difference_list(request: StaffRequest) -> TemplateResponse:
    """Show what differs (or, with ``?closed``, what did), the newest first, beside the days of both sides."""
    closed = "closed" in request.GET
    rows = differences_for(request.user).filter(closed_at__isnull=not closed)
    page = keyset_page(rows, order=("-id",), cursor=request.GET.get("at", ""), size=25)
    accounts = accounts_of(request.user)
    fitting, left = fitting_invoices(request.user, page.rows), left_there(page.rows)
    now = timezone.now()
    first = (now - timedelta(days=29)).replace(hour=0, minute=0, second=0, microsecond=0)
    days = sums_by_day(accounts, first)
    context = {
        "page": page,
        "rows": [(row, *said(row), fitting.get(row.pk, []), left.get(row.pk)) for row in page.rows],
        "closed": closed,
        "accounts": accounts.select_related("comparison").prefetch_related("locations__location"),
        "places": _places(request.user),
        "books": [books(code, now.astimezone(UTC).date(), *days[code]) for code in sorted(days)],
    }
    return TemplateResponse(request, "terminal/differences.html", context)


def _places(user: User) -> list[Location]:
    return list(Location.objects.for_user(user).filter(stripe_account__isnull=False).order_by("name"))


@require(Permission.FLAGS)
@require_POST
def compare_now(request: StaffRequest) -> HttpResponse:
    """Compare the last 30 days of every account at hand."""
    for config in accounts_of(request.user):
        enqueue(compare_account, config.pk, 1)
    messages.success(request, "Stripe's last 30 days are being compared. Reload the page in a moment.")
    return redirect("terminal:differences")


@require(Permission.FLAGS)
@require_POST
def difference_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Read what differs at Stripe once more."""
    difference = get_object_or_404(differences_for(request.user).filter(closed_at=None), pk=pk)
    try:
        (read_difference_again if difference.kind in PAYOUT_KINDS else read_again)(difference, now=timezone.now())
    except (StripeProblem, ValueError):
        messages.error(request, UNREADABLE)
        return redirect("terminal:differences")
    difference.refresh_from_db()
    if difference.closed_at:
        messages.success(request, "It no longer differs.")
    else:
        messages.info(request, "Read again just now: it still differs.")
    return redirect("terminal:differences")


@require(Permission.FLAGS)
@require_POST
def difference_close(request: StaffRequest, pk: int) -> HttpResponse:
    """Close one with what was found."""

    def deed(difference: Difference, data: dict[str, Any]) -> str:
        by, now = Actor.of(request.user), timezone.now()
        differences.close(by=by, difference=difference, reason=data["reason"], now=now)
        return "Closed. It opens again if the amounts change."

    return _do(request, pk, deed)


@require(Permission.FLAGS)
@require_POST
def difference_attach(request: StaffRequest, pk: int) -> HttpResponse:
    """Book a stranger's payment for the invoice with the number that was typed or chosen."""

    def deed(difference: Difference, data: dict[str, Any]) -> str:
        rows = Invoice.objects.for_user(request.user).select_related("location")
        invoice = rows.filter(number=data["invoice"].upper()).first() if data["invoice"] else None
        if invoice is None:
            raise DomainError("There is no such invoice. Type its number as it is printed.", code="no_invoice")
        _read(difference)
        by, now = Actor.of(request.user), timezone.now()
        payment = attach(by=by, difference=difference, invoice=invoice, reason=data["reason"], now=now)
        with suppress(StripeProblem):  # it is booked; refunds that were made before are found by the comparison too
            sync_refunds_of(difference.config, payment.reference, now=now)
        return f"{payment.money} is booked for {invoice}."

    return _do(request, pk, deed)


@require(Permission.REFUND)
@require_POST
def difference_refund(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a stranger's payment back, by the refunds' own rules and limits."""

    def deed(difference: Difference, data: dict[str, Any]) -> str | HttpResponse:
        places = [one for one in _places(request.user) if one.pk == data["place"] or data["place"] is None]
        if not places:
            raise DomainError("Choose the location whose customer it was.", code="no_place")
        _read(difference)
        asker = Asker(request.user.role, confirmed=typed_password_lately(request))
        by, back, now = Actor.of(request.user), gone_back(difference), timezone.now()
        reason = data["reason"]
        row = give_back(
            by=by, asker=asker, difference=difference, location=places[0], back=back, reason=reason, now=now
        )
        if row.on_reader:
            return redirect("terminal:refund_reader", row.uuid)
        return f"{row.money} is on its way back to the card."

    return _do(request, pk, deed)


def _read(difference: Difference) -> None:
    """Read it anew, so that nothing is booked that went back a moment ago."""
    read_again(difference, now=timezone.now())
    difference.refresh_from_db(fields=["closed_at"])


def _do(request: StaffRequest, pk: int, deed: Deed) -> HttpResponse:
    """Do something about an open difference with a reason, and say what came of it."""
    difference = get_object_or_404(differences_for(request.user).filter(closed_at=None), pk=pk)
    form = RepairForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Write why, so that it can be explained later.")
        return redirect("terminal:differences")
    try:
        done = deed(difference, form.cleaned_data)
        if isinstance(done, HttpResponse):
            return done
        messages.success(request, done)
    except DomainError as error:
        messages.error(request, error.message)
    except StripeProblem:
        messages.error(request, UNREADABLE)
    return redirect("terminal:differences")
