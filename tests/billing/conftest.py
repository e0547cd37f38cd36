"""What cards of these tests are kept in."""

import pytest

from terminal.models import StripeConfig


@pytest.fixture
def stripe_account(db):
    """Return an account that no call reaches."""
    return StripeConfig.objects.create(
        name="Hafenplatz GmbH", account_id="acct_1", country="DE", currency="EUR", secret_key="sk_test_x"
    )
