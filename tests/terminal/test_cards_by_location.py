"""A consent is about one location: its cards pay what is owed there, and nothing elsewhere, on one account or two."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.models import SavedCard
from billing.queries.payers import cards_of
from billing.services.collecting import collection_of
from billing.services.saved_cards import KeptCard, keep_card, remove_card, set_default
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import Location
from terminal.models import LocationAccount
from terminal.services.collect_due import charge_now
from terminal.services.collect_facts import account_of, hindrance_now
from tests.factories.billing import make_draft
from tests.factories.cards import make_consent, make_saved_card
from tests.factories.members import make_member
from tests.terminal import saved
from tests.terminal.desk import ADMIN
from tests.terminal.saved import night, owing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def annex(desk):
    """A second location on the same Stripe account."""
    place = Location.objects.get(pk=desk.location.pk)
    place.pk, place.name, place.code = None, "Annex", "ANX"
    place.save()
    LocationAccount.objects.create(location=place, config=desk.config)
    return place


def kept(desk, payer, place, **facts):
    """Keep a card under a consent that ``payer`` gives at ``place``."""
    number = SavedCard.objects.count() + 1
    card = KeptCard(
        **{
            "payment_method_id": f"pm_{number}", "customer_id": "cus_1", "brand": "visa", "last4": "4242",
            "exp_month": 12, "exp_year": 2034, "fingerprint": f"fp_{number}", "funding": "credit", "country": "DE",
            "wallet": "", "redisplay": "limited", **facts,
        }
    )  # fmt: skip
    consent = make_consent(payer)
    type(consent).objects.filter(pk=consent.pk).update(location=place)
    consent.refresh_from_db()
    return keep_card(
        by=Actor.stripe(), consent=consent, card=card, account=desk.config.account_id, livemode=False,
        origin="seti_1", now=timezone.now(),
    )  # fmt: skip


def test_card_kept_at_one_location_does_not_pay_what_is_owed_at_the_other(desk, annex):
    invoice = owing(desk, card=None)
    kept(desk, invoice.member, annex)
    night(desk)
    row = saved.collection_of(invoice)
    assert (row.state, row.stop_reason, desk.books()) == ("needs_card", "no_card", [])
    with pytest.raises(DomainError, match="There is no card to charge"):
        charge_now(by=ADMIN, invoice=invoice, now=timezone.now())


def test_consent_taken_back_at_one_location_says_nothing_of_the_other(desk, annex):
    invoice = owing(desk, card=None)
    card = kept(desk, invoice.member, annex)
    type(card.consent).objects.update(withdrawn_at=timezone.now())
    night(desk)
    assert saved.collection_of(invoice).stop_reason == "no_card"


def test_last_look_refuses_a_card_of_another_location(desk, annex):
    invoice = owing(desk)
    card = kept(desk, invoice.member, annex)
    with transaction.atomic():
        assert hindrance_now(invoice, card, account_of(invoice), now=timezone.now()) == "no_card"
    assert collection_of(invoice) is not None


def test_each_location_has_a_default_of_its_own(desk, annex):
    anna = make_member(desk.location)
    here, there = kept(desk, anna, desk.location), kept(desk, anna, annex)
    other = kept(desk, anna, annex)
    for card in (here, there, other):
        card.refresh_from_db()
    assert [card.is_default for card in (here, there, other)] == [True, False, True]
    set_default(by=ADMIN, card=there)
    here.refresh_from_db()
    assert here.is_default
    heir = remove_card(by=ADMIN, card=there, reason="", now=timezone.now())
    assert heir == other


def test_last_card_of_a_location_has_no_heir_elsewhere(desk, annex):
    anna = make_member(desk.location)
    kept(desk, anna, desk.location)
    assert remove_card(by=ADMIN, card=kept(desk, anna, annex), reason="", now=timezone.now()) is None


def test_same_plastic_kept_at_another_location_replaces_nothing(desk, annex):
    anna = make_member(desk.location)
    for place in (desk.location, annex):
        kept(desk, anna, place, fingerprint="same")
    assert SavedCard.objects.usable().count() == 2


def test_two_defaults_at_one_location_are_refused_by_the_database(desk):
    anna = make_member(desk.location)
    make_saved_card(anna, desk.config)
    with pytest.raises(IntegrityError):
        make_saved_card(anna, desk.config)


def test_bill_of_a_run_is_warned_about_and_collected_by_the_locations_own_card(desk, annex):
    anna = make_member(desk.location)
    kept(desk, anna, annex)
    draft = make_draft(desk.location, member=anna)
    assert cards_of([draft]) == {}
    kept(desk, anna, desk.location)
    assert list(cards_of([draft])) == [draft.pk]
