"""Money that came: booked once, allocated to invoices, never dropped."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from billing.enums import BY_HAND, InvoiceState, PaymentMethod
from billing.models import Allocation, Consent, Invoice, Payment
from billing.queries import lock_invoices
from billing.services import collecting
from billing.services.balances import apply_balances
from billing.services.fulfilling import fulfil_paid
from billing.services.receipts import queue_receipts
from billing.signals import about_to_change
from flexspace.core import audit, restored
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from flexspace.core.money import Money
from flexspace.core.one_use import claim_token, keep_result
from members.models import Company, Member


@transaction.atomic
def record_payment(
    *,
    by: Actor,
    location: Location,
    member: Member | None,
    company: Company | None,
    method: PaymentMethod,
    amount: Money,
    reference: str,
    allocations: Sequence[tuple[int, int]],
    received_at: datetime,
    reason: str = "",
    card_brand: str = "",
    card_last4: str = "",
    reader_label: str = "",
    livemode: bool = False,
    card_receipt: Mapping[str, str] | None = None,
    consent: Consent | None = None,
    receipt_to: str | None = None,
    locked: Sequence[Invoice] | None = None,
    rest: int = 0,
    now: datetime | None = None,
) -> Payment:
    """Book ``amount`` once under ``reference`` and allocate it: pairs of invoice id and minor units.

    Without pairs the payment stays unallocated, for a manager; with them ``rest`` (minor units) is what pays none of
    the invoices and stays as the payer's balance. ``card_receipt`` is what card networks want on the
    receipt, under Stripe's names; ``consent`` is what the payer agreed to with this payment, for the receipt too;
    ``receipt_to`` is where the payer wants the receipt ("" nowhere, None: at their own address).

    Locks the invoices by ascending id, or takes them from ``locked``: those that the caller has locked already, whose
    balances are then those after the payment. A second call with the same reference returns the payment of the first
    and changes nothing. Money that came is booked whatever became of the invoice: beyond its total (the surplus stays
    visible) and on a void one; the caller flags those. Lines that are paid in full by it are fulfilled at ``now``
    (None: this moment) in the same transaction, its receipt is asked for there too (``services.receipts``), and
    ``invoice_paid`` is sent after the commit for every invoice that this payment completes. Raises DomainError when
    amount, currency, location and allocations do not agree.
    """
    invoices = _among(locked, {pk for pk, _part in allocations})
    parts = _check_allocations(invoices, allocations, amount - Money(rest, amount.currency), location)
    payment, created = Payment.objects.get_or_create(
        reference=reference,
        defaults={
            "location": location,
            "member": member,
            "company": company,
            "method": method,
            "amount": amount.amount,
            "currency": amount.currency,
            "received_at": received_at,
            "received_by": by.label,
            "reason": reason,
            "card_brand": card_brand,
            "card_last4": card_last4,
            "reader_label": reader_label,
            "livemode": livemode,
            "card_receipt": dict(card_receipt or {}) | ({"consent": str(consent.uuid)} if consent else {}),
        },
    )
    if created:
        moment = now or timezone.now()
        _allocate(by, payment, invoices, parts, moment)
        fulfil_paid(by=by, invoices=invoices, paid_at=received_at, now=moment)
        queue_receipts(payment, allocated=bool(parts), to=receipt_to, now=moment)
    return payment


@transaction.atomic
def record_by_hand(
    *,
    by: Actor,
    invoices: Sequence[Invoice],
    amount: Money,
    method: PaymentMethod,
    reason: str,
    received_at: datetime,
    now: datetime,
    token: UUID | None = None,
    beyond: int = 0,
) -> Payment:
    """Book cash, a transfer or a cheque for ``invoices`` of one payer, oldest due first; part payment is fine.

    ``reason`` says where the money came from and is kept. ``token`` is the form's: AlreadyUsed carries the uuid of
    the payment that its first use made. ``beyond`` (minor units) is what somebody has seen to be more than is open and
    wants kept as the payer's balance; any other sum is a typing error, because nobody's card was charged. Raises
    Conflict while a reader is taking money for one of the invoices, and DomainError for a method, invoice or amount
    that cannot be.
    """
    restored.refuse_while_held()
    claim = claim_token(token, by=by, purpose="billing.payment") if token else None
    locked = lock_invoices([invoice.pk for invoice in invoices])
    about_to_change.send(sender=Invoice, invoice_ids=[invoice.pk for invoice in locked])
    reason = _check_by_hand(locked, amount, method, reason, received_at, now, beyond=beyond)
    first, parts = locked[0], spread(locked, amount)
    payment = record_payment(
        by=by,
        location=first.location,
        member=first.member,
        company=first.company,
        method=method,
        amount=amount,
        reference=f"{method.value}-{token or uuid4()}",
        allocations=parts,
        locked=locked,
        rest=amount.amount - sum(part for _pk, part in parts),
        received_at=received_at,
        reason=reason,
        now=now,
    )
    if claim:
        keep_result(claim, str(payment.uuid))
    return payment


def spread(invoices: Sequence[Invoice], amount: Money) -> list[tuple[int, int]]:
    """Return how ``amount`` pays ``invoices``: oldest due first, each up to what is open."""
    rest = amount.amount
    parts = []
    for invoice in sorted(invoices, key=lambda row: (row.due_date or row.created_at.date(), row.pk)):
        part = min(rest, invoice.open_amount)
        if part > 0:
            parts.append((invoice.pk, part))
            rest -= part
    return parts


def _among(locked: Sequence[Invoice] | None, wanted: set[int]) -> list[Invoice]:
    return lock_invoices(wanted) if locked is None else [row for row in locked if row.pk in wanted]


def _check_allocations(
    invoices: Sequence[Invoice], allocations: Sequence[tuple[int, int]], amount: Money, location: Location
) -> dict[int, int]:
    parts = dict(allocations)
    if len(parts) != len(allocations) or len(invoices) != len(parts):
        raise DomainError("An invoice is missing or named twice. Reload the page.", code="allocation_invoices")
    if amount.amount <= 0 or any(part <= 0 for part in parts.values()):
        raise DomainError("A payment is more than nothing. Enter an amount above zero.", code="amount_not_positive")
    if parts and sum(parts.values()) != amount.amount:
        raise DomainError("The parts of the payment do not add up to its amount.", code="allocation_sum")
    for invoice in invoices:
        if invoice.currency != amount.currency:
            raise DomainError(
                f"{invoice} is in {invoice.currency}, the payment in {amount.currency}. Take one payment per currency.",
                code="currency_mismatch",
            )
        if invoice.location_id != location.pk:
            raise DomainError(
                f"{invoice} belongs to {invoice.location}. Take one payment per location.", code="other_location"
            )
        if invoice.state == InvoiceState.DRAFT:
            raise DomainError(f"{invoice} was not issued yet. Issue it first.", code="invoice_draft")
    return parts


def _check_by_hand(
    invoices: Sequence[Invoice],
    amount: Money,
    method: PaymentMethod,
    reason: str,
    received_at: datetime,
    now: datetime,
    *,
    beyond: int,
) -> str:
    """Return the cleaned reason, or raise for what a person must correct."""
    if method not in BY_HAND:
        raise DomainError("A card payment is booked by the reader, not by hand.", code="method_not_by_hand")
    if not invoices:
        raise DomainError("Choose at least one invoice.", code="no_invoice")
    if not reason.strip():
        raise DomainError("Say where the money came from; it is kept with your name.", code="reason_missing")
    if received_at > now:
        raise DomainError("Money cannot be received in the future. Check the date.", code="received_in_future")
    if len({(invoice.member_id, invoice.company_id) for invoice in invoices}) > 1:
        raise DomainError("These invoices have different payers. Record one payment for each.", code="several_payers")
    for invoice in invoices:
        if invoice.currency != amount.currency:
            raise DomainError(f"{invoice} is in {invoice.currency}.", code="currency_mismatch")
        if invoice.state != InvoiceState.ISSUED:
            raise Conflict(
                f"{invoice} is {invoice.get_state_display().lower()}: nobody owes it.", code="invoice_not_open"
            )
    owing = Money.sum([invoice.open for invoice in invoices], amount.currency)
    if not owing.amount:
        raise Conflict("Nothing is open here any more, so nothing was recorded.", code="nothing_open")
    if amount.amount > owing.amount and amount.amount - owing.amount != beyond:
        raise Conflict(f"Only {owing} is open. Enter that or less.", code="more_than_open")
    return refuse_card_number(reason.strip())


def _allocate(by: Actor, payment: Payment, invoices: Sequence[Invoice], parts: dict[int, int], now: datetime) -> None:
    """Write the parts of a new payment, what they leave open, and the audit row."""
    Allocation.objects.bulk_create(
        Allocation(payment=payment, invoice_id=pk, amount=part) for pk, part in parts.items()
    )
    before = {str(invoice): invoice.open_amount for invoice in invoices}
    apply_balances(invoices)
    collecting.paid(by=by, invoices=invoices, payment=payment, now=now)
    payer = payment.member or payment.company
    audit.record(
        "billing.payment.recorded",
        by=by,
        about=[payment, *invoices, *([payer] if payer else [])],
        location=payment.location,
        before={"currency": payment.currency, "open": before},
        after=_booked(payment, invoices, parts),
        reason=payment.reason,
    )


def _booked(payment: Payment, invoices: Sequence[Invoice], parts: dict[int, int]) -> dict[str, Any]:
    return {
        "amount": payment.amount,
        "currency": payment.currency,
        "method": payment.method,
        "reference": payment.reference,
        "allocated": {str(invoice): parts[invoice.pk] for invoice in invoices},
        "open": {str(invoice): invoice.open_amount for invoice in invoices},
    }
