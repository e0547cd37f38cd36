"""Rows of everything Stripe."""

from terminal.models.attempt import Attempt, AttemptAllocation, AttemptQuerySet, AttemptTransition
from terminal.models.comparison import Comparison, Difference, StripeMoney
from terminal.models.config import LocationAccount, StripeConfig
from terminal.models.customer import CardLink, StripeCustomer
from terminal.models.flag import AttemptFlag
from terminal.models.payout import Payout, PayoutLine, PayoutReading
from terminal.models.reader import Reader, StripeLocation
from terminal.models.split import Split, SplitRow
from terminal.models.webhook_event import WebhookEvent

__all__ = [
    "Attempt",
    "AttemptAllocation",
    "AttemptFlag",
    "AttemptQuerySet",
    "AttemptTransition",
    "CardLink",
    "Comparison",
    "Difference",
    "LocationAccount",
    "Payout",
    "PayoutLine",
    "PayoutReading",
    "Reader",
    "Split",
    "SplitRow",
    "StripeConfig",
    "StripeCustomer",
    "StripeLocation",
    "StripeMoney",
    "WebhookEvent",
]
