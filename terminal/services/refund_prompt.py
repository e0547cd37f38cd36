"""What a refund on a reader has at Stripe: a command that names it, and the refunds of the payment that say its end.

There is no object to cancel, as there is for a charge: whoever presents the card makes the refund. So nothing but the
reader's slot and the list can say that nothing will go back, and a doubt lasts until GONE_AFTER.
https://docs.stripe.com/terminal/features/refunds
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from billing.enums import RefundRemote
from terminal.decide import IntentView, ReaderView
from terminal.enums import AttemptState, IntentStatus, ReaderPicture
from terminal.models import Attempt
from terminal.rules import GONE_AFTER
from terminal.stripe_client import StripeGateway
from terminal.stripe_client.objects import ReaderObject, refund_mark
from terminal.stripe_client.refund_calls import RefundObject

R = ReaderPicture
ENDED = (RefundRemote.FAILED, RefundRemote.CANCELED)


def made(attempt: Attempt) -> IntentView:
    """Return what there is before any command: nothing at Stripe, under the name that its commands will carry."""
    return _view(attempt, IntentStatus.REQUIRES_PAYMENT_METHOD)


def ask(attempt: Attempt, reader_id: str, *, key: str, timeout: int) -> ReaderObject:
    """Let a reader ask for the card that paid. Raises StripeProblem."""
    refund = attempt.refund
    assert refund is not None
    return StripeGateway.of(attempt.config).refund_on_reader(
        reader_id,
        intent=refund.payment.reference,
        amount=refund.amount,
        metadata={"installation": settings.INSTALLATION, "refund": str(refund.uuid), "attempt": str(attempt.uuid)},
        key=key,
        timeout=timeout,
    )


def seen(attempt: Attempt, reader: ReaderView, refunds: Sequence[RefundObject], *, now: datetime) -> IntentView:
    """Return what the refunds of the payment, read after ``reader``, say of this attempt, as if it were an intent."""
    tag = (settings.INSTALLATION, str(attempt.uuid))
    mine = [one for one in refunds if (one.installation, one.attempt) == tag]
    if any(one.status not in ENDED for one in mine):
        return _view(attempt, IntentStatus.SUCCEEDED)
    over = bool(mine) or (attempt.state == AttemptState.CANCELING and _nothing_can_follow(attempt, reader, now=now))
    return _view(attempt, IntentStatus.CANCELED if over else IntentStatus.REQUIRES_PAYMENT_METHOD)


def lets_go(attempt: Attempt, reader: ReaderView) -> bool:
    """Return whether the reader is free before the end: every command was answered, and none of them is on it."""
    quiet = reader.picture not in (R.OURS_IN_PROGRESS, R.OURS_SUCCEEDED, R.UNREADABLE)
    return attempt.state == AttemptState.CANCELING and attempt.unanswered == 0 and quiet


def _nothing_can_follow(attempt: Attempt, reader: ReaderView, *, now: datetime) -> bool:
    """Return whether no command of the attempt can give money back any more.

    Never while the reader shows one of them. Else each was answered and none was in doubt; or the time is over in which
    a late one would have come. What comes later still is found by the list, and told to a manager.
    """
    if reader.picture in (R.OURS_IN_PROGRESS, R.OURS_SUCCEEDED):
        return False
    if attempt.sent_at is None or now >= attempt.sent_at + GONE_AFTER:
        return True
    doubted = attempt.transitions.filter(to_state=AttemptState.UNKNOWN).exists()
    return reader.picture is not R.UNREADABLE and attempt.unanswered == 0 and not doubted


def _view(attempt: Attempt, status: IntentStatus) -> IntentView:
    return IntentView(
        id=refund_mark(str(attempt.uuid)), status=status, amount=0, amount_received=0, currency=attempt.currency,
        livemode=attempt.livemode, payment_method_types=("card_present",),
    )  # fmt: skip
