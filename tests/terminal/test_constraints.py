"""What the database itself refuses, whatever the code above it does."""

import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from terminal.enums import AttemptState
from terminal.models import (
    Attempt,
    AttemptAllocation,
    AttemptFlag,
    AttemptTransition,
    Reader,
    StripeConfig,
    StripeLocation,
    WebhookEvent,
)
from tests.factories.billing import make_issued_invoice, make_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def config(hafen):
    return StripeConfig.objects.create(
        name="Hafenplatz GmbH", account_id="acct_1", country="DE", currency="EUR", secret_key="sk_test_x"
    )


@pytest.fixture
def reader(config, hafen):
    place = StripeLocation.objects.create(config=config, stripe_id="tml_1", country="DE", location=hafen)
    return Reader.objects.create(
        config=config, stripe_id="tmr_1", stripe_location=place, label="S700", device_type="stripe_s700"
    )


@pytest.fixture
def row(config, hafen, reader):
    """Return a function that inserts an attempt directly."""

    def insert(state="created", **values):
        given = {
            "config": config,
            "location": hafen,
            "amount": 100,
            "currency": "EUR",
            "livemode": False,
            "actor_label": "Ben",
            "state": state,
            "reader": reader,
            "remote_id": f"pi_{uuid.uuid4().hex}",
            "deadline_at": timezone.now() + timedelta(minutes=10),
            **values,
        }
        return Attempt.objects.create(**given)

    return insert


def refused(constraint, change):
    """Check that the database refuses ``change``, by the named constraint where it tells names."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        change()
    assert constraint in str(refusal.value) or "UNIQUE constraint failed" in str(refusal.value)


def test_second_attempt_cannot_hold_the_same_reader(row):
    row("waiting", holds_reader=True)
    refused("attempt_one_per_reader", lambda: row("dispatching", holds_reader=True, dispatch_seq=1))
    assert row("declined", holds_reader=False).holds_reader is False


def test_intent_belongs_to_one_attempt(row):
    row(remote_id="pi_1")
    refused("attempt_remote_id", lambda: row("canceled", remote_id="pi_1"))


@pytest.mark.parametrize("amount", [0, -1])
def test_amount_is_more_than_nothing(row, amount):
    refused("attempt_positive", lambda: row(amount=amount))


@pytest.mark.parametrize("state", [state for state in AttemptState if state not in ("reserved", "failed")])
def test_state_beyond_reserved_needs_an_intent(row, state):
    holds = state in ("dispatching", "waiting", "unknown")
    payment = None
    if state == "succeeded":
        payment = make_payment(make_issued_invoice(row("failed", remote_id=None).location))
    refused("attempt_has_intent", lambda: row(state, remote_id=None, holds_reader=holds, payment=payment))


@pytest.mark.parametrize("state", ["reserved", "failed"])
def test_reserved_and_failed_need_no_intent(row, state):
    assert row(state, remote_id=None).state == state


@pytest.mark.parametrize("state", ["reserved", "created", "canceled", "failed"])
def test_reader_cannot_be_held_in_a_state_without_a_prompt(row, state):
    refused("attempt_may_hold_reader", lambda: row(state, holds_reader=True))


@pytest.mark.parametrize("state", ["dispatching", "waiting", "unknown"])
def test_state_with_a_prompt_holds_a_reader(row, state):
    refused("attempt_must_hold_reader", lambda: row(state, holds_reader=False))
    refused("attempt_must_hold_reader", lambda: row(state, holds_reader=True, reader=None))


def test_no_more_commands_are_unanswered_than_were_sent(row):
    refused("attempt_unanswered", lambda: row(dispatch_seq=1, unanswered=2))
    assert row(dispatch_seq=2, unanswered=2).unanswered == 2


def test_unanswered_cannot_fall_below_nothing(row):
    attempt = row(dispatch_seq=1, unanswered=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(unanswered=-1)


def test_succeeded_needs_a_payment(row):
    refused("attempt_booked", lambda: row("succeeded"))


def test_payment_belongs_to_one_attempt(row, hafen):
    payment = make_payment(make_issued_invoice(hafen))
    row("succeeded", payment=payment)
    refused("payment", lambda: row("succeeded", payment=payment))


def test_invoice_has_one_live_attempt_and_any_number_of_past_ones(row, hafen):
    invoice = make_issued_invoice(hafen)
    for _ in range(2):
        AttemptAllocation.objects.create(attempt=row("canceled"), invoice=invoice, amount=1, live=False)
    AttemptAllocation.objects.create(attempt=row(), invoice=invoice, amount=1)
    refused(
        "one_live_attempt_per_invoice",
        lambda: AttemptAllocation.objects.create(attempt=row(), invoice=invoice, amount=1),
    )


def test_attempt_names_an_invoice_once_and_with_an_amount(row, hafen):
    invoice, attempt = make_issued_invoice(hafen), row()
    AttemptAllocation.objects.create(attempt=attempt, invoice=invoice, amount=1, live=False)
    refused(
        "attempt_allocation_once",
        lambda: AttemptAllocation.objects.create(attempt=attempt, invoice=invoice, amount=1, live=False),
    )
    refused(
        "attempt_allocation_positive",
        lambda: AttemptAllocation.objects.create(attempt=row(), invoice=invoice, amount=0, live=False),
    )


def test_flag_is_raised_once(row):
    attempt = row()
    AttemptFlag.objects.create(attempt=attempt, kind="overpaid")
    refused("attempt_flag_once", lambda: AttemptFlag.objects.create(attempt=attempt, kind="overpaid"))


def test_version_is_logged_once_and_the_log_cannot_be_changed(row):
    attempt = row()
    line = {"attempt": attempt, "version": 1, "at": timezone.now(), "from_state": "", "to_state": "created",
            "cause": "start", "actor_kind": "job", "actor_label": "Flexspace"}  # fmt: skip
    logged = AttemptTransition.objects.create(**line)
    refused("attempt_transition_version", lambda: AttemptTransition.objects.create(**line))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AttemptTransition.objects.filter(pk=logged.pk).update(to_state="succeeded")
    logged.refresh_from_db()
    assert logged.to_state == "created"


def test_event_reader_and_stripe_location_are_stored_once_an_account(config, reader):
    WebhookEvent.objects.create(config=config, event_id="evt_1", type="x", body="{}")
    refused(
        "webhook_event_once", lambda: WebhookEvent.objects.create(config=config, event_id="evt_1", type="x", body="{}")
    )
    refused(
        "reader_once",
        lambda: Reader.objects.create(config=config, stripe_id="tmr_1", label="x", device_type="stripe_s700"),
    )
    refused(
        "stripe_location_once",
        lambda: StripeLocation.objects.create(config=config, stripe_id="tml_1", country="DE"),
    )
