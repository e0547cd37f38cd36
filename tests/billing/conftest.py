"""The account that cards of these tests are kept in, and the day their payments are made."""

import pytest
import time_machine

from terminal.models import StripeConfig
from tests.factories.billing import NOW


@pytest.fixture
def day_of_the_payments():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stripe_account(db):
    """Return an account that no call reaches."""
    return StripeConfig.objects.create(
        name="Hafenplatz GmbH", account_id="acct_1", country="DE", currency="EUR", secret_key="sk_test_x"
    )
