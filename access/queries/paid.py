"""Reads who comes in with a payment."""

from billing.models import InvoiceLine, Payment, netted
from members.models import CheckIn, Member


def people_of(payment: Payment) -> list[Member]:
    """Return who was checked in with a pass that ``payment`` pays by now, or whose membership began with it.

    What was moved to another invoice lets nobody in on the one it left. Four queries.
    """
    paid = [part.invoice_id for part in netted(payment.allocations.all())]
    lines = list(InvoiceLine.objects.filter(invoice__in=paid).select_related("membership"))
    came = CheckIn.objects.filter(undone_at=None, entry__day_pass__source_line__in=[line.pk for line in lines])
    ids = set(came.values_list("member", flat=True))
    ids |= {pk for line in lines if line.plan_to_begin and line.membership
            for pk in (line.membership.member_id, line.membership.person_id) if pk}  # fmt: skip
    return list(Member.objects.filter(pk__in=ids).select_related("location").order_by("pk")) if ids else []
