"""The page "Stripe says / we say", as it is opened and as it answers when something did not work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice, Refund
from flexspace.core.keyset import keyset_page
from flexspace.core.models import Location, User
from flexspace.core.permissions import StaffRequest, View
from terminal.difference_log import (
    fitting_invoices,
    named_invoices,
    newer_than_compared,
    none_of_ours,
    sums_by_day,
)
from terminal.enums import DifferenceKind
from terminal.explain.books import books
from terminal.explain.differences import said
from terminal.explain.flags import owed_lines
from terminal.forms.differences import RepairForm
from terminal.models import Difference, StripeConfig
from terminal.queries import accounts_of, differences_for
from terminal.services.our_side import left_there
from terminal.services.repairs import Surplus


@dataclass(frozen=True, slots=True)
class Tried:
    """What somebody typed at a row that did not work, or that is asked about: more came than is open."""

    row: Difference
    form: RepairForm
    surplus: Surplus | None = None


def places_of(user: User, row: Difference | None = None) -> list[Location]:
    """Return the person's locations that charge through Stripe, or those that charge through the account of ``row``."""
    rows = Location.objects.for_user(user).filter(stripe_account__isnull=False).select_related("stripe_account")
    return list((rows.filter(stripe_account__config=row.config_id) if row else rows).order_by("name"))


def back_to_list(request: StaffRequest) -> HttpResponse:
    """Lead to the list, where somebody was in it."""
    query = request.GET.urlencode()
    return redirect(reverse("terminal:differences") + (f"?{query}" if query else ""))


def send_only(view: View) -> View:
    """Let a deed be sent only: whoever loads its address anew, after something did not work, is led to the list."""

    @wraps(view)
    def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if request.method == "POST" else back_to_list(request)

    return guarded


def difference_page(request: StaffRequest, *, tried: Tried | None = None) -> TemplateResponse:
    """Return the page; with ``tried`` its row is on it as it was typed, and 422 unless it is only asked about."""
    closed = "closed" in request.GET and tried is None
    rows = differences_for(request.user).filter(closed_at__isnull=not closed)
    page = keyset_page(rows, order=("-id",), cursor=request.GET.get("at", ""), size=25)
    shown = page.rows if tried is None or tried.row in page.rows else [tried.row, *page.rows]
    accounts = list(accounts_of(request.user).select_related("comparison").prefetch_related("locations__location"))
    context = {
        "page": page,
        "rows": _rows(request.user, shown, tried),
        "tried": tried,
        "closed": closed,
        "accounts": accounts,
        "places": places_of(request.user),
        **_compared(accounts),
        **_books(request.user),
    }
    refused = tried is not None and tried.surplus is None
    return TemplateResponse(request, "terminal/differences.html", context, status=422 if refused else 200)


def _compared(accounts: Sequence[StripeConfig]) -> dict[str, Any]:
    """Return whether any account was compared yet, and the currencies of which one was not."""
    done = {one.pk for one in accounts if hasattr(one, "comparison") and one.comparison.compared_at}
    return {"any_compared": bool(done), "uncompared": {one.currency for one in accounts if one.pk not in done}}


def _rows(user: User, rows: Sequence[Difference], tried: Tried | None) -> list[tuple[object, ...]]:
    """Return each row with its words, what is owed, the invoices that just fit, what is left, and the form."""
    fitting, named, places = fitting_invoices(user, rows), named_invoices(user, rows), places_of(user)
    left, owed = left_there(rows), _owed(rows)
    found: list[tuple[object, ...]] = []
    for row in rows:
        fits = fitting.get(row.pk, [])
        if tried and tried.row == row:
            form = tried.form
        else:
            here = [place for place in places if place.stripe_account.config_id == row.config_id]
            form = RepairForm(pk=row.pk, places=here, initial={"invoice": _likely(named.get(row.pk), fits)})
        found.append((row, *said(row), owed.get(row.pk, ""), fits, left.get(row.pk), form))
    return found


def _owed(rows: Sequence[Difference]) -> dict[int, str]:
    """Return what is still owed of refunds that did not arrive, in the words of Needs a look."""
    trouble = [row for row in rows if row.kind == DifferenceKind.REFUND_TROUBLE and row.closed_at is None]
    refunds = Refund.objects.select_related("payment").prefetch_related("allocations__invoice")
    found = refunds.in_bulk({row.refund_id for row in trouble})
    told = {row.pk: (found[row.refund_id], row.stripe_id.rpartition(":")[2]) for row in trouble}
    lines = owed_lines(told.values())
    return {pk: lines.get((refund.pk, kind), "") for pk, (refund, kind) in told.items()}


def _likely(named: Invoice | None, fits: Sequence[Invoice]) -> str:
    """Return the number of the invoice that money is most likely for: named in its description, or alone in fitting."""
    likely = named or (fits[0] if len(fits) == 1 else None)
    return str(likely) if likely else ""


def _books(user: User) -> dict[str, Any]:
    """Return both sides of the last 30 days by currency, and the account whose newer payments are not compared yet."""
    now, accounts = timezone.now(), accounts_of(user)
    first = (now - timedelta(days=29)).replace(hour=0, minute=0, second=0, microsecond=0)
    days, apart = sums_by_day(accounts, first), none_of_ours(accounts, first)
    today = now.astimezone(UTC).date()
    found = [books(code, today, *days[code], apart.get(code, 0)) for code in sorted(days)]
    newer = newer_than_compared(accounts)
    return {
        "books": found,
        "newer": newer,
        "late": set(newer.values()),
        "differ": any(book.theirs != book.ours for book in found),
    }
