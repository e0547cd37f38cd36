"""What a pay link has at Stripe: a Checkout Session, which the machine sees as the intent that it leads to."""

from terminal.decide import IntentView
from terminal.enums import IntentStatus
from terminal.models import Attempt
from terminal.rules import PAGE_LIVES
from terminal.services.link_tokens import LinkKind, link_url
from terminal.stripe_client import StripeGateway
from terminal.stripe_client.checkout import SessionObject, SessionStatus


def make_page(gateway: StripeGateway, attempt: Attempt, *, metadata: dict[str, str], timeout: int) -> IntentView:
    """Open the page of an attempt, or get it again. Everything in it comes from the row: one key, one body.

    Both ways back lead to our own page, which asks Stripe and believes no browser. Raises StripeProblem.
    """
    assert attempt.amount is not None
    invoice = attempt.allocations.all()[0].invoice
    ours = link_url(LinkKind.PAY, invoice.uuid, at=attempt.created_at)
    session = gateway.create_payment_session(
        key=f"cs:{attempt.uuid}",
        amount=attempt.amount,
        currency=attempt.currency,
        description=str(invoice),
        metadata=metadata,
        success_url=ours,
        cancel_url=ours,
        expires_at=attempt.created_at + PAGE_LIVES,
        timeout=timeout,
    )
    return as_intent(session, attempt)


def read_page(gateway: StripeGateway, attempt: Attempt) -> IntentView:
    """Read the page of an attempt. Raises StripeProblem."""
    return as_intent(gateway.session(attempt.remote_id or ""), attempt)


def close_page(gateway: StripeGateway, attempt: Attempt, *, key: str, timeout: int) -> None:
    """Close the page of an attempt; one that was just paid on refuses that. Raises StripeProblem."""
    gateway.expire_session(attempt.remote_id or "", key=key, timeout=timeout)


def as_intent(session: SessionObject, attempt: Attempt) -> IntentView:
    """Return the intent that a page stands for: none until somebody tries to pay, and none any more once it expired.

    Money counts whatever the page says of itself.
    """
    intent = session.intent
    if intent and (intent.status is IntentStatus.SUCCEEDED or session.status is not SessionStatus.EXPIRED):
        return intent
    expired = session.status is SessionStatus.EXPIRED
    return IntentView(
        id=intent.id if intent else session.id,
        status=IntentStatus.CANCELED if expired else IntentStatus.REQUIRES_PAYMENT_METHOD,
        amount=attempt.amount or 0,
        amount_received=0,
        currency=attempt.currency,
        livemode=session.livemode,
    )
