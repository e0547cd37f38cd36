"""What of somebody's money paid no invoice: their balance."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from billing.enums import REFUND_BACK
from billing.models import Allocation, Payment, Refund, RefundAllocation
from billing.queries.disputes import held_by_banks
from flexspace.core.models import User
from flexspace.core.money import Money
from members.models import Company, Member

MOST = 20  # payments with something left that are shown at once


@dataclass(frozen=True, slots=True)
class Rest:
    """A payment with what of it paid no invoice, did not go back and is here."""

    payment: Payment
    left: Money


def rests_of(payer: Member | Company, *, user: User) -> list[Rest]:
    """Return the payments of ``payer`` that have something left to use, oldest first.

    What a bank has taken by a dispute counts as taken of what is left.
    """
    who = {"member": payer} if isinstance(payer, Member) else {"company": payer}
    return usable_rests(Payment.objects.for_user(user).filter(**who))


def usable_rests(payments: "QuerySet[Payment]", *, most: int = MOST) -> list[Rest]:
    """Return those of ``payments`` that have something left to use, oldest first; two queries."""
    rows = with_rest(payments).filter(rest__gt=0).select_related("location").order_by("received_at", "pk")
    found = list(rows[:most])
    held = held_by_banks([row.pk for row in found])
    usable = [(row, row.rest - held.get(row.pk, 0)) for row in found]
    return [Rest(row, Money(left, row.currency)) for row, left in usable if left > 0]


def with_rest(rows: "QuerySet[Payment]") -> "QuerySet[Any]":
    """Return payments that know their ``rest`` in minor units, as ``refundable`` counts it."""
    kept = Refund.objects.filter(payment=OuterRef("pk")).kept()
    taken = RefundAllocation.objects.filter(refund__payment=OuterRef("pk")).exclude(refund__state__in=REFUND_BACK)
    allocated = Allocation.objects.filter(payment=OuterRef("pk"))
    return rows.annotate(
        rest=F("amount") - _sum(allocated, "payment") - _sum(kept, "payment") + _sum(taken, "refund__payment")
    )


def total(amounts: Iterable[Money]) -> list[Money]:
    """Return the balance, one sum a currency."""
    sums: dict[str, Money] = {}
    for one in amounts:
        sums[one.currency] = sums.get(one.currency, Money.zero(one.currency)) + one
    return [sums[currency] for currency in sorted(sums)]


def _sum(rows: "QuerySet[Allocation] | QuerySet[Refund] | QuerySet[RefundAllocation]", by: str) -> Coalesce:
    sums = rows.order_by().values(by).annotate(total=Sum("amount")).values("total")
    return Coalesce(Subquery(sums), Value(0))
