"""Reads of refunds: what of a payment can go back, from which invoices, and to whom it may be asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery, Sum

from billing.enums import REFUND_BACK
from billing.explain.refunds import given_label
from billing.models import Allocation, Invoice, InvoiceLine, Payment, Refund, RefundAllocation
from flexspace.core.models import Location, User
from flexspace.core.roles import Role
from members.models import DayPass, Membership


@dataclass(frozen=True, slots=True)
class Refundable:
    """What of a payment can still go back, in minor units: of each invoice (its id), and of what paid no invoice."""

    parts: dict[int, int] = field(default_factory=dict)
    loose: int = 0

    @property
    def total(self) -> int:
        """Return all of it."""
        return sum(self.parts.values()) + self.loose


def refundable(payment: Payment, *, at_stripe: bool = False) -> Refundable:
    """Return what can still go back of ``payment``; with ``at_stripe`` leave out what Stripe does not know yet."""
    kept = Refund.objects.filter(payment=payment).kept()
    if at_stripe:
        kept = kept.exclude(method="card", reference=None)
    parts: dict[int, int] = {}
    for pk, amount in Allocation.objects.filter(payment=payment).order_by("pk").values_list("invoice_id", "amount"):
        parts[pk] = parts.get(pk, 0) + amount
    loose = payment.amount - sum(parts.values())
    gone = RefundAllocation.objects.filter(refund__in=kept).order_by().values_list("invoice_id")
    taken: dict[int, int] = dict(gone.annotate(sum=Sum("amount")))
    loose -= int(kept.order_by().aggregate(sum=Sum("amount"))["sum"] or 0) - sum(taken.values())
    return Refundable({pk: part - taken.get(pk, 0) for pk, part in parts.items()}, loose)


def with_refunded(rows: "QuerySet[Allocation]") -> "QuerySet[Allocation]":
    """Return allocations that know what their payment pays of their invoice by now, and how much of it went back.

    They are for ``can_go_back``.
    """
    own = Allocation.objects.filter(payment=OuterRef("payment"), invoice=OuterRef("invoice")).order_by()
    pays = own.values("invoice").annotate(total=Sum("amount"))
    kept = RefundAllocation.objects.filter(refund__payment=OuterRef("payment"), invoice=OuterRef("invoice"))
    sums = kept.exclude(refund__state__in=REFUND_BACK).order_by().values("invoice").annotate(total=Sum("amount"))
    return rows.annotate(refunded=Subquery(sums.values("total")), pays=Subquery(pays.values("total")))


def can_go_back(part: Allocation) -> bool:
    """Return whether something of an allocation (``with_refunded``) can still go back."""
    return part.amount > 0 and getattr(part, "pays", 0) > (getattr(part, "refunded", 0) or 0)


def spread_back(left: Refundable, invoices: Sequence[Invoice], amount: int) -> dict[int, int]:
    """Return from which invoices ``amount`` goes back, their ids with minor units; what is missing paid no invoice.

    First what paid no invoice, then what was paid too much, so that refunding a double payment leaves the invoice
    paid; then the newest debt before the oldest.
    """
    rest = amount - min(amount, max(0, left.loose))
    taken = dict.fromkeys(left.parts, 0)
    surplus = {invoice.pk: surplus_of(invoice) for invoice in invoices}
    for most in (surplus, left.parts):
        for pk in reversed(list(left.parts)):
            part = max(0, min(rest, left.parts[pk] - taken[pk], most.get(pk, 0)))
            taken[pk] += part
            rest -= part
    return {pk: part for pk, part in taken.items() if part}


def surplus_of(invoice: Invoice) -> int:
    """Return what came on an invoice and is not owed: all of it where the invoice is void."""
    return invoice.paid_amount if invoice.state == "void" else invoice.surplus.amount


def refunds() -> "QuerySet[Refund]":
    """Return refunds with what a row shows."""
    parts = RefundAllocation.objects.select_related("invoice", "refund")
    rows: QuerySet[Refund] = Refund.objects.select_related("payment", "location")
    return rows.prefetch_related(Prefetch("allocations", parts), "credit_notes__invoice")


def refunds_of_invoice(invoice: Invoice) -> list[Refund]:
    """Return what went back from ``invoice``, newest first."""
    return list(refunds().filter(allocations__invoice=invoice).order_by("-pk"))


def who_may_refund(place: Location, amount: int) -> list[str]:
    """Return the names of up to three people at ``place`` who may let ``amount`` (minor units) go back."""
    people = User.objects.filter(is_active=True)
    managers = people.filter(role=Role.MANAGER, locations=place)
    named = list(managers[:3]) if amount <= place.refund_limit_manager else []
    named = named or list(people.filter(role=Role.ADMIN)[:3])
    return [person.name for person in named]


@dataclass(frozen=True, slots=True)
class Given:
    """A day pass that an invoice line gave, with what is left of it."""

    line: InvoiceLine
    day_pass: DayPass
    left: int

    @property
    def label(self) -> str:
        """Return what it is, with what is left of it."""
        return given_label(str(self.day_pass.product or "Day pass"), self.left, self.day_pass.credits)

    @property
    def unused(self) -> bool:
        """Return whether nothing of it was used."""
        return self.left == self.day_pass.credits


def passes_given(invoices: Collection[int]) -> list[Given]:
    """Return the day passes that the lines of ``invoices`` (ids) gave and nobody took back. Two queries."""
    lines = {row.pk: row for row in InvoiceLine.objects.filter(invoice__in=invoices).select_related("invoice")}
    rows = DayPass.objects.filter(source_line__in=lines, revoked_at=None).select_related("product", "location")
    return [
        Given(lines[row.source_line or 0], row, row.left)
        for row in rows.annotate(left=Sum("entries__credits", default=0)).order_by("pk")
    ]


def memberships_given(invoices: Collection[int]) -> list[Membership]:
    """Return the memberships that lines of ``invoices`` (ids) are for, with their terms; a refund does not end them."""
    rows = Membership.objects.filter(pk__in=InvoiceLine.objects.filter(invoice__in=invoices).values("membership"))
    return list(rows.with_terms().select_related("plan", "location").order_by("pk"))
