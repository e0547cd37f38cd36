"""What was paid too much on an invoice, and which open invoices of the same payer it may pay instead."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import F, Q, Sum

from billing.enums import REFUND_LIVE, InvoiceState
from billing.models import Allocation, Invoice, InvoiceQuerySet, Payment, RefundAllocation
from billing.queries.disputes import held_by_banks
from billing.queries.refunds import Refundable, refundables, surplus_of
from flexspace.core.models import User
from flexspace.core.money import Money
from members.models import Company, Member

MOST = 20  # invoices that are offered at once
_OVER = Q(state=InvoiceState.ISSUED, paid_amount__gt=F("total_amount") - F("credited_amount")) | Q(
    state=InvoiceState.VOID, paid_amount__gt=0
)


@dataclass(frozen=True, slots=True)
class Over:
    """What is over on an invoice, in minor units, and what of which payments may leave it, the newest first.

    ``amount`` is without what is on its way back. ``held`` is what banks have of the invoice's payments by disputes:
    nobody knows whether that is the debt or the surplus, so it counts as surplus. ``parts`` may pay another invoice;
    ``back`` is what each payment could give back alone, whoever paid it.
    """

    amount: int
    held: int
    parts: list[tuple[Payment, int]]
    back: list[tuple[Payment, int]]

    @property
    def usable(self) -> int:
        """Return how much of it may pay another invoice."""
        return sum(part for _payment, part in self.parts)

    @property
    def free(self) -> int:
        """Return what of it is here."""
        return max(0, self.amount - self.held)

    def back_from(self, payment: Payment) -> int:
        """Return how much of it ``payment`` could give back."""
        return dict(self.back).get(payment, 0)


def movable(invoice: Invoice) -> list[tuple[Payment, int]]:
    """Return what of which payments (minor units, the newest first) may leave ``invoice``; nothing when none is over.

    What is on its way back, or was taken back by the customer's bank, is not there to be moved, nor is what somebody
    else paid.
    """
    over = over_on([invoice]).get(invoice.pk)
    return over.parts if over else []


def over_on(invoices: Collection[Invoice]) -> dict[int, Over]:
    """Return for those of ``invoices`` on which something is over what that is, by their ids; seven queries at most."""
    rows = [row for row in invoices if surplus_of(row) > 0]
    if not rows:
        return {}
    ids = [row.pk for row in rows]
    live = RefundAllocation.objects.filter(invoice__in=ids, refund__state__in=REFUND_LIVE).order_by()
    going = dict(live.values_list("invoice_id").annotate(sum=Sum("amount")))
    own = Payment.objects.filter(pk__in=Allocation.objects.filter(invoice__in=ids).values("payment")).order_by("-pk")
    payments = list(own.select_related("location", "member", "company"))
    left, taken = refundables(payments), held_by_banks([row.pk for row in payments])
    return {row.pk: _over(row, surplus_of(row) - going.get(row.pk, 0), payments, left, taken) for row in rows}


def _over(
    invoice: Invoice, amount: int, payments: list[Payment], left: dict[int, Refundable], taken: dict[int, int]
) -> Over:
    """Return what is over on one invoice; ``left`` and ``taken`` are of all ``payments``, by their ids."""
    here = {row.pk: left[row.pk].parts[invoice.pk] for row in payments if invoice.pk in left[row.pk].parts}
    held = {pk: min(taken.get(pk, 0), max(0, part)) for pk, part in here.items()}
    free = rest = max(0, amount - sum(held.values()))
    parts, back = [], []
    for payment in payments:
        pk, theirs = payment.pk, (payment.member_id, payment.company_id)
        most = max(0, min(here[pk] - held[pk], left[pk].total - taken.get(pk, 0))) if pk in here else 0
        part = min(rest, most) if theirs == (invoice.member_id, invoice.company_id) else 0
        rest -= part
        if part:
            parts.append((payment, part))
        if min(free, most):
            back.append((payment, min(free, most)))
    return Over(amount, sum(held.values()), parts, back)


def may_take(invoice: Invoice) -> InvoiceQuerySet:
    """Return the open invoices that may be paid with what is over on ``invoice``, oldest due first."""
    rows = Invoice.objects.open().filter(
        location=invoice.location_id, currency=invoice.currency, member=invoice.member_id, company=invoice.company_id
    )
    return rows.exclude(pk=invoice.pk).order_by("due_date", "pk")


def overpaid(payer: Member | Company, *, user: User) -> list[tuple[Invoice, Money]]:
    """Return the invoices of ``payer`` on which more was paid than they ask for, oldest first, and how much is usable.

    Where none of it may pay another invoice, the invoice is left out. A constant number of queries.
    """
    who = {"member": payer} if isinstance(payer, Member) else {"company": payer}
    found = Invoice.objects.for_user(user).filter(_OVER, **who)
    rows = list(found.select_related("location").order_by("pk")[:MOST])
    over = over_on(rows)
    return [(row, Money(over[row.pk].usable, row.currency)) for row in rows if over[row.pk].usable]


def overpaid_with(payments: Collection[int]) -> dict[int, tuple[Invoice, Money]]:
    """Return for those of ``payments`` (ids) that pay an invoice too much by now that invoice and what is usable of it.

    Where nothing else of the payer is open, it is left out. A constant number of queries.
    """
    own = Allocation.objects.filter(payment__in=payments, invoice__in=Invoice.objects.filter(_OVER))
    pays = own.order_by("-invoice_id").values_list("payment_id", "invoice_id").annotate(sum=Sum("amount"))
    pairs = [(payment, invoice) for payment, invoice, part in pays if part > 0]
    rows = Invoice.objects.in_bulk({invoice for _payment, invoice in pairs})
    open_for = open_elsewhere(rows.values())
    usable = {
        pk: Money(over.usable, rows[pk].currency) for pk, over in over_on(rows.values()).items() if pk in open_for
    }
    return {payment: (rows[invoice], usable[invoice]) for payment, invoice in pairs if usable.get(invoice)}


def open_elsewhere(rows: Iterable[Invoice | Payment]) -> set[int]:
    """Return the ids of those of ``rows`` whose payer has something open at the same place; one query.

    All are invoices that ask for nothing any more, or all are payments.
    """
    found = list(rows)
    members, companies = {row.member_id for row in found} - {None}, {row.company_id for row in found} - {None}
    theirs = Invoice.objects.open().filter(Q(member__in=members) | Q(company__in=companies)).order_by()
    asked = set(theirs.values_list("member_id", "company_id", "location_id", "currency").distinct())
    return {row.pk for row in found if (row.member_id, row.company_id, row.location_id, row.currency) in asked}
