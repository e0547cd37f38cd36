"""Payouts for tests: money that came in, went to the bank, and was read here."""

from django.utils import timezone

from terminal.models import Payout
from terminal.services.payouts import read_payouts

LINES = "GET /v1/balance_transactions"


def pay_out(desk, **more):
    """Let Stripe pay out all that waits, and let it arrive; return it as it was made."""
    desk.clock.shift(2)  # a charge gets its balance transaction a second later
    made = desk.dashboard("pay_out", "", **more)
    desk.clock.shift(2)
    return made


def read(desk, **more):
    """Read the account's payouts as the schedule does; return whether the run ended."""
    return read_payouts(desk.config_now(), now=timezone.now(), **more)


def paid_out(desk, **more):
    """Return the payout of all that waits, read here."""
    made = pay_out(desk, **more)
    assert read(desk)
    return Payout.objects.get(stripe_id=made["id"])


def foreign(desk, amount=2500, **more):
    """Let somebody take a payment without us; return its intent."""
    return desk.dashboard("take_payment", "", amount=amount, **more)
