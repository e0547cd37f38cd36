"""How much of a payment the front desk and managers of a location may let go back."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import Location
from flexspace.core.money import Money


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the front desk and managers of a location may let go back, in its currency.

    Raises DomainError for another currency, less than nothing, or a desk above managers.
    """

    location: Location
    desk: Money
    manager: Money

    def __post_init__(self) -> None:
        if {self.desk.currency, self.manager.currency} != {self.location.currency}:
            raise DomainError(f"{self.location} gives back {self.location.currency}.", code="currency_mismatch")
        for name, amount in (("desk", self.desk), ("manager", self.manager)):
            if amount.amount < 0:
                raise DomainError("A limit is 0 or more.", code=f"{name}_below_zero")
        if self.manager < self.desk:
            raise DomainError("Managers may give back at least as much as the front desk.", code="desk_above_manager")


@transaction.atomic
def set_limits(*, by: Actor, wanted: Iterable[Limits]) -> list[Location]:
    """Set the limits of some locations, all or none; return those that changed, of which the audit tells."""
    changed = []
    for limits in sorted(wanted, key=lambda one: one.location.pk):
        row = Location.objects.select_for_update().get(pk=limits.location.pk)
        before = _words(row)
        row.refund_limit_desk, row.refund_limit_manager = limits.desk.amount, limits.manager.amount
        if _words(row) != before:
            row.save(update_fields=["refund_limit_desk", "refund_limit_manager"])
            audit.record("billing.refund.limits", by=by, about=[row], location=row, before=before, after=_words(row))
            changed.append(row)
    return changed


def _words(row: Location) -> dict[str, str]:
    return {
        "desk": str(Money(row.refund_limit_desk, row.currency)),
        "manager": str(Money(row.refund_limit_manager, row.currency)),
    }
