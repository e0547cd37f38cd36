"""How much of a payment may go back: no more than came, and of a surplus no more than is over."""

from collections.abc import Mapping, Sequence

from billing.models import Invoice, Payment
from billing.queries.refunds import Refundable
from billing.queries.surplus import over_on
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money, step

LOOSE = 0  # stands for the part that paid no invoice, where parts have ids of invoices


class TooMuch(Conflict):
    """More than can go back. ``part`` is the one part to blame, an invoice's id or LOOSE; None: all of it together."""

    def __init__(self, message: str, *, part: int | None = None) -> None:
        super().__init__(message, code="more_than_paid")
        self.part = part


def check_amounts(payment: Payment, parts: Mapping[int, int], loose: int, left: Refundable) -> None:
    """Raise DomainError for ``parts`` of invoices and a ``loose`` one (minor units) that cannot go back.

    TooMuch for more than ``left``.
    """
    each, total = {**parts, LOOSE: loose}, sum(parts.values()) + loose
    if any(part < 0 for part in each.values()) or total <= 0:
        raise DomainError("Enter an amount above zero.", code="amount_not_positive")
    if any(part % step(payment.currency) for part in each.values()):
        raise DomainError(f"{payment.currency} goes back in whole units only.", code="amount_step")
    most = {**left.parts, LOOSE: left.loose}
    blamed = [pk for pk, part in each.items() if part > most.get(pk, 0)]
    if len(blamed) == 1 and 0 < most.get(blamed[0], 0) <= left.total:
        allowed = Money(most[blamed[0]], payment.currency)
        raise TooMuch(f"Enter {allowed} or less: that is what can still go back.", part=blamed[0])
    if blamed or total > left.total:
        raise too_much(payment, left)


def too_much(payment: Payment, left: Refundable) -> TooMuch:
    """Return what to say where all of a refund together is more than ``left`` of ``payment``."""
    if left.total <= 0:
        return TooMuch("Nothing of this payment can still go back.")
    most = Money(left.total, payment.currency)
    return TooMuch(f"Enter {most} or less in all: that is what can still go back.")


def check_over(invoices: Sequence[Invoice], parts: Mapping[int, int]) -> None:
    """Raise TooMuch for ``parts`` of locked ``invoices`` (ids with minor units) of which less is over by now."""
    over = over_on(invoices)
    for invoice in invoices:
        free = over[invoice.pk].free if invoice.pk in over else 0
        if not free:
            raise TooMuch(f"Nothing is over on {invoice} any more.")
        if parts[invoice.pk] > free:
            most = Money(free, invoice.currency)
            raise TooMuch(f"Enter {most} or less: that is what is over on {invoice}.", part=invoice.pk)
