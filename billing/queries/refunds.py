"""Reads of refunds: what of a payment can go back, from which invoices, and to whom it may be asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db.models import Prefetch, QuerySet, Sum

from billing.enums import CANCELED_HERE, RefundState
from billing.explain.refunds import given_label
from billing.models import Allocation, Invoice, InvoiceLine, Payment, Refund, RefundAllocation
from flexspace.core.models import Location, User
from flexspace.core.roles import Role
from members.models import DayPass, Membership

# Why a refund failed that nobody refused: the card may well take the next one.
NOT_TRIED = ("not_sent", "absent_at_stripe", "not_presented", "no_reader_chosen", CANCELED_HERE)


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
    return refundables([payment], at_stripe=at_stripe)[payment.pk]


def refundables(payments: Collection[Payment], *, at_stripe: bool = False) -> dict[int, Refundable]:
    """Return by their ids what can still go back of ``payments``, as ``refundable`` does; three queries."""
    parts: dict[int, dict[int, int]] = {row.pk: {} for row in payments}
    kept = Refund.objects.filter(payment__in=parts.keys()).kept()
    if at_stripe:
        kept = kept.exclude(method="card", reference=None)
    rows = Allocation.objects.filter(payment__in=parts.keys()).order_by("pk")
    for payment, invoice, amount in rows.values_list("payment_id", "invoice_id", "amount"):
        parts[payment][invoice] = parts[payment].get(invoice, 0) + amount
    gone = dict(kept.order_by().values_list("payment_id").annotate(sum=Sum("amount")))
    taken: dict[int, dict[int, int]] = {row.pk: {} for row in payments}
    back = RefundAllocation.objects.filter(refund__in=kept).order_by().values_list("refund__payment", "invoice_id")
    for payment, invoice, amount in back.annotate(sum=Sum("amount")):
        taken[payment][invoice] = amount
    return {row.pk: _left(row, parts[row.pk], gone.get(row.pk, 0), taken[row.pk]) for row in payments}


def _left(payment: Payment, parts: dict[int, int], gone: int, taken: dict[int, int]) -> Refundable:
    """Return what is left where ``gone`` went back, of it ``taken`` of invoices."""
    loose = payment.amount - sum(parts.values()) - (gone - sum(taken.values()))
    return Refundable({pk: part - taken.get(pk, 0) for pk, part in parts.items()}, loose)


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


def card_takes_nothing(payment: Payment) -> bool:
    """Return whether the last refund of ``payment`` to its card was refused, or came back."""
    last = Refund.objects.filter(payment=payment, method="card").order_by("-pk").first()
    return last is not None and last.state == RefundState.FAILED and last.failure_code not in NOT_TRIED


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
