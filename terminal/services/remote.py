"""What an attempt has at Stripe, by its kind: made, read, handed to a reader, cancelled. The machine knows no kinds."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from terminal.decide import UNREADABLE, IntentView, ReaderView
from terminal.enums import AttemptKind, IntentStatus, ReaderPicture
from terminal.models import Attempt
from terminal.services import refund_prompt
from terminal.services.customers import ensure_customer
from terminal.services.payment_page import close_page, make_page, read_page
from terminal.stripe_client import StripeGateway, StripeProblem
from terminal.stripe_client.objects import CardObject, ReaderObject
from terminal.stripe_client.off_session import BankAnswer
from terminal.stripe_client.refund_calls import RefundObject

K = AttemptKind
CLOCKS_DIFFER = timedelta(hours=1)  # at most, Stripe's and ours


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read: the reader first, so that the intent is never older; and the card that was kept, if any.

    ``refunds`` are all of the payment that a reader gives back.
    """

    intent: IntentView
    reader: ReaderView
    card: CardObject | None = None
    refunds: tuple[RefundObject, ...] = ()


def make(attempt: Attempt, *, timeout: int) -> IntentView:
    """Make the attempt's object at Stripe, or get it again: key and parameters are the row's and never change.

    Raises StripeProblem.
    """
    return _MAKE[K(attempt.kind)](StripeGateway.of(attempt.config), attempt, timeout)


def read(attempt: Attempt) -> Seen:
    """Read what Stripe shows of an attempt that has a remote id.

    Raises StripeProblem when its intent, or the card that it kept, cannot be read: then nothing is known.
    """
    assert attempt.remote_id
    gateway = StripeGateway.of(attempt.config)
    reader = _read_reader(gateway, attempt)
    if attempt.refund:
        refunds = gateway.refunds_of(attempt.refund.payment.reference)
        return Seen(refund_prompt.seen(attempt, reader, refunds, now=timezone.now()), reader, refunds=tuple(refunds))
    intent = _READ[K(attempt.kind)](gateway, attempt)
    return Seen(intent, reader, _read_card(gateway, attempt, intent))


def present(attempt: Attempt, reader_id: str, intent_id: str, *, key: str, timeout: int) -> ReaderObject:
    """Hand the attempt's intent, or the refund it makes, to a reader. Raises StripeProblem."""
    if attempt.refund:
        return refund_prompt.ask(attempt, reader_id, key=key, timeout=timeout)
    gateway = StripeGateway.of(attempt.config)
    redisplay = attempt.consent.redisplay if attempt.consent else ""
    if attempt.kind == K.CARD_CAPTURE:
        return gateway.process_setup_on_reader(reader_id, intent_id, key=key, timeout=timeout, redisplay=redisplay)
    return gateway.process_on_reader(reader_id, intent_id, key=key, timeout=timeout, redisplay=redisplay)


def cancel(attempt: Attempt, *, key: str, timeout: int) -> None:
    """Cancel the attempt's object at Stripe: the fence. A refund on a reader has none. Raises StripeProblem."""
    assert attempt.remote_id
    gateway = StripeGateway.of(attempt.config)
    if attempt.kind == K.CARD_CAPTURE:
        gateway.cancel_setup_intent(attempt.remote_id, key=key, timeout=timeout)
    elif attempt.kind == K.PAY_LINK:
        close_page(gateway, attempt, key=key, timeout=timeout)
    elif attempt.kind != K.READER_REFUND:
        gateway.cancel_intent(attempt.remote_id, key=key, timeout=timeout)


def ask_bank(attempt: Attempt, *, timeout: int) -> BankAnswer:
    """Charge the attempt's saved card, or get the answer again: key and parameters are the row's and never change.

    Raises StripeProblem.
    """
    assert attempt.saved_card is not None
    assert attempt.amount is not None
    metadata = _metadata(attempt)
    return StripeGateway.of(attempt.config).charge_card(
        key=f"pi:{attempt.uuid}",
        amount=attempt.amount,
        currency=attempt.currency,
        customer=attempt.customer_id,
        card=attempt.saved_card.payment_method_id,
        description=metadata["invoices"],
        metadata=metadata,
        timeout=timeout,
    )


