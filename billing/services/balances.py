"""What is paid and open on an invoice: always the sum of its rows, under its lock, never an addition."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum

from billing.enums import InvoiceState, RefundOutcome, RefundState
from billing.models import Allocation, CreditNote, Invoice, RefundAllocation
from billing.signals import invoice_paid

AMOUNTS = ("paid_amount", "credited_amount", "held_amount", "open_amount")


def apply_balances(invoices: Sequence[Invoice], *, paid: bool = True) -> list[Invoice]:
    """Write what is paid, credited, held and open on the locked ``invoices``; return those that it settles.

    Money counts as gone once Stripe says so. What went back in the Dashboard is held until a manager says whether it
    is owed: until then nobody is asked for it. ``paid`` says that what settles them is money: then ``invoice_paid`` is
    sent after the commit.
    """
    rows = _SUMS.filter(pk__in=[row.pk for row in invoices])
    sums = {pk: [value or 0 for value in rest] for pk, *rest in rows}
    settled = []
    for invoice in invoices:
        came, went, undecided, credited = sums[invoice.pk]
        was_open = invoice.state == InvoiceState.ISSUED and invoice.open_amount > 0
        # More can have gone than came only by what Stripe did behind us; managers are told, the invoice is just unpaid.
        invoice.paid_amount, invoice.credited_amount = max(0, came - went), credited
        if invoice.state == InvoiceState.ISSUED:
            rest = max(0, invoice.total_amount - credited - invoice.paid_amount)
            invoice.held_amount = min(rest, undecided)
            invoice.open_amount = rest - invoice.held_amount
        if not invoice.open_amount:
            invoice.reopened_at = None
        invoice.save(update_fields=[*AMOUNTS, "reopened_at"])
        if was_open and not invoice.open_amount and paid:
            settled.append(invoice)
            # send_robust and robust: a failing receiver must not turn booked money into an error page.
            send = partial(invoice_paid.send_robust, sender=Invoice, invoice_id=invoice.pk)
            transaction.on_commit(send, robust=True)
    return settled


def _sum(rows: "QuerySet[Any]", what: Any = "amount") -> Subquery:
    """Return the sum of the amounts (or ``what``) of ``rows`` of the invoice at hand."""
    own = rows.filter(invoice=OuterRef("pk")).order_by().values("invoice").annotate(total=Sum(what))
    return Subquery(own.values("total"))


_BACK = RefundAllocation.objects.filter(refund__state=RefundState.SUCCEEDED)
# Put together once: that takes twice the time of asking it.
_SUMS: "QuerySet[Any, Any]" = Invoice.objects.order_by().values_list(
    "pk",
    _sum(Allocation.objects.all()),
    _sum(_BACK),
    _sum(_BACK.filter(refund__outcome=RefundOutcome.UNDECIDED), F("amount") - F("surplus")),
    _sum(CreditNote.objects.all()),
)
