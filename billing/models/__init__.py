"""Rows of the ledger."""

from billing.models.collection import Collection, Notice
from billing.models.dispute import Dispute
from billing.models.invoice import Invoice, InvoiceQuerySet, InvoiceSequence
from billing.models.line import BilledPeriod, InvoiceLine
from billing.models.payment import Allocation, Payment, netted
from billing.models.refund import CreditNote, Refund, RefundAllocation, RefundQuerySet, RefundTransition
from billing.models.run import BillingRun, BillingRunItem
from billing.models.sale import Sale
from billing.models.saved_card import Consent, SavedCard, SavedCardQuerySet

__all__ = [
    "Allocation",
    "BilledPeriod",
    "BillingRun",
    "BillingRunItem",
    "Collection",
    "Consent",
    "CreditNote",
    "Dispute",
    "Invoice",
    "InvoiceLine",
    "InvoiceQuerySet",
    "InvoiceSequence",
    "Notice",
    "Payment",
    "Refund",
    "RefundAllocation",
    "RefundQuerySet",
    "RefundTransition",
    "Sale",
    "SavedCard",
    "SavedCardQuerySet",
    "netted",
]
