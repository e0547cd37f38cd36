"""Payments and refunds as a table for a spreadsheet: what the filters of the list show."""

from collections.abc import Iterator
from heapq import merge
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from billing.enums import BY_CARD, RefundMethod
from billing.forms import PaymentFilter
from billing.models import Payment, Refund
from billing.queries import NEWEST_PAYMENT
from billing.queries.money_moved import (
    MOST,
    NEWEST_REFUND,
    Meant,
    Wanted,
    meant,
    payments_wanted,
    refunds_wanted,
    with_invoices,
)
from flexspace.core.actors import Actor
from flexspace.core.csv_file import csv_download, in_batches, moment
from flexspace.core.exports import note_export
from flexspace.core.models import Location, User
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission

HEAD = (
    "Time", "Location", "Type", "Amount", "Currency", "Method", "Reader", "Card", "Last four", "Payer", "Invoices",
    "Stripe id", "Staff", "Reason", "Payment id",
)  # fmt: skip
TOO_MANY = f"More than {MOST} people are called so, and a file would leave some out. Type more of the name."
Row = tuple[object, ...]


@require(Permission.EXPORT)
@require_GET
def payment_file(request: StaffRequest) -> HttpResponseBase:
    """Answer payments and the refunds that went, newest first, refunds below zero, as a CSV file; write down who."""
    form, by = PaymentFilter(request.GET), Actor.of(request.user)
    wanted = form.wanted()
    about = meant(request.user, wanted.about)
    if about.cut or form.problems:  # a file of other payments than somebody asked for would be believed
        messages.error(request, TOO_MANY if about.cut else "No file was made.")
        return redirect(f"{reverse('billing:payment_list')}?{request.GET.urlencode()}")
    places = Location.objects.for_user(request.user)
    if wanted.location:
        places = places.filter(code=wanted.location)
    note_export("billing.payments.exported", by=by, about=[request.user], places=places[:2], facts=wanted.facts)
    return csv_download(f"payments-{timezone.now():%Y-%m-%d}.csv", HEAD, _rows(request.user, wanted, about))


def _rows(user: User, wanted: Wanted, about: Meant) -> Iterator[Row]:
    """Walk both kinds by the time the money moved; a batch of each is in memory."""
    payments = with_invoices(payments_wanted(user, wanted, about)).annotate(charged_by=F("attempt__actor_label"))
    came = in_batches(payments, order=NEWEST_PAYMENT)
    went = in_batches(refunds_wanted(user, wanted, about), order=NEWEST_REFUND)
    rows = merge(
        ((row.received_at, _payment(row)) for row in came),
        ((row.finished_at or row.asked_at, _refund(row)) for row in went),
        key=lambda pair: pair[0], reverse=True,
    )  # fmt: skip
    for _at, row in rows:
        yield row


def _payment(row: Any) -> Row:
    """Return a payment; of one that Stripe took, the staff is whoever charged."""
    numbers = ", ".join(str(part.invoice) for part in row.parts)
    by_card = row.method in BY_CARD
    return (
        moment(row.received_at, row.location.zone), row.location.name, "Payment", row.money.decimal(), row.currency,
        row.method_label, row.reader_label, row.card_brand, row.card_last4, _payer(row), numbers,
        row.reference if by_card else "", row.charged_by or row.received_by, row.reason, row.uuid,
    )  # fmt: skip


def _refund(row: Refund) -> Row:
    numbers, paid = ", ".join(str(part.invoice) for part in row.allocations.all()), row.payment
    to_card = row.method == RefundMethod.CARD
    return (
        moment(row.finished_at, row.location.zone), row.location.name, "Refund", (-row.money).decimal(), row.currency,
        RefundMethod(row.method).label, "", paid.card_brand if to_card else "", paid.card_last4 if to_card else "",
        _payer(paid), numbers, row.reference or "", row.actor_label, row.reason, paid.uuid,
    )  # fmt: skip


def _payer(row: Payment) -> str:
    payer = row.member or row.company
    return payer.name if payer else ""
