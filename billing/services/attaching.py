"""Money that paid no invoice yet: booked for one by a person, or used later from what is left of a payment.

Payments and allocations only grow: what is left of a payment is its amount less its allocations and refunds.
"""

from datetime import datetime

from django.db import transaction

from billing.enums import InvoiceState, PaymentMethod
from billing.models import Allocation, Invoice, Payment
from billing.queries import lock_invoices
from billing.queries.disputes import held_by_banks
from billing.queries.refunds import refundable
from billing.services import collecting
from billing.services.balances import apply_balances
from billing.services.fulfilling import fulfil_paid
from billing.services.payments import record_payment
from billing.signals import about_to_change
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money


@transaction.atomic
def attach_money(
    *,
    by: Actor,
    invoice: Invoice,
    amount: Money,
    reference: str,
    received_at: datetime,
    reason: str,
    livemode: bool,
    now: datetime,
    card_brand: str = "",
    card_last4: str = "",
) -> Payment:
    """Book money that came without us for ``invoice``, up to what is open; a surplus is left as the payer's balance.

    Raises Conflict when it is booked already or the invoice asks for nothing, and DomainError for another currency.
    """
    [locked] = lock_invoices([invoice.pk])
    if Payment.objects.filter(reference=reference).exists():
        raise Conflict("This payment is booked already. Reload the page.", code="already_attached")
    payment = record_payment(
        by=by,
        location=locked.location,
        member=locked.member,
        company=locked.company,
        method=PaymentMethod.CARD_AT_STRIPE,
        amount=amount,
        reference=reference,
        allocations=[],
        received_at=received_at,
        reason=_cleaned(reason),
        card_brand=card_brand,
        card_last4=card_last4,
        livemode=livemode,
        now=now,
    )
    use_rest(by=by, payment=payment, invoice=locked, reason=reason, now=now)
    return payment


@transaction.atomic
def use_rest(*, by: Actor, payment: Payment, invoice: Invoice, reason: str, now: datetime) -> Money:
    """Let what is left of ``payment`` pay ``invoice``, up to what is open; return how much that was.

    Locks the invoices by ascending id, then the payment. Raises Conflict when nothing is left or open, or while
    somebody is paying or a bank holds the rest, and DomainError when the two do not belong together.
    """
    own = Allocation.objects.filter(payment=payment).values_list("invoice_id", flat=True)
    invoices = {row.pk: row for row in lock_invoices([*own, invoice.pk])}
    locked = Payment.objects.select_related("location", "member", "company")
    payment = locked.select_for_update(of=("self",), no_key=True).get(pk=payment.pk)
    target = invoices[invoice.pk]
    about_to_change.send(sender=Invoice, invoice_ids=[target.pk])
    said = _cleaned(reason)
    # Nobody knows whether a bank took the debt or the rest: the rest waits until the dispute is over.
    held = held_by_banks([payment.pk]).get(payment.pk, 0)
    part = _part(payment, target, rest=refundable(payment).loose, held=held)
    Allocation.objects.create(payment=payment, invoice=target, amount=part)
    before = target.open_amount
    apply_balances([target])
    collecting.paid(by=by, invoices=[target], payment=payment, now=now)
    fulfil_paid(by=by, invoices=[target], paid_at=payment.received_at, now=now)
    audit.record(
        "billing.payment.used",
        by=by,
        about=[payment, target, target.payer],
        location=payment.location,
        before={"currency": payment.currency, "open": before},
        after={"amount": part, "currency": payment.currency, "invoice": str(target), "open": target.open_amount},
        reason=said,
    )
    return Money(part, payment.currency)


def _cleaned(reason: str) -> str:
    if not reason.strip():
        raise DomainError("Say why; it is kept with your name.", code="reason_missing")
    return refuse_card_number(reason.strip())


def check_fits(row: Payment | Invoice, invoice: Invoice) -> None:
    """Raise DomainError unless the money of ``row`` may pay ``invoice``, and Conflict when nothing is open on that."""
    if invoice.currency != row.currency:
        raise DomainError(f"{invoice} is in {invoice.currency}, the money in {row.currency}.", code="currency_mismatch")
    if invoice.location_id != row.location_id:
        raise DomainError(f"{invoice} belongs to {invoice.location}, the money does not.", code="other_location")
    if (invoice.member_id, invoice.company_id) != (row.member_id, row.company_id):
        raise DomainError(f"{invoice} is somebody else's: the money is not theirs to use.", code="other_payer")
    if invoice.state != InvoiceState.ISSUED or not invoice.open_amount:
        raise Conflict(f"Nothing is open on {invoice}.", code="invoice_not_open")


def _part(payment: Payment, invoice: Invoice, *, rest: int, held: int) -> int:
    """Return how much of the rest pays the invoice, in minor units; raise for two that do not belong together."""
    check_fits(payment, invoice)
    if Allocation.objects.filter(payment=payment, invoice=invoice).exists():
        raise Conflict(f"This payment pays {invoice} already. Choose another invoice.", code="allocated_before")
    if rest <= 0:
        raise Conflict("Nothing of this payment is left to use. Reload the page.", code="nothing_left")
    if rest <= held:
        taken = Money(held, payment.currency)
        raise Conflict(f"The customer's bank has taken {taken} of this payment back by a dispute.", code="disputed")
    return min(rest - held, invoice.open_amount)
