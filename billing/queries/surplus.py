"""What was paid too much on an invoice, and which open invoices of the same payer it may pay instead."""

from collections.abc import Collection

from django.db.models import F, Q, Sum

from billing.enums import REFUND_LIVE, InvoiceState
from billing.models import Dispute, Invoice, InvoiceQuerySet, Payment, RefundAllocation
from billing.queries.refunds import refundable, surplus_of
from flexspace.core.models import User
from flexspace.core.money import Money
from members.models import Company, Member

MOST = 20  # invoices that are offered at once
_OVER = Q(state=InvoiceState.ISSUED, paid_amount__gt=F("total_amount") - F("credited_amount")) | Q(
    state=InvoiceState.VOID, paid_amount__gt=0
)


def movable(invoice: Invoice) -> list[tuple[Payment, int]]:
    """Return what of which payments (minor units, the newest first) may leave ``invoice``; nothing when none is over.

    What is on its way back, or was taken back by the customer's bank, is not there to be moved, nor is what somebody
    else paid.
    """
    on_its_way = RefundAllocation.objects.filter(invoice=invoice, refund__state__in=REFUND_LIVE)
    rest = surplus_of(invoice) - (on_its_way.aggregate(sum=Sum("amount"))["sum"] or 0) if surplus_of(invoice) else 0
    if rest <= 0:
        return []
    rows = Payment.objects.filter(
        pk__in=invoice.allocations.values("payment"), member=invoice.member_id, company=invoice.company_id
    ).select_related("location", "member", "company")
    found = []
    for payment in rows.order_by("-pk"):
        left, taken = refundable(payment), Dispute.objects.filter(payment=payment).aggregate(sum=Sum("taken"))["sum"]
        part = max(0, min(rest, left.parts.get(invoice.pk, 0), left.total - (taken or 0)))
        rest -= part
        if part:
            found.append((payment, part))
    return found


def may_take(invoice: Invoice) -> InvoiceQuerySet:
    """Return the open invoices that may be paid with what is over on ``invoice``, oldest due first."""
    rows = Invoice.objects.open().filter(
        location=invoice.location_id, currency=invoice.currency, member=invoice.member_id, company=invoice.company_id
    )
    return rows.exclude(pk=invoice.pk).order_by("due_date", "pk")


def overpaid(payer: Member | Company, *, user: User) -> list[Invoice]:
    """Return the invoices of ``payer`` on which more was paid than they ask for, oldest first; one query."""
    who = {"member": payer} if isinstance(payer, Member) else {"company": payer}
    rows = Invoice.objects.for_user(user).filter(_OVER, **who)
    return list(rows.select_related("location").order_by("pk")[:MOST])


def overpaid_with(payments: Collection[int]) -> dict[int, tuple[Invoice, Money]]:
    """Return for those of ``payments`` (ids) that paid an invoice too much that invoice and the surplus; one query."""
    rows = Invoice.objects.filter(_OVER, allocations__payment__in=payments).annotate(by=F("allocations__payment"))
    return {row.by: (row, Money(surplus_of(row), row.currency)) for row in rows.order_by("-pk")}
