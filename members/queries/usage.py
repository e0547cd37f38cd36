"""Reads of what waits for the next bill."""

from dataclasses import dataclass

from flexspace.core.models import User
from flexspace.core.money import Money
from members.models import Company, Member, UsageCharge

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for the next bill; ``amount`` is for all of it, as prices are typed at the location."""

    row: UsageCharge
    amount: Money


def waiting(payer: Member | Company, *, user: User) -> list[Waiting]:
    """Return what is on the payer's next bill and not billed yet, the oldest first; one query."""
    who = {"member": payer} if isinstance(payer, Member) else {"company": payer}
    rows = UsageCharge.objects.for_user(user).filter(billed_line=None, dropped_at=None, **who)
    found = rows.select_related("product", "location", "used_by").order_by("on_date", "pk")[:SHOWN]
    return [Waiting(row, Money(row.quantity * row.unit_amount, row.location.currency)) for row in found]
