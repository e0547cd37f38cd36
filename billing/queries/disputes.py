"""Reads of disputes."""

from collections.abc import Collection

from django.db.models import Sum

from billing.dispute_enums import DisputeStatus
from billing.models import Dispute, Invoice, Payment


def disputes_of_invoice(invoice: Invoice) -> list[Dispute]:
    """Return the disputes of payments that paid something of an invoice, the newest first."""
    rows = Dispute.objects.filter(payment__allocations__invoice=invoice).distinct()
    return list(rows.select_related("payment", "location"))


def held_by_banks(payments: Collection[int]) -> dict[int, int]:
    """Return how much of ``payments`` (ids) banks have taken back by disputes, in minor units; one query."""
    rows = Dispute.objects.filter(payment__in=payments, taken__gt=0).order_by().values_list("payment_id")
    return dict(rows.annotate(sum=Sum("taken")))


def hinders_card_refund(payment: Payment) -> bool:
    """Return whether a dispute keeps Stripe from refunding ``payment``."""
    return Dispute.objects.filter(payment=payment, refundable=False).exclude(status=DisputeStatus.WON).exists()
