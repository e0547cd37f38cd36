"""What card networks want on a receipt comes from Stripe's charge and stays with the payment."""

import pytest

from billing.papers import receipt_paper
from tests.factories.cards import make_consent
from tests.factories.members import make_member

pytestmark = pytest.mark.django_db(transaction=True)


def paid(desk, *, member=None, consent=None, **how):
    attempt = desk.start(desk.invoice(14500, member=member), consent=consent)
    desk.advance(attempt)
    desk.tap(**how)
    return desk.settle(attempt).payment


def test_payment_on_the_reader_brings_what_networks_want_on_its_receipt(desk):
    payment = paid(desk)
    facts = dict(receipt_paper(payment).card)
    code = payment.card_receipt["authorization_code"]
    assert (facts["Application"], facts["AID"], facts["Account type"]) == ("Visa Credit", "A0000000031010", "credit")
    assert (facts["Authorization"], facts["Read by"]) == (code, "contactless chip")
    assert (len(code), facts["Verified by"], facts["ARC"]) == (6, "nothing asked", "3030")


def test_payment_with_an_inserted_card_says_so(desk):
    facts = dict(receipt_paper(paid(desk, method="insert")).card)
    assert (facts["Read by"], facts["Verified by"]) == ("chip", "nothing asked")


def test_receipt_shows_what_was_agreed_with_the_payment(desk):
    anna = make_member(desk.location, name="Anna Keller", email="anna@example.com")
    consent = make_consent(anna)
    note = receipt_paper(paid(desk, member=anna, consent=consent)).consent
    assert (note.wording, note.given_at) == (consent.wording, consent.given_at)


def test_receipt_shows_no_consent_when_the_card_was_not_kept(desk):
    anna = make_member(desk.location, name="Anna Keller", email="anna@example.com")
    payment = paid(desk, member=anna, consent=make_consent(anna), method="phone")
    assert receipt_paper(payment).consent is None
