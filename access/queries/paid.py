"""Reads who comes in with a payment."""

from billing.models import InvoiceLine, Payment
from members.models import CheckIn, Member


def people_of(payment: Payment) -> list[Member]:
    """Return who was checked in with a pass that ``payment`` paid, or whose membership began with it; three queries."""
    paid = payment.allocations.values("invoice")
    lines = list(InvoiceLine.objects.filter(invoice__in=paid).select_related("membership"))
    came = CheckIn.objects.filter(undone_at=None, entry__day_pass__source_line__in=[line.pk for line in lines])
    ids = set(came.values_list("member", flat=True))
    ids |= {pk for line in lines if line.plan_to_begin and line.membership
            for pk in (line.membership.member_id, line.membership.person_id) if pk}  # fmt: skip
    return list(Member.objects.filter(pk__in=ids).select_related("location").order_by("pk")) if ids else []