def find(attempt: Attempt) -> str:
    """Return the id of the intent that an attempt without an answer made; "" when Stripe has none.

    Raises StripeProblem.
    """
    since = attempt.created_at - CLOCKS_DIFFER
    gateway = StripeGateway.of(attempt.config)
    return gateway.find_intent(customer=attempt.customer_id, attempt=str(attempt.uuid), since=since)


def _metadata(attempt: Attempt) -> dict[str, str]:
    """Return the tag by which people, and the matching of stray money, find the attempt. Numbers never change."""
    numbers = ", ".join(str(part.invoice) for part in attempt.allocations.all())[:200]
    tag = {"installation": settings.INSTALLATION, "attempt": str(attempt.uuid)}
    return {**tag, "invoices": numbers} if numbers else tag


def _make_charge(gateway: StripeGateway, attempt: Attempt, timeout: int) -> IntentView:
    assert attempt.amount is not None
    metadata = _metadata(attempt)
    return gateway.create_intent(
        key=f"pi:{attempt.uuid}",
        amount=attempt.amount,
        currency=attempt.currency,
        description=metadata.get("invoices", ""),
        metadata=metadata,
        timeout=timeout,
        customer=_customer(attempt, timeout) if attempt.consent_id else "",
        keep=attempt.consent_id is not None,
    )


def _make_capture(gateway: StripeGateway, attempt: Attempt, timeout: int) -> IntentView:
    customer = _customer(attempt, timeout)
    return gateway.create_setup_intent(
        key=f"seti:{attempt.uuid}", customer=customer, metadata=_metadata(attempt), timeout=timeout
    )


def _make_page(gateway: StripeGateway, attempt: Attempt, timeout: int) -> IntentView:
    return make_page(gateway, attempt, metadata=_metadata(attempt), timeout=timeout)


def _customer(attempt: Attempt, timeout: int) -> str:
    """Return the payer's Customer, frozen on the row before the intent is made: one key, one body."""
    if not attempt.customer_id:
        payer = attempt.member or attempt.company
        assert payer is not None
        customer_id = ensure_customer(attempt.config, payer, location=attempt.location, timeout=timeout)
        Attempt.objects.filter(pk=attempt.pk, customer_id="").update(customer_id=customer_id)
        attempt.refresh_from_db(fields=["customer_id"])
    return attempt.customer_id


def _read_reader(gateway: StripeGateway, attempt: Attempt) -> ReaderView:
    """Read the reader. It is only a picture: when it cannot be read, the intent still can."""
    if not attempt.reader_stripe_id or not attempt.remote_id:
        return ReaderView(ReaderPicture.NONE)
    try:
        return gateway.reader(attempt.reader_stripe_id).view(attempt.remote_id)
    except StripeProblem:
        return UNREADABLE


def _read_charge(gateway: StripeGateway, attempt: Attempt) -> IntentView:
    return gateway.intent(attempt.remote_id or "")


def _read_capture(gateway: StripeGateway, attempt: Attempt) -> IntentView:
    intent = gateway.setup_intent(attempt.remote_id or "")
    return replace(intent, currency=attempt.currency)


def _read_card(gateway: StripeGateway, attempt: Attempt, intent: IntentView) -> CardObject | None:
    """Read the card that was kept. Money must not wait for it: a charge is booked with what the charge tells."""
    if not attempt.consent_id or not intent.generated_card or intent.status is not IntentStatus.SUCCEEDED:
        return None
    try:
        return gateway.card(intent.generated_card)
    except StripeProblem:
        if attempt.kind == K.CARD_CAPTURE:
            raise
        return CardObject(intent.generated_card, attempt.customer_id, intent.card_brand, intent.card_last4,
                          None, None, "", "", "", intent.wallet, "")  # fmt: skip


_MAKE: dict[AttemptKind, Callable[[StripeGateway, Attempt, int], IntentView]] = {
    K.READER_CHARGE: _make_charge,
    K.CARD_CAPTURE: _make_capture,
    K.PAY_LINK: _make_page,
    K.READER_REFUND: lambda _gateway, attempt, _timeout: refund_prompt.made(attempt),
}
_READ: dict[AttemptKind, Callable[[StripeGateway, Attempt], IntentView]] = {
    K.READER_CHARGE: _read_charge,
    K.CARD_CAPTURE: _read_capture,
    K.PAY_LINK: read_page,
    K.OFF_SESSION: _read_charge,
}
