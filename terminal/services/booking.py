"""What a success leaves in the ledger: the payment, and the card that was kept."""

from datetime import UTC, datetime
from typing import Any

from billing.enums import PaymentMethod
from billing.models import Payment
from billing.services.payments import record_payment
from billing.services.saved_cards import KeptCard, keep_card
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.money import Money
from terminal.decide import IntentView
from terminal.enums import AttemptKind, KeepResult
from terminal.services.machine import Locked
from terminal.services.remote import Seen
from terminal.stripe_client.objects import CardObject

STRIPE = Actor.stripe()
METHODS = {
    AttemptKind.READER_CHARGE: PaymentMethod.CARD_READER,
    AttemptKind.OFF_SESSION: PaymentMethod.SAVED_CARD,
    AttemptKind.PAY_LINK: PaymentMethod.CARD_LINK,
}


def keep(row: Locked, seen: Seen, *, now: datetime) -> dict[str, Any]:
    """Write down the card that came with a success, and return what the attempt's row says of it.

    No card is the answer for phones and some networks: it is said, not taken for a failure.
    https://docs.stripe.com/terminal/features/saving-payment-details/save-directly
    """
    attempt = row.attempt
    if attempt.consent is None:
        return {}
    brand = seen.intent.card_brand[:20]
    if seen.card is None:
        why = KeepResult.WALLET if seen.intent.wallet else KeepResult.NO_REUSABLE_CARD
        return {"keep_result": why, "card_brand": brand}
    card = keep_card(
        by=STRIPE,
        consent=attempt.consent,
        card=kept_facts(seen.card, customer_id=attempt.customer_id, wallet=seen.intent.wallet),
        account=attempt.config.account_id,
        livemode=attempt.livemode,
        origin=seen.intent.charge_id or seen.intent.id,
        now=now,
    )
    result = KeepResult.DROPPED if card.removed_at else KeepResult.KEPT
    return {"keep_result": result, "kept_card": card, "card_brand": brand}


def kept_facts(card: CardObject, *, customer_id: str = "", wallet: str = "") -> KeptCard:
    """Return what is written down of a card; ``customer_id`` and ``wallet`` are for what Stripe leaves out."""
    return KeptCard(
        payment_method_id=card.id,
        customer_id=card.customer_id or customer_id,
        brand=card.brand,
        last4=card.last4,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        fingerprint=card.fingerprint,
        funding=card.funding,
        country=card.country,
        wallet=card.wallet or wallet,
        redisplay=card.redisplay,
    )


def book(row: Locked, intent: IntentView) -> Payment:
    """Record what Stripe says was received: never what was asked for."""
    attempt = row.attempt
    payment = record_payment(
        by=STRIPE,
        location=attempt.location,
        member=attempt.member,
        company=attempt.company,
        method=METHODS[AttemptKind(attempt.kind)],
        amount=Money(intent.amount_received, intent.currency),
        reference=intent.id,
        allocations=allocate(row, intent),
        locked=row.invoices,
        received_at=datetime.fromtimestamp(intent.charge_created, UTC) if intent.charge_created else attempt.created_at,
        card_brand=intent.card_brand,
        card_last4=intent.card_last4,
        reader_label=attempt.reader.label if attempt.reader else "",
        livemode=intent.livemode,
        card_receipt=dict(intent.receipt),
        consent=attempt.consent if intent.generated_card else None,
        receipt_to=attempt.receipt_to,
    )
    if attempt.receipt_to is not None:
        audit.tell_on(payment, of=attempt, action="terminal.attempt.receipt_chosen")
    return payment


def allocate(row: Locked, intent: IntentView) -> list[tuple[int, int]]:
    """Spread what was received over the invoices in order; a surplus stays on the last one, where it is seen.

    Money of another currency or mode pays no invoice: it stays unallocated for a manager.
    """
    if intent.currency != row.attempt.currency or intent.livemode != row.attempt.livemode:
        return []
    left, parts = intent.amount_received, []
    for part in row.parts:
        amount = left if part is row.parts[-1] else min(left, part.amount)
        if amount > 0:
            parts.append((part.invoice_id, amount))
        left -= amount
    return parts
