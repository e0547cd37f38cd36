"""One Stripe account's calls, gathered: the one class that services use."""

from terminal.models import StripeConfig
from terminal.models.config import note_right
from terminal.stripe_client.book_calls import BookCalls
from terminal.stripe_client.checkout import CheckoutCalls
from terminal.stripe_client.dispute_calls import DisputeCalls
from terminal.stripe_client.fleet_calls import FleetCalls
from terminal.stripe_client.hook_calls import HookCalls
from terminal.stripe_client.intents import IntentCalls
from terminal.stripe_client.off_session import OffSessionCalls
from terminal.stripe_client.payout_calls import PayoutCalls
from terminal.stripe_client.probes import ProbeCalls
from terminal.stripe_client.receipts import ReceiptCalls
from terminal.stripe_client.refund_calls import RefundCalls
from terminal.stripe_client.saving import SavingCalls
from terminal.stripe_client.terminal_calls import TerminalCalls


class StripeGateway(
    TerminalCalls,
    FleetCalls,
    HookCalls,
    IntentCalls,
    SavingCalls,
    OffSessionCalls,
    CheckoutCalls,
    ReceiptCalls,
    RefundCalls,
    BookCalls,
    DisputeCalls,
    PayoutCalls,
    ProbeCalls,
):
    """The verbs of one account. Amounts are minor units; ids are Stripe's."""

    @classmethod
    def of(cls, config: StripeConfig) -> "StripeGateway":
        """Return the gateway of a stored account."""
        return cls(config.secret_key, lambda permission: note_right(config.pk, permission, "missing"))
