"""Opens doors that were paused for an overdue invoice, as soon as it is owed no more."""

from datetime import datetime

from access.models import AccessGrant, SaltoKSConfig
from access.services.gathering import rights_at
from billing.models import Invoice
from members.models import Member


def to_let_in(invoice: Invoice, now: datetime) -> list[int]:
    """Return the ids of those ``invoice``'s payer pays for who have a right now and were not put into its group.

    Empty where the doors of the invoice's location are not paused for anything: nothing changed for them.
    """
    config = SaltoKSConfig.objects.filter(places__location=invoice.location_id, options__pause_overdue=True).first()
    if config is None:
        return []
    rights = rights_at(config, _paid_for(invoice), now)
    rows = AccessGrant.objects.filter(user__connection=config, user__member__in=rights, removed_at=None)
    given = set(rows.values_list("user__member", "group__group_id"))
    return sorted(
        member for member, right in rights.items() if any((member, group) not in given for group in right.groups)
    )


def _paid_for(invoice: Invoice) -> list[int]:
    if invoice.member_id:
        return [invoice.member_id]
    return list(Member.objects.filter(company=invoice.company_id, archived_at=None).values_list("pk", flat=True))
