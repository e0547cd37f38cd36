"""Reads of the two books: which invoices a stranger's money may be for, both sides by day, and what is newer."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from billing.enums import BY_CARD, PaymentMethod, RefundMethod
from billing.models import Allocation, Invoice, Payment, Refund
from billing.queries.refunds import refundable
from flexspace.core.models import User
from flexspace.core.money import Money
from terminal.enums import UNBOOKED, MoneyKind
from terminal.models import Difference, StripeConfig, StripeMoney

Sums = tuple[dict[date, int], dict[date, int]]  # Stripe's days and ours, minor units
_NUMBER = re.compile(r"[A-Z0-9]+-\d+")  # as invoices are numbered, in a description that somebody typed


def fitting_invoices(user: User, rows: Sequence[Difference], *, each: int = 3) -> dict[int, list[Invoice]]:
    """Return for each difference (its id) open invoices that ask for just this amount; one query for all."""
    wanted = [row for row in rows if row.may_be_attached and row.closed_at is None]
    same = Q(pk=None)
    for money in {row.at_stripe for row in wanted if row.at_stripe}:
        same |= Q(open_amount=money.amount, currency=money.currency)
    found: dict[int, list[Invoice]] = {row.pk: [] for row in wanted}
    open_ones = Invoice.objects.for_user(user).open().filter(same, location__stripe_account__isnull=False)
    for invoice in open_ones.select_related("member", "company", "location__stripe_account").order_by("due_date")[:200]:
        for row in wanted:
            fits = invoice.location.stripe_account.config_id == row.config_id and invoice.open == row.at_stripe
            if fits and len(found[row.pk]) < each:
                found[row.pk].append(invoice)
    return found


def named_invoices(user: User, rows: Sequence[Difference]) -> dict[int, Invoice]:
    """Return for each difference (its id) the open invoice of its account that its description names; one query."""
    wanted = [row for row in rows if row.may_be_attached and row.closed_at is None]
    numbers = {row.pk: _NUMBER.findall(row.detail.upper()) for row in wanted}
    every = {number for some in numbers.values() for number in some}
    open_ones = Invoice.objects.for_user(user).open().filter(number__in=every, location__stripe_account__isnull=False)
    by_number = {row.number: row for row in open_ones.select_related("location__stripe_account")}
    found: dict[int, Invoice] = {}
    for row in wanted:
        for invoice in (by_number[number] for number in numbers[row.pk] if number in by_number):
            same = invoice.location.stripe_account.config_id == row.config_id
            if same and invoice.currency == row.their_currency:
                found.setdefault(row.pk, invoice)
    return found


def sums_by_day(accounts: "QuerySet[StripeConfig]", since: datetime) -> dict[str, Sums]:
    """Return what came less what went back since then, by currency: Stripe's days and ours; four queries."""
    found: dict[str, Sums] = {}
    remote = StripeMoney.objects.filter(config__in=accounts, created_at__gte=since, counts=True)
    known = StripeMoney.objects.filter(config__in=accounts, intent_id=OuterRef("reference"))
    ours = Payment.objects.filter(Q(attempt__config__in=accounts) | Exists(known), method__in=BY_CARD)
    back = Refund.objects.filter(method=RefundMethod.CARD, reference__isnull=False).kept()
    of_ours = Q(payment__attempt__config__in=accounts) | Q(payment__method=PaymentMethod.CARD_AT_STRIPE)
    for side, rows, moment, sign in (
        (0, remote.filter(kind=MoneyKind.CHARGE), "created_at", 1),
        (0, remote.filter(kind=MoneyKind.REFUND), "created_at", -1),
        (1, ours.filter(received_at__gte=since), "received_at", 1),
        (1, back.filter(of_ours, sent_at__gte=since), "sent_at", -1),
    ):
        days = rows.order_by().annotate(day=TruncDate(moment, tzinfo=UTC)).values_list("currency", "day")
        for currency, day, amount in days.annotate(total=Sum("amount")):
            sums = found.setdefault(currency, ({}, {}))[side]
            sums[day] = sums.get(day, 0) + sign * amount
    return found


def none_of_ours(accounts: "QuerySet[StripeConfig]", since: datetime) -> dict[str, int]:
    """Return by currency what came at Stripe since then, less what went back, and a person closed as none of ours.

    What was booked after all, by attaching it or giving it back, is not part of it. One query.
    """
    closed = Difference.objects.filter(config=OuterRef("config"), stripe_id=OuterRef("stripe_id"), kind__in=UNBOOKED)
    booked = Payment.objects.filter(reference=OuterRef("intent_id"))
    charges = StripeMoney.objects.filter(Exists(closed.filter(closed_by__isnull=False)), ~Exists(booked))
    charges = charges.filter(config__in=accounts, kind=MoneyKind.CHARGE)
    moved = StripeMoney.objects.filter(config__in=accounts, created_at__gte=since, counts=True)
    moved = moved.filter(intent_id__in=charges.values("intent_id"))
    found: dict[str, int] = {}
    for currency, kind, amount in moved.order_by().values_list("currency", "kind").annotate(total=Sum("amount")):
        found[currency] = found.get(currency, 0) + (amount if kind == MoneyKind.CHARGE else -amount)
    return found


def newer_than_compared(accounts: "QuerySet[StripeConfig]") -> dict[str, int]:
    """Return by currency the account (its id) with money that moved here after it was compared last; two queries."""
    ours = Payment.objects.filter(method__in=BY_CARD, attempt__config__in=accounts)
    ours = ours.filter(received_at__gt=F("attempt__config__comparison__compared_at"))
    back = Refund.objects.filter(
        method=RefundMethod.CARD, reference__isnull=False, payment__attempt__config__in=accounts
    )
    back = back.kept().filter(sent_at__gt=F("payment__attempt__config__comparison__compared_at"))
    found = dict(back.order_by().values_list("currency", "payment__attempt__config").distinct())
    return found | dict(ours.order_by().values_list("currency", "attempt__config").distinct())


def attached(payment: Payment, invoice: Invoice) -> str:
    """Return in a sentence what became of money that was attached to ``invoice``, refunds at Stripe included."""
    invoice = Invoice.objects.select_related("member", "company").get(pk=invoice.pk)
    here = Allocation.objects.filter(payment=payment, invoice=invoice).aggregate(sum=Sum("amount"))["sum"] or 0
    paid, rest = Money(here, payment.currency), Money(refundable(payment).loose, payment.currency)
    gone = payment.money - paid - rest
    said = f"{paid} paid {invoice}"
    if invoice.open.amount:
        said += f", and {invoice.open} of it is still open"
    if gone.amount > 0:
        said += f"; {gone} went back at Stripe"
    if rest.amount > 0:
        said += f"; the other {rest} is {invoice.payer.name}'s balance"
    return f"{said}."
