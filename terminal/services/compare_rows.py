"""Our copy of Stripe's books: a row a paid charge, a row a refund, as they were seen last."""

from collections.abc import Sequence

from django.db import transaction

from terminal.enums import MoneyKind
from terminal.models import StripeConfig, StripeMoney
from terminal.stripe_client.book_calls import ChargeObject
from terminal.stripe_client.refund_calls import RefundObject


def charge_row(config: StripeConfig, one: ChargeObject) -> StripeMoney:
    """Return the row of a charge, not saved."""
    return StripeMoney(
        config=config, kind=MoneyKind.CHARGE, stripe_id=one.id, intent_id=one.intent_id, amount=one.amount,
        currency=one.currency, back=one.back, created_at=one.created, note=one.note[:200],
        card_brand=one.card_brand[:20], card_last4=one.card_last4[:4], on_reader=one.on_reader,
    )  # fmt: skip


def refund_row(config: StripeConfig, one: RefundObject) -> StripeMoney:
    """Return the row of a refund, not saved."""
    return StripeMoney(
        config=config, kind=MoneyKind.REFUND, stripe_id=one.id, intent_id=one.intent_id, amount=one.amount,
        currency=one.currency, created_at=one.created, counts=one.status not in ("failed", "canceled"), tag_read=True,
    )  # fmt: skip


def keep(rows: Sequence[StripeMoney]) -> list[StripeMoney]:
    """Save rows, those that are known already by what Stripe says now; return them as they are stored."""
    if not rows:
        return []
    with transaction.atomic():
        StripeMoney.objects.bulk_create(
            sorted(rows, key=lambda row: row.stripe_id),  # one order, so that two runs at once wait and do not deadlock
            update_conflicts=True,
            unique_fields=["config", "stripe_id"],
            update_fields=["amount", "currency", "back", "counts", "note"],
        )
    ids = [row.stripe_id for row in rows]
    stored = StripeMoney.objects.filter(config=rows[0].config, stripe_id__in=ids).select_related("config")
    return list(stored)
