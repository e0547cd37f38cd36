"""How much of a payment the front desk and managers of a location may let go back."""

from django.db import transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import Location
from flexspace.core.money import Money


@transaction.atomic
def set_limits(*, by: Actor, location: Location, desk: Money, manager: Money) -> None:
    """Set both limits of ``location``, in its currency. DomainError for less than nothing, or a desk above managers."""
    row = Location.objects.select_for_update().get(pk=location.pk)
    if {desk.currency, manager.currency} != {row.currency}:
        raise DomainError(f"{row} gives back {row.currency}.", code="currency_mismatch")
    if desk.amount < 0 or manager.amount < 0:
        raise DomainError("A limit is 0 or more.", code="amount_not_positive")
    if manager < desk:
        raise DomainError("Managers may give back at least as much as the front desk.", code="desk_above_manager")
    before = _words(row)
    row.refund_limit_desk, row.refund_limit_manager = desk.amount, manager.amount
    if _words(row) == before:
        return
    row.save(update_fields=["refund_limit_desk", "refund_limit_manager"])
    audit.record("billing.refund.limits", by=by, about=[row], location=row, before=before, after=_words(row))


def _words(row: Location) -> dict[str, str]:
    return {
        "desk": str(Money(row.refund_limit_desk, row.currency)),
        "manager": str(Money(row.refund_limit_manager, row.currency)),
    }
