"""What a manager does about money at Stripe that nobody here knows: attach it to an invoice, or give it back."""

from datetime import datetime

from django.db import transaction

from billing.enums import InvoiceState, PaymentMethod, RefundMethod
from billing.models import Invoice, Payment, Refund
from billing.queries import lock_invoices
from billing.services.attaching import attach_money
from billing.services.payments import record_payment
from billing.services.refunds import Asker, Wish, ask
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from flexspace.core.money import Money
from terminal.models import Difference, LocationAccount, StripeMoney
from terminal.services import differences


class Surplus(DomainError):
    """More comes than is open on the invoice. Whoever saw the sentence goes on by sending ``agreed`` back."""

    status = 409

    def __init__(self, invoice: Invoice, rest: Money, back: Money) -> None:
        gone = f", and {back} went back at Stripe" if back.amount else ""
        self.rest = rest
        self.agreed = f"{invoice} {invoice.open} {rest}"
        super().__init__(
            f"Only {invoice.open} is open on {invoice}{gone}: the other {rest} becomes {invoice.payer.name}'s balance.",
            code="surplus",
        )


@transaction.atomic
def attach(
    *, by: Actor, difference: Difference, invoice: Invoice, reason: str, now: datetime, agreed: str = ""
) -> Payment:
    """Book a stranger's payment for ``invoice``, with who and why; the difference is closed in the same transaction.

    Locks the invoice, then Stripe's row: of two at once the second finds it booked. Raises Surplus where more comes
    than is open, unless just that is ``agreed``; Conflict and DomainError with what to do, also where the invoice's
    location charges through another account, so through another mode too.
    """
    [invoice] = lock_invoices([invoice.pk])
    money = _unbooked(difference)
    _same_account(difference, invoice.location)
    _ask_about_surplus(invoice, money, agreed)
    payment = attach_money(
        by=by,
        invoice=invoice,
        amount=money.money,
        reference=money.intent_id,
        received_at=money.created_at,
        reason=reason,
        livemode=difference.config.livemode,
        card_brand=money.card_brand,
        card_last4=money.card_last4,
        now=now,
    )
    differences.close(by=by, difference=difference, reason=f"Attached to {invoice}: {reason}", now=now)
    return payment


@transaction.atomic
def give_back(
    *, by: Actor, asker: Asker, difference: Difference, location: Location, back: int, reason: str, now: datetime
) -> Refund:
    """Book a stranger's payment for nobody and reserve the refund of what is left of it, by the refunds' own rules.

    ``back`` is what went back at Stripe before, in minor units. Nothing is booked when the refund is refused.
    """
    money = _unbooked(difference)
    _same_account(difference, location)
    payment = record_payment(
        by=by,
        location=location,
        member=None,
        company=None,
        method=PaymentMethod.CARD_AT_STRIPE,
        amount=money.money,
        reference=money.intent_id,
        allocations=[],
        received_at=money.created_at,
        reason=reason,
        card_brand=money.card_brand,
        card_last4=money.card_last4,
        livemode=difference.config.livemode,
        now=now,
    )
    wish = Wish({}, money.amount - back, RefundMethod.CARD, reason)
    refund = ask(by=by, asker=asker, payment=payment, wish=wish, now=now)
    left = Money(wish.loose, money.currency)
    differences.close(by=by, difference=difference, reason=f"{left} given back: {reason}", now=now)
    return refund


def _unbooked(difference: Difference) -> StripeMoney:
    """Lock Stripe's row of an open difference whose money is booked nowhere."""
    rows = StripeMoney.objects.filter(config=difference.config, stripe_id=difference.stripe_id)
    money = rows.select_for_update().first()
    still = Difference.objects.select_for_update().filter(pk=difference.pk, closed_at=None).first()
    if money is None or still is None or not still.may_be_attached:
        raise Conflict("This was dealt with already. Reload the page.", code="difference_closed")
    if Payment.objects.filter(reference=money.intent_id).exists():
        raise Conflict("This payment is booked already. Reload the page.", code="already_attached")
    return money


def _ask_about_surplus(invoice: Invoice, money: StripeMoney, agreed: str) -> None:
    """Raise Surplus unless the invoice takes it all, just that is agreed, or nothing can be booked for it anyhow."""
    rest = money.amount - money.back - invoice.open_amount
    takes = invoice.state == InvoiceState.ISSUED and invoice.open_amount and invoice.currency == money.currency
    if takes and rest > 0:
        found = Surplus(invoice, Money(rest, money.currency), Money(money.back, money.currency))
        if agreed != found.agreed:
            raise found


def _same_account(difference: Difference, location: Location) -> None:
    if not LocationAccount.objects.filter(location=location, config=difference.config).exists():
        raise DomainError(
            f"{location} does not charge through {difference.config}: this money is another account's.",
            code="other_account",
        )
