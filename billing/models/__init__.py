"""Rows of the ledger."""

from billing.models.invoice import Invoice, InvoiceLine, InvoiceQuerySet, InvoiceSequence, TaxRate
from billing.models.payment import Allocation, Payment

__all__ = [
    "Allocation",
    "Invoice",
    "InvoiceLine",
    "InvoiceQuerySet",
    "InvoiceSequence",
    "Payment",
    "TaxRate",
]
