"""Raw data pages: money to look only, tax rates to change."""

from django.contrib import admin

from billing.models import Allocation, CreditNote, Invoice, InvoiceLine, InvoiceSequence, Payment, Refund
from flexspace.core.raw_pages import LookOnly


class LineInline(LookOnly, admin.TabularInline):
    """The lines of an invoice."""

    model = InvoiceLine


class AllocationInline(LookOnly, admin.TabularInline):
    """What a payment paid."""

    model = Allocation


@admin.register(Invoice)
class InvoiceAdmin(LookOnly, admin.ModelAdmin):
    """Invoices."""

    list_display = ["__str__", "state", "total", "open", "location", "due_date"]
    list_select_related = ["location"]
    list_filter = ["state", "location"]
    search_fields = ["=number"]
    inlines = [LineInline]


@admin.register(Payment)
class PaymentAdmin(LookOnly, admin.ModelAdmin):
    """Payments."""

    list_display = ["reference", "money", "method", "location", "received_at"]
    list_select_related = ["location"]
    list_filter = ["method", "location"]
    search_fields = ["=reference"]
    inlines = [AllocationInline]


@admin.register(InvoiceSequence)
class InvoiceSequenceAdmin(LookOnly, admin.ModelAdmin):
    """The next number of each location."""

    list_display = ["location", "next_number"]
    list_select_related = ["location"]


@admin.register(Refund)
class RefundAdmin(LookOnly, admin.ModelAdmin):
    """Refunds."""

    list_display = ["uuid", "money", "method", "state", "origin", "location", "asked_at"]
    list_select_related = ["location"]
    list_filter = ["state", "origin", "location"]
    search_fields = ["=reference"]


@admin.register(CreditNote)
class CreditNoteAdmin(LookOnly, admin.ModelAdmin):
    """Credit notes."""

    list_display = ["number", "money", "invoice", "location", "issue_date"]
    list_select_related = ["location", "invoice"]
    list_filter = ["location"]
    search_fields = ["=number"]
