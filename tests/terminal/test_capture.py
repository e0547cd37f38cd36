"""Keeping a card on the reader, alone and together with a payment: what is stored is what may be charged later."""

import pytest
from django.utils import timezone

from billing.models import SavedCard
from flexspace.core.errors import DomainError
from terminal.models import Attempt, StripeCustomer
from terminal.services.capture import BeingKept, start_capture
from tests.factories.cards import make_consent
from tests.factories.members import make_member
from tests.terminal.desk import ADMIN

pytestmark = pytest.mark.django_db(transaction=True)
WALLET = {"method": "phone"}


@pytest.fixture
def anna(desk):
    return make_member(desk.location, name="Anna Keller", email="anna@example.com")


def capture(desk, consent, reader=None):
    attempt = start_capture(by=ADMIN, consent=consent, reader=reader or desk.reader, now=timezone.now())
    return desk.advance(attempt)


def test_capture_keeps_the_generated_card_not_the_presented_one(desk, anna):
    attempt = capture(desk, make_consent(anna))
    assert (attempt.state, attempt.amount, attempt.holds_reader) == ("waiting", None, True)

    desk.tap()
    desk.settle(attempt)

    card = SavedCard.objects.get()
    assert (attempt.state, attempt.keep_result, attempt.kept_card, attempt.payment) == ("succeeded", "kept", card, None)
    intent = desk.api(f"setup_intents/{attempt.remote_id}", method="GET")
    assert card.payment_method_id != intent["payment_method"]
    method = desk.api(f"payment_methods/{card.payment_method_id}", method="GET")
    assert (method["type"], method["customer"], method["allow_redisplay"]) == ("card", card.customer_id, "limited")
    assert (card.member, card.brand, card.last4, card.is_default) == (anna, "visa", "4242", True)


def test_capture_with_a_wallet_keeps_a_card_for_charges_with_nobody_there_only(desk, anna):
    attempt = capture(desk, make_consent(anna))
    desk.tap(**WALLET)
    desk.settle(attempt)
    card = SavedCard.objects.get()
    assert (attempt.keep_result, card.off_session_only, card.redisplay) == ("kept", True, "limited")


def test_second_capture_of_the_same_person_leads_to_the_first(desk, anna):
    first = capture(desk, make_consent(anna))
    with pytest.raises(BeingKept) as being:
        start_capture(by=ADMIN, consent=make_consent(anna), reader=desk.reader, now=timezone.now())
    assert being.value.attempt == first
    assert Attempt.objects.count() == 1


def test_capture_with_a_withdrawn_consent_is_refused(desk, anna):
    consent = make_consent(anna, withdrawn_at=timezone.now())
    with pytest.raises(DomainError, match="withdrawn"):
        start_capture(by=ADMIN, consent=consent, reader=desk.reader, now=timezone.now())


def test_capture_cancelled_by_staff_keeps_nothing(desk, anna):
    attempt = capture(desk, make_consent(anna))
    desk.cancel(attempt)
    desk.settle(attempt)
    assert (attempt.state, attempt.holds_reader, SavedCard.objects.count()) == ("canceled", False, 0)
    assert desk.api(f"setup_intents/{attempt.remote_id}", method="GET")["status"] == "canceled"


def test_pay_and_keep_books_the_money_and_keeps_the_card(desk, anna):
    invoice = desk.invoice(14500, member=anna)
    attempt = desk.start(invoice, consent=make_consent(anna))
    desk.advance(attempt)
    desk.tap()
    desk.settle(attempt)
    invoice.refresh_from_db()
    card = SavedCard.objects.get()
    assert (attempt.state, attempt.keep_result, invoice.open_amount) == ("succeeded", "kept", 0)
    assert desk.api(f"payment_methods/{card.payment_method_id}", method="GET")["customer"] == card.customer_id


def test_pay_and_keep_with_a_phone_books_the_money_and_says_that_it_cannot_be_kept(desk, anna):
    invoice = desk.invoice(14500, member=anna)
    attempt = desk.start(invoice, consent=make_consent(anna))
    desk.advance(attempt)
    desk.tap(**WALLET)
    desk.settle(attempt)
    invoice.refresh_from_db()
    assert (attempt.state, attempt.keep_result, invoice.open_amount) == ("succeeded", "wallet", 0)
    assert SavedCard.objects.count() == 0


def test_customer_is_made_once_for_a_person_and_an_account(desk, anna):
    for _ in range(2):
        attempt = capture(desk, make_consent(anna))
        desk.tap()
        desk.settle(attempt)
    assert StripeCustomer.objects.get().member == anna
    assert len(desk.calls("/v1/customers")) == 2  # made, and named
    assert SavedCard.objects.filter(is_default=True).count() == 1


def test_customer_deleted_at_stripe_is_made_anew_at_the_next_try(desk, anna):
    attempt = capture(desk, make_consent(anna))
    desk.tap()
    desk.settle(attempt)
    desk.api(f"customers/{attempt.customer_id}", method="DELETE")
    second = capture(desk, make_consent(anna))
    assert (second.state, second.last_code) == ("failed", "resource_missing")
    third = capture(desk, make_consent(anna))
    assert third.state == "waiting"
    assert third.customer_id not in ("", attempt.customer_id)
