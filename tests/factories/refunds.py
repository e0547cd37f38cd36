"""Refunds for tests, asked for the way the product asks."""

from datetime import UTC, datetime

from billing.enums import RefundMethod, RefundOutcome
from billing.models import Payment, Refund
from billing.services.refunds import Asker, Wish, ask
from flexspace.core.actors import Actor

BY = Actor.job("test")
BOSS = Asker("admin", confirmed=True)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def give_back(
    payment, amount=None, *, parts=None, loose=0, method=RefundMethod.CASH, reason="Did not come",
    outcome=RefundOutcome.CREDIT, take_back=(), by=BY, asker=BOSS, now=NOW, token=None,
) -> Refund:  # fmt: skip
    """Return a refund of ``payment``: all that it paid of its first invoice unless ``amount`` or ``parts`` say less."""
    first = Payment.objects.get(pk=payment.pk).allocations.order_by("pk").first()
    if parts is None:
        parts = {first.invoice_id: first.amount if amount is None else amount} if first else {}
    wish = Wish(parts, loose, method, reason, outcome, take_back)
    return ask(by=by, asker=asker, payment=payment, wish=wish, now=now, token=token)
