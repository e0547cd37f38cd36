"""A desk with money on it, in two locations."""

import datetime as dt

import pytest
import time_machine
from django.conf import settings as configured

from billing.enums import PaymentMethod
from flexspace.core.actors import Actor
from flexspace.core.locks import note_start
from flexspace.portal.health import readiness
from terminal.enums import AttemptState, FlagKind
from terminal.models import Attempt, AttemptFlag, Comparison, LocationAccount, Reader, StripeConfig, StripeLocation
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


@pytest.fixture
def broker_up(monkeypatch):
    """Let the broker answer: tests have one that lives in memory."""
    monkeypatch.setattr(readiness, "broker_answers", lambda: True)


@pytest.fixture
def running(hafen, broker_up):
    """Let every scheduled job have begun just now, and one account be read and heard."""
    for entry in configured.CELERY_BEAT_SCHEDULE.values():
        note_start(f"job:{entry['task']}", now=NOW)
    add_readers(hafen, "Desk")
    StripeConfig.objects.update(
        synced_at=NOW, webhook_secret="whsec_0123456789", webhook_proven_at=NOW, webhook_asked_at=NOW, clock_ahead=0.1
    )
    Comparison.objects.create(config=StripeConfig.objects.get(), compared_at=NOW)
    return StripeConfig.objects.get()


def paid_by_rows(attempt, at):
    """Let a charge be paid at the moment ``at``, without Stripe."""
    money = make_payment(attempt.allocations.get().invoice, received_at=NOW)
    Attempt.objects.filter(pk=attempt.pk).update(
        state=AttemptState.SUCCEEDED,
        finished_at=at,
        holds_reader=False,
        next_check_at=None,
        payment=money,
        remote_id="pi_1",
    )
