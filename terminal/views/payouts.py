"""Payouts: what Stripe sent to the bank, unfolded into payments, refunds and fees; as a page and as CSV."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from billing.models import Payment
from flexspace.core.actors import Actor
from flexspace.core.badges import Badge
from flexspace.core.csv_file import csv_download
from flexspace.core.enqueue import enqueue
from flexspace.core.exports import note_export
from flexspace.core.htmx import nothing_new
from flexspace.core.keyset import keyset_page
from flexspace.core.models import Location
from flexspace.core.money import Money
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal.enums import PayoutSection
from terminal.explain.payouts import Picture, badge, does_not_add_up, lacks, lines_missing, picture
from terminal.models import Payout
from terminal.payout_log import HEAD, ToldLine, payout_of_payment, payout_table, payouts_for, told_lines
from terminal.queries import accounts_of
from terminal.services import payouts
from terminal.stripe_client import StripeProblem
from terminal.tasks import read_payouts_of

A_PAGE = 200  # lines
UNREADABLE = "Stripe could not be asked right now. What stands here is from before: try again in a minute."


@require(Permission.FLAGS)
@require_GET
def payout_list(request: StaffRequest) -> TemplateResponse:
    """Show what went to the bank from the accounts at hand, what arrives last first."""
    page = keyset_page(
        payouts_for(request.user), order=("-arrival_on", "-id"), cursor=request.GET.get("at", ""), size=25
    )
    accounts = list(accounts_of(request.user).select_related("payout_reading").prefetch_related("locations__location"))
    context = {
        "page": page,
        "rows": _rows(page.rows),
        "accounts": accounts,
        "lacking": [(account, said) for account in accounts if (said := lacks(account))],
    }
    return TemplateResponse(request, "terminal/payouts.html", context)


def _rows(rows: Sequence[Payout]) -> list[tuple[Payout, Badge, Picture | None, str]]:
    """Return payouts with how they stand, the bar, and why there is none."""
    now = timezone.now()
    missing = [lines_missing(row, lacking=bool(lacks(row.config)), now=now)[0] for row in rows]
    return [(row, badge(row), picture(row), said) for row, said in zip(rows, missing, strict=True)]


@require(Permission.FLAGS)
@require_GET
def payout_detail(request: StaffRequest, pk: int) -> TemplateResponse:
    """Show one payout and the lines that it holds, with what of ours each is."""
    payout = _payout(request, pk)
    page = keyset_page(payout.lines.all(), order=("section", "id"), cursor=request.GET.get("at", ""), size=A_PAGE)
    count = payout.line_count if payout.lines_complete else payout.lines.count()
    lacking = lacks(payout.config)
    context = {
        "payout": payout,
        "badge": badge(payout),
        "picture": picture(payout),
        "missing": lines_missing(payout, lacking=bool(lacking), now=timezone.now(), count=count)[1],
        "lacking": lacking,
        "off": does_not_add_up(payout),
        "page": page,
        "sections": _sections(payout, told_lines(request.user, payout, page.rows), last=not page.older),
    }
    return TemplateResponse(request, "terminal/payout.html", context)


def _payout(request: StaffRequest, pk: int) -> Payout:
    row: Payout = get_object_or_404(payouts_for(request.user), pk=pk)
    return row


def _sections(payout: Payout, told: list[ToldLine], *, last: bool) -> list[dict[str, Any]]:
    """Return the parts of a page with their sums; the fees come last and also say what was kept of the other lines."""
    sums = {1: payout.gross, 2: payout.back, 3: payout.other, 4: -payout.fees}
    parts = {key: list(rows) for key, rows in groupby(told, key=lambda one: one.line.section)}
    kept = None
    if last and payout.lines_complete and payout.fees:
        parts.setdefault(PayoutSection.FEES, [])
        others = payout.lines.exclude(section=PayoutSection.FEES)
        kept = Money(-(others.aggregate(sum=Sum("fee"))["sum"] or 0), payout.currency)
    return [
        {
            "key": PayoutSection(key).name.lower(),
            "label": PayoutSection(key).label,
            "sum": Money(sums[key], payout.currency) if payout.lines_complete else None,
            "rows": rows,
            "kept": kept if key == PayoutSection.FEES else None,
        }
        for key, rows in sorted(parts.items())
    ]


@require(Permission.EXPORT)
@require_GET
def payout_file(request: StaffRequest, pk: int) -> StreamingHttpResponse:
    """Give one payout as CSV, line by line as it is read; write down who took it."""
    payout = _payout(request, pk)
    places = Location.objects.filter(stripe_account__config=payout.config_id)[:2]
    facts = {"payout": payout.stripe_id}
    note_export("terminal.payout.exported", by=Actor.of(request.user), about=[payout], places=places, facts=facts)
    name = f"payout-{payout.arrival_on}-{payout.stripe_id}.csv"
    return csv_download(name, HEAD, payout_table(request.user, payout))


@require(Permission.FLAGS)
@require_POST
def payouts_read(request: StaffRequest) -> HttpResponse:
    """Read the payouts of every account at hand."""
    for config in accounts_of(request.user):
        enqueue(read_payouts_of, config.pk)
    messages.success(request, "Stripe's payouts are being read. Reload the page in a moment.")
    return redirect("terminal:payouts")


@require(Permission.FLAGS)
@require_POST
def payout_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Read one payout and its lines at Stripe once more."""
    payout = _payout(request, pk)
    try:
        row = payouts.read_again(payout, now=timezone.now())
    except (StripeProblem, ValueError):
        payout.config.refresh_from_db(fields=["key_rights"])
        messages.error(request, lacks(payout.config) or UNREADABLE)
    else:
        if row.may_unfold and not row.lines_complete:
            enqueue(read_payouts_of, row.config_id)
        messages.success(request, "Read again just now." if row.adds_up else does_not_add_up(row))
    return redirect("terminal:payout", pk)


@require(Permission.VIEW)
@require_GET
def payment_payout(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show with which payout a payment went to the bank; nothing while it did not."""
    payment = get_object_or_404(Payment.objects.for_user(request.user), uuid=uuid)
    line = payout_of_payment(payment)
    return TemplateResponse(request, "terminal/payment_payout.html", {"line": line}) if line else nothing_new()
