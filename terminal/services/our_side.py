"""The other direction: what is booked here and no list of Stripe's showed, read one by one; and what still differs."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.enums import BY_CARD, RefundMethod, RefundState
from billing.models import Payment, Refund
from flexspace.core.money import Money
from terminal.enums import PAYOUT_KINDS, DifferenceKind, IntentStatus, MoneyKind
from terminal.models import Difference, StripeConfig, StripeMoney
from terminal.services import compare_rows
from terminal.services.differences import Found, note
from terminal.services.judging import judge_charges, judge_refunds
from terminal.services.refund_seen import apply_refunds
from terminal.stripe_client import StripeGateway, StripeRefused
from terminal.stripe_client.calls import OBJECT_ID

MOST = 100  # that one run reads one by one; the next run takes the rest
Row = TypeVar("Row", Payment, Refund)
D = DifferenceKind
ONLY = (D.ONLY_HERE, D.REFUND_ONLY_HERE)
log = structlog.get_logger(__name__)


def check_our_payments(config: StripeConfig, *, since: datetime, until: datetime, now: datetime) -> None:
    """Read the payments of the account that were booked in this time and that no list showed."""
    rows = Payment.objects.filter(
        attempt__config=config, method__in=BY_CARD, received_at__gte=since, received_at__lte=until
    )
    for payment in _unseen(config, rows, "intent_id").select_related("location")[:MOST]:
        check_payment(config, payment, now=now)


def check_our_refunds(config: StripeConfig, *, since: datetime, until: datetime, now: datetime) -> None:
    """Read the refunds that Stripe is said to have, were asked for in this time, and that no list showed."""
    attached = StripeMoney.objects.filter(
        config=config, kind=MoneyKind.CHARGE, intent_id=OuterRef("payment__reference")
    )
    rows = Refund.objects.filter(
        Q(payment__attempt__config=config) | Exists(attached), method=RefundMethod.CARD, reference__isnull=False,
        state__in=(RefundState.PENDING, RefundState.SUCCEEDED), sent_at__gte=since, sent_at__lte=until,
    )  # fmt: skip
    for refund in _unseen(config, rows, "stripe_id").select_related("location")[:MOST]:
        check_refund(config, refund, now=now)


def check_payment(config: StripeConfig, payment: Payment, *, now: datetime) -> None:
    """Read one booked payment at Stripe: there it is paid, or it differs. Raises StripeProblem."""
    found = None
    gateway = StripeGateway.of(config)
    try:
        intent = gateway.intent(payment.reference) if OBJECT_ID.match(payment.reference) else None
    except StripeRefused as problem:
        if problem.status != 404:
            raise
        intent = None
    if intent and intent.status is IntentStatus.SUCCEEDED and intent.charge_id:
        row = compare_rows.charge_row(config, gateway.charge(intent.charge_id))
        judge_charges(config, compare_rows.keep([row] if row.amount > 0 else []), now=now)
    else:
        said = f"Stripe says: {intent.status.replace('_', ' ')}." if intent else "Stripe does not know it."
        found = Found(D.ONLY_HERE, None, payment.money, payment, detail=said)
    note(config, payment.reference, found, of=(D.ONLY_HERE,), now=now)


def check_refund(config: StripeConfig, refund: Refund, *, now: datetime) -> None:
    """Read one of our refunds at Stripe. Raises StripeProblem."""
    assert refund.reference
    found = None
    try:
        seen = StripeGateway.of(config).refund_now(refund.reference)
    except StripeRefused as problem:
        if problem.status != 404:
            raise
        said = "Stripe does not know this refund."
        found = Found(D.REFUND_ONLY_HERE, None, refund.money, refund.payment, refund, said)
    else:
        kept = compare_rows.keep([compare_rows.refund_row(config, seen)])
        apply_refunds(config, [seen], now=now)
        judge_refunds(config, kept, now=now)
    note(config, refund.reference, found, of=(D.REFUND_ONLY_HERE,), now=now)


def look_again(config: StripeConfig, *, now: datetime) -> None:
    """Compare what differed before once more, so that it closes by itself. Raises StripeUnreachable."""
    open_ones = Difference.objects.filter(config=config, closed_at=None).exclude(kind__in=PAYOUT_KINDS)
    rows = open_ones.order_by("last_seen", "pk")
    for difference in rows.select_related("config", "payment__location", "refund__location", "refund__payment")[:MOST]:
        try:
            _compare_again(difference, now=now)
        except StripeRefused as problem:  # one that cannot be read must not hold up the others
            log.warning("books.not_read", difference=difference.pk, code=problem.code)


def read_again(difference: Difference, *, now: datetime) -> None:
    """Read one difference at Stripe, charge and refunds, and compare it. Raises StripeProblem."""
    config = difference.config
    charge = StripeMoney.objects.filter(config=config, stripe_id=difference.stripe_id, kind=MoneyKind.CHARGE).first()
    if charge:
        gateway = StripeGateway.of(config)
        seen = gateway.charge(charge.stripe_id)
        compare_rows.keep([compare_rows.charge_row(config, seen)] if seen.amount > 0 else [])
        refunds = gateway.refunds_of(seen.intent_id) if seen.intent_id != seen.id else []
        compare_rows.keep([compare_rows.refund_row(config, one) for one in refunds])
        apply_refunds(config, refunds, now=now)
    _compare_again(difference, now=now)


def gone_back(difference: Difference) -> int:
    """Return what went back at Stripe of a stranger's charge when it was read last, in minor units."""
    money = StripeMoney.objects.filter(config=difference.config, stripe_id=difference.stripe_id).first()
    return money.back if money else 0


def left_there(rows: Sequence[Difference]) -> dict[int, Money]:
    """Return for strangers' charges (their differences' ids) what of them did not go back yet; one query for all."""
    wanted = {(row.config_id, row.stripe_id): row for row in rows if row.may_be_attached}
    found = StripeMoney.objects.filter(
        config__in={config for config, _id in wanted}, stripe_id__in=[stripe_id for _config, stripe_id in wanted]
    )
    pairs = [(wanted.get((money.config_id, money.stripe_id)), money) for money in found]
    return {row.pk: Money(money.amount - money.back, money.currency) for row, money in pairs if row}


def _compare_again(difference: Difference, *, now: datetime) -> None:
    config = difference.config
    if difference.kind == D.ONLY_HERE and difference.payment:
        check_payment(config, difference.payment, now=now)
    elif difference.kind == D.REFUND_ONLY_HERE and difference.refund:
        check_refund(config, difference.refund, now=now)
    else:
        rows = list(StripeMoney.objects.filter(config=config, stripe_id=difference.stripe_id).select_related("config"))
        if difference.kind in (D.REFUND_NOT_HERE, D.REFUND_AMOUNT):
            judge_refunds(config, rows, now=now)
        elif difference.kind != D.REFUND_TROUBLE:
            judge_charges(config, rows, now=now)


def _unseen(config: StripeConfig, rows: "QuerySet[Row]", column: str) -> "QuerySet[Row]":
    """Return those that no list showed and that are not written down as a difference already."""
    seen = StripeMoney.objects.filter(config=config, **{column: OuterRef("reference")})
    told = Difference.objects.filter(config=config, stripe_id=OuterRef("reference"), kind__in=ONLY)
    return rows.filter(~Exists(seen), ~Exists(told)).order_by("pk")
