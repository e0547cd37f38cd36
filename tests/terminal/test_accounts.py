"""Stripe accounts: one row for each mode of an account, and a location that moves from one to another."""

import pytest
from django.utils import timezone

from billing.enums import PaymentMethod
from billing.services.payments import record_payment
from flexspace.core.errors import DomainError
from flexspace.core.money import Money
from terminal.models import LocationAccount, StripeConfig, StripeLocation
from terminal.services.accounts import save_account, save_webhook_secret
from terminal.services.readers import map_location
from tests.factories.billing import make_payment
from tests.terminal.desk import ADMIN

pytestmark = pytest.mark.django_db(transaction=True)
LIVE_KEY = "sk_" + "live_hafenplatz"


def live_twin(config, name="Live"):
    """Return the live mode of the account of ``config``: Stripe gives both modes one account id."""
    return StripeConfig.objects.create(
        account_id=config.account_id,
        name=name,
        livemode=True,
        country=config.country,
        currency=config.currency,
        secret_key=LIVE_KEY,
    )


def test_key_of_test_mode_never_replaces_the_live_one(desk):
    StripeConfig.objects.filter(pk=desk.config.pk).update(livemode=True, secret_key=LIVE_KEY)
    practice = save_account(by=ADMIN, key=desk.key)
    live = StripeConfig.objects.get(pk=desk.config.pk)
    assert (live.livemode, live.secret_key) == (True, LIVE_KEY)
    assert (practice.livemode, practice.secret_key) == (False, desk.key)
    assert practice.account_id == live.account_id
    assert practice.name != live.name


def test_account_added_again_keeps_its_row(desk):
    assert save_account(by=ADMIN, key=desk.key).pk == desk.config.pk


def test_name_of_another_account_is_refused_with_a_sentence(desk):
    with pytest.raises(DomainError) as refused:
        save_account(by=ADMIN, key="sk_test_kiyosumi", name=desk.config.name)
    assert refused.value.code == "name_taken"


def test_location_moves_to_another_account_once_nothing_of_the_old_one_is_mapped(desk):
    old = desk.config.stripe_locations.get()
    live = live_twin(desk.config)
    new = StripeLocation.objects.create(config=live, stripe_id="tml_live", country="DE", display_name="Live")
    with pytest.raises(DomainError) as refused:
        map_location(by=ADMIN, place=new, location=desk.location)
    assert refused.value.code == "account_differs"

    map_location(by=ADMIN, place=old, location=None)
    map_location(by=ADMIN, place=new, location=desk.location)
    assert LocationAccount.objects.get(location=desk.location).config == live


def test_signing_secret_sent_twice_keeps_the_one_before(desk):
    config = desk.config
    for secret in ("whsec_first_secret", "whsec_second_secret", "whsec_second_secret"):
        save_webhook_secret(by=ADMIN, config=config, secret=secret)
    assert config.webhook_secrets == ["whsec_second_secret", "whsec_first_secret"]


def test_a_location_that_takes_real_money_is_not_charged_through_a_test_account(desk):
    invoice = desk.invoice(14500)
    make_payment(invoice)
    place = desk.config.stripe_locations.get()
    map_location(by=ADMIN, place=place, location=desk.location)
    record_payment(
        by=ADMIN, location=desk.location, member=invoice.member, company=None, livemode=True,
        method=PaymentMethod.CARD_READER,
        amount=Money(500, "EUR"), reference="pi_live", allocations=[], received_at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(DomainError, match="takes real money") as refused:
        map_location(by=ADMIN, place=place, location=desk.location)
    assert refused.value.code == "test_beside_live"
