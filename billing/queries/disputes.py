"""Reads of disputes."""

from billing.models import Dispute, Invoice


def disputes_of_invoice(invoice: Invoice) -> list[Dispute]:
    """Return the disputes of payments that paid something of an invoice, the newest first."""
    rows = Dispute.objects.filter(payment__allocations__invoice=invoice).distinct()
    return list(rows.select_related("payment", "location"))
