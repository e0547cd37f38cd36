"""Judges what Stripe's lists showed against the ledger: books what is ours, and writes down what differs."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Q

from billing.models import Payment, Refund
from flexspace.core.cards import card_name
from flexspace.core.errors import DomainError
from flexspace.core.money import Money
from terminal.enums import AttemptKind, DifferenceKind, MoneyKind
from terminal.models import Attempt, Difference, StripeConfig, StripeMoney
from terminal.rules import refund_verdict, verdict
from terminal.services.differences import Found, note
from terminal.services.recheck import recheck
from terminal.services.settle import check
from terminal.stripe_client import StripeGateway, StripeRefused

D = DifferenceKind
OF_CHARGE = (D.NOT_BOOKED, D.FOREIGN, D.AMOUNT)
OF_REFUND = (D.REFUND_NOT_HERE, D.REFUND_AMOUNT)
log = structlog.get_logger(__name__)


def judge_charges(config: StripeConfig, rows: Sequence[StripeMoney], *, now: datetime) -> None:
    """Compare charges with payments. What agrees costs no call, and no query of its own.

    What is ours and not booked is booked now, by the same reading of Stripe as always. Raises StripeProblem.
    """
    booked = _booked(rows)
    missing = [row for row in rows if row.intent_id not in booked]
    waiting = {row.stripe_id for row in missing if not _book(row, now=now)}
    booked |= _booked(missing)
    back = _gone_back(config, [row for row in missing if row.intent_id not in booked])
    known = _open_or_closed(config, rows)
    for row in rows:
        payment = booked.get(row.intent_id)
        ours = row.installation == settings.INSTALLATION
        kind = verdict(row.money, payment.money if payment else None, back=back[row.intent_id], ours=ours)
        if row.stripe_id not in waiting and (kind or row.stripe_id in known):
            found = _found(kind, row, payment, back[row.intent_id]) if kind else None
            note(config, row.stripe_id, found, of=OF_CHARGE, now=now)


def judge_refunds(config: StripeConfig, rows: Sequence[StripeMoney], *, now: datetime) -> None:
    """Compare refunds, after they were applied, with ours. One of a payment that is not ours is that payment's part."""
    payments = _booked(rows)
    here = Refund.objects.select_related("location", "payment__location")
    refunds = {row.reference: row for row in here.filter(reference__in=[row.stripe_id for row in rows])}
    known = _open_or_closed(config, rows)
    for row in rows:
        payment, refund = payments.get(row.intent_id), refunds.get(row.stripe_id)
        kind = refund_verdict(row.money, refund.money if refund else None, counts=row.counts, ours=payment is not None)
        if kind or row.stripe_id in known:
            found = Found(kind, row.money, refund.money if refund else None, payment, refund) if kind else None
            note(config, row.stripe_id, found, of=OF_REFUND, now=now)


def _booked(rows: Sequence[StripeMoney]) -> dict[str, Payment]:
    found = Payment.objects.select_related("location").filter(reference__in={row.intent_id for row in rows})
    return {payment.reference: payment for payment in found} if rows else {}


def _gone_back(config: StripeConfig, rows: Sequence[StripeMoney]) -> "Counter[str]":
    """Return what went back of each charge, in minor units: by its refunds, or by what it said itself when read."""
    back: Counter[str] = Counter()
    if rows:
        refunds = StripeMoney.objects.filter(config=config, kind=MoneyKind.REFUND, counts=True)
        for intent_id, amount in refunds.filter(intent_id__in=[row.intent_id for row in rows]).values_list(
            "intent_id", "amount"
        ):
            back[intent_id] += amount
    for row in rows:
        back[row.intent_id] = max(back[row.intent_id], row.back)
    return back


def _open_or_closed(config: StripeConfig, rows: Sequence[StripeMoney]) -> set[str]:
    ids = [row.stripe_id for row in rows]
    return set(Difference.objects.filter(config=config, stripe_id__in=ids).values_list("stripe_id", flat=True))


def _found(kind: D, row: StripeMoney, payment: Payment | None, back: int) -> Found:
    where = "On a reader" if row.on_reader else "Not on a reader"
    card = card_name(row.card_brand, row.card_last4) if row.card_last4 else ""
    parts = [one for one in (f"{where}, {row.created_at:%d %b %Y %H:%M} UTC", card, row.note) if one]
    if back:
        parts.append(f"{Money(back, row.currency)} of it went back at Stripe.")
    return Found(kind, row.money, payment.money if payment else None, payment, detail=" · ".join(parts))


def _book(row: StripeMoney, *, now: datetime) -> bool:
    """Let the attempt that a charge belongs to settle. The intent's tag is read once: its charge may lack it.

    Return False while the attempt still waits for the answer of the very call that made the charge: its own steps end
    that within minutes.
    """
    if not row.tag_read:
        _read_tag(row)
    attempt = _attempt_of(row)
    if attempt is None:
        return True
    if attempt.is_live and not attempt.remote_id:
        return False
    try:
        if attempt.is_live:
            check(attempt.pk, now=now)
        else:
            recheck(attempt.pk, now=now)
    except (StripeRefused, DomainError) as problem:  # one that cannot be booked must not hold up the others
        log.warning("books.not_booked", attempt=attempt.pk, code=problem.code)
    return True


def _read_tag(row: StripeMoney) -> None:
    tags = {} if row.intent_id == row.stripe_id else StripeGateway.of(row.config).tags_of_intent(row.intent_id)
    row.installation = tags.get("installation", "")[:80]
    row.attempt_tag, row.tag_read = tags.get("attempt", "")[:80], True
    row.save(update_fields=["installation", "attempt_tag", "tag_read"])


def _attempt_of(row: StripeMoney) -> Attempt | None:
    mine = Attempt.objects.filter(config=row.config, payment=None, amount__isnull=False)
    named = Q(remote_id=row.intent_id) | Q(intent_id=row.intent_id)
    tagged = Q(pk=None)
    if row.installation == settings.INSTALLATION:
        with suppress(ValueError):
            mine_by_tag = Q(kind=AttemptKind.PAY_LINK) | Q(remote_id=None)
            tagged = Q(uuid=UUID(row.attempt_tag)) & mine_by_tag
    return mine.filter(named | tagged).first()
