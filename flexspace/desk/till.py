"""Takes the money of a sale: its draft is issued in the same transaction, so a refused charge leaves a draft."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.enums import InvoiceState, PaymentMethod
from billing.models import Invoice, Payment, Sale
from billing.queries import lock_invoices
from billing.services import sales
from billing.services.payments import record_by_hand
from billing.services.saved_cards import lock_owner
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.money import Money
from terminal.models import Attempt, Reader
from terminal.services import collect
from terminal.services.keeping import Agreed, agree_and_charge


@transaction.atomic
def charge(
    *, by: Actor, sale: Sale, reader: Reader, now: datetime, token: UUID, agreed: Agreed | None = None
) -> Attempt:
    """Issue the sale and reserve its charge on ``reader``, with the other invoices that were ticked.

    Raises what issuing and starting a charge raise; then nothing has changed. What was
    ``agreed`` to keeps the card with the same tap.
    """
    _lock(sale)
    if agreed:
        lock_owner(sale.invoice.payer)  # whose card it is: after invoices, before the seats that issuing locks
    sales.issue(by=by, sale=sale, now=now)
    parts = [(invoice, invoice.open) for invoice in to_pay(sale)]
    if agreed:
        return agree_and_charge(by=by, parts=parts, agreed=agreed, reader=reader, now=now, token=token)
    return collect.start(by=by, parts=parts, reader=reader, now=now, token=token)


@transaction.atomic
def take_cash(*, by: Actor, sale: Sale, shown: Money, change: Money, now: datetime, token: UUID) -> Payment:
    """Issue the sale and book cash for it and the other invoices that were ticked; ``change`` goes back.

    Conflict when that is no longer the sum that the page has ``shown``: somebody has counted notes by it.
    """
    _lock(sale)
    sales.issue(by=by, sale=sale, now=now)
    invoices = to_pay(sale)
    amount = Money.sum([invoice.open for invoice in invoices], sale.invoice.currency)
    if amount != shown:
        raise Conflict(
            f"The sum has changed: it was {shown}, it is {amount} now. Nothing was booked.", code="sum_changed"
        )
    Sale.objects.filter(pk=sale.pk).update(change_amount=change.amount)
    return record_by_hand(
        by=by,
        invoices=invoices,
        amount=amount,
        method=PaymentMethod.CASH,
        reason="Paid at the counter",
        received_at=now,
        now=now,
        token=token,
    )


@transaction.atomic
def complete(*, by: Actor, sale: Sale, now: datetime) -> None:
    """Issue a sale that costs nothing: what is in it is given at once. Conflict when it costs something."""
    if sales.issue(by=by, sale=sale, now=now).open_amount:
        raise Conflict("Something is to be paid. Choose how.", code="not_free")


def to_pay(sale: Sale) -> list[Invoice]:
    """Return what is open of the sale and of the invoices ticked with it; a draft is not yet."""
    rows = [sale.invoice, *sale.also.select_related("location", "member", "company").order_by("due_date", "pk")]
    return [row for row in rows if row.state == InvoiceState.ISSUED and row.open_amount > 0]


def _lock(sale: Sale) -> None:
    """Lock every invoice of the payment by ascending id, before any of them is changed."""
    lock_invoices([sale.invoice_id, *sale.also.values_list("pk", flat=True)])
