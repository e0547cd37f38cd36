"""Stripe says / we say: where the two books differ, and what is done about it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
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
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal.difference_log import attached
from terminal.enums import PAYOUT_KINDS
from terminal.forms.differences import RepairForm
from terminal.models import Difference
from terminal.queries import accounts_of, differences_for
from terminal.services import differences
from terminal.services.our_side import gone_back, read_again
from terminal.services.payouts import read_difference_again
from terminal.services.refund_seen import sync_refunds_of
from terminal.services.repairs import Surplus, attach, give_back
from terminal.stripe_client import StripeProblem
from terminal.tasks import compare_account
from terminal.views.difference_page import Tried, back_to_list, difference_page, places_of, send_only

UNREADABLE = "Stripe could not be asked right now. Nothing was changed: try again in a minute."
DEALT_WITH = ("difference_closed", "already_attached")  # the row is gone from the list
WRONG_PLACE = {"no_place": "place", "other_account": "place"}  # errors and their fields
Deed = Callable[[Difference, dict[str, Any]], str | HttpResponse]  # what to say, or where to go on


@require(Permission.FLAGS)
@require_GET
def difference_list(request: StaffRequest) -> TemplateResponse:
    """Show what differs (or, with ``?closed``, what did), the newest first, beside the days of both sides."""
    return difference_page(request)


@require(Permission.FLAGS)
@require_POST
def compare_now(request: StaffRequest) -> HttpResponse:
    """Compare the last 30 days of every account at hand."""
    for config in accounts_of(request.user):
        enqueue(compare_account, config.pk, 1)
    messages.success(request, "Stripe's last 30 days are being compared. Reload the page in a moment.")
    return redirect("terminal:differences")


@require(Permission.FLAGS)
@send_only
def difference_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Read what differs at Stripe once more."""
    difference = get_object_or_404(differences_for(request.user).filter(closed_at=None), pk=pk)
    try:
        (read_difference_again if difference.kind in PAYOUT_KINDS else read_again)(difference, now=timezone.now())
    except (StripeProblem, ValueError):
        messages.error(request, UNREADABLE)
        typed = RepairForm(pk=pk, places=places_of(request.user, difference), initial=request.POST.dict())
        return difference_page(request, tried=Tried(difference, typed))
    difference.refresh_from_db()
    if difference.closed_at:
        messages.success(request, "It no longer differs.")
    else:
        messages.info(request, "Read again just now: it still differs.")
    return back_to_list(request)


@require(Permission.FLAGS)
@send_only
def difference_close(request: StaffRequest, pk: int) -> HttpResponse:
    """Close one with what was found."""

    def deed(difference: Difference, data: dict[str, Any]) -> str:
        by, now = Actor.of(request.user), timezone.now()
        differences.close(by=by, difference=difference, reason=data["reason"], now=now)
        return "Closed. It opens again if the amounts change."

    return _do(request, pk, deed)


@require(Permission.FLAGS)
@send_only
def difference_attach(request: StaffRequest, pk: int) -> HttpResponse:
    """Book a stranger's payment for the invoice with the number that was typed or chosen."""

    def deed(difference: Difference, data: dict[str, Any]) -> str:
        rows = Invoice.objects.for_user(request.user).select_related("location")
        invoice = rows.filter(number=data["invoice"].upper()).first() if data["invoice"] else None
        if invoice is None:
            raise DomainError("There is no such invoice. Type its number as it is printed.", code="no_invoice")
        _read(difference)
        by, now, why, agreed = Actor.of(request.user), timezone.now(), data["reason"], data["agreed"]
        payment = attach(by=by, difference=difference, invoice=invoice, reason=why, agreed=agreed, now=now)
        with suppress(StripeProblem):  # it is booked; refunds that were made before are found by the comparison too
            sync_refunds_of(difference.config, payment.reference, now=now)
        return attached(payment, invoice)

    return _do(request, pk, deed, other="invoice")


@require(Permission.REFUND)
@send_only
def difference_refund(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a stranger's payment back, by the refunds' own rules and limits."""

    def deed(difference: Difference, data: dict[str, Any]) -> str | HttpResponse:
        places = [
            one for one in places_of(request.user, difference) if one.pk == data["place"] or data["place"] is None
        ]
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

    return _do(request, pk, deed, fields=WRONG_PLACE)


def _read(difference: Difference) -> None:
    """Read it anew, so that nothing is booked that went back a moment ago."""
    read_again(difference, now=timezone.now())
    difference.refresh_from_db(fields=["closed_at"])


def _do(
    request: StaffRequest, pk: int, deed: Deed, *, fields: Mapping[str, str] | None = None, other: str | None = None
) -> HttpResponse:
    """Do something about an open difference with a reason, and say what came of it.

    What does not work is said on the page, with all that was typed: at the field that ``fields`` names for the error's
    code, else at ``other`` (None: the row itself).
    """
    difference = get_object_or_404(differences_for(request.user).filter(closed_at=None), pk=pk)
    form, surplus = RepairForm(request.POST, pk=pk, places=places_of(request.user, difference)), None
    try:
        if form.is_valid():
            done = deed(difference, form.cleaned_data)
            if isinstance(done, HttpResponse):
                return done
            messages.success(request, done)
            return back_to_list(request)
    except Surplus as found:
        surplus = found
    except DomainError as error:
        if error.code in DEALT_WITH:
            messages.error(request, error.message)
            return back_to_list(request)
        form.blame(error, (fields or {}).get(error.code, other))
    except StripeProblem:
        form.add_error(None, UNREADABLE)
    form.point_out()
    return difference_page(request, tried=Tried(difference, form, surplus))
