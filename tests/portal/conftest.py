"""A desk with money on it, in two locations."""

import datetime as dt

import pytest
import time_machine

from billing.enums import PaymentMethod
from flexspace.core.actors import Actor
from terminal.enums import FlagKind
from terminal.models import AttemptFlag, LocationAccount, Reader, StripeConfig, StripeLocation
from terminal.services.collect import start
from tests.factories.billing import make_issued_invoice, make_payment
from tests.factories.members import make_company, make_member

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
EARLIER = NOW - dt.timedelta(days=40)


@pytest.fixture(autouse=True)
def clock():
    """Stop the clock on a Monday at ten in Berlin."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def fill():
    """Return a function that puts late invoices, payments and companies on a location's desk."""

    def make(place, count=1, name="Lena Fischer"):
        for number in range(count):
            member = make_member(place, name=f"{name} {number}")
            company = make_company(place, name=f"{name} Works {number}")
            make_issued_invoice(place, 14500, member=member, now=EARLIER)
            make_issued_invoice(place, 64000, company=company, now=EARLIER)
            paid = make_issued_invoice(place, 4500, member=member, now=EARLIER)
            make_payment(paid, method=PaymentMethod.CASH, received_at=NOW)

    return make


def add_readers(place, *labels):
    """Return readers at ``place``, made as Stripe's list would make them."""
    account, _made = StripeConfig.objects.get_or_create(
        account_id=f"acct_{place.code}",
        defaults={"name": f"{place.name} Ltd", "country": place.country, "currency": place.currency, "secret_key": "x"},
    )
    LocationAccount.objects.get_or_create(location=place, config=account)
    spot, _made = StripeLocation.objects.get_or_create(
        config=account, stripe_id=f"tml_{place.code}", defaults={"country": place.country, "location": place}
    )
    return [
        Reader.objects.create(
            config=account,
            stripe_id=f"tmr_{label}",
            stripe_location=spot,
            label=label,
            device_type="stripe_s700",
            status="online",
        )
        for label in labels
    ]


@pytest.fixture
def run():
    """Return a function that starts charges, each on a reader of its own."""

    def start_some(place, count=1):
        readers = add_readers(place, *[f"Desk {number}" for number in range(count)])
        made = []
        for reader in readers:
            invoice = make_issued_invoice(place, 2500, now=NOW)
            parts = [(invoice, invoice.open)]
            made.append(start(by=Actor.job("test"), parts=parts, reader=reader, now=NOW))
        return made

    return start_some


@pytest.fixture
def flagged(hafen, run):
    """Return a charge at Hafenplatz that a manager must look at."""
    (attempt,) = run(hafen)
    AttemptFlag.objects.create(attempt=attempt, kind=FlagKind.LATE_SUCCESS)
    return attempt
