"""What is to be looked at before a bill is issued."""

from dataclasses import replace
from datetime import date

import pytest

from billing.dues.cautions import cautions, may_collect
from billing.dues.facts import Card, Month
from billing.dues.lines import Dues, Missing
from members.calendars import Period
from tests.factories.dues import day, held, payer

CHARGE_ON = date(2026, 12, 15)
CARD = Card("Visa •••• 4242", Month(day("2027-03-01")))


def codes(one, dues=Dues(), charge_on=CHARGE_ON):  # noqa: B008  (frozen)
    return [caution.code.value for caution in cautions(one, dues, charge_on=charge_on)]


def test_payer_with_everything_has_nothing_to_look_at():
    assert codes(payer(card=CARD)) == []
    assert codes(payer(is_company=True, tax_id="DE1", address="Kai 1", card=CARD)) == []


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (payer(), ["no_card"]),
        (payer(card=replace(CARD, consent_holds=False)), ["consent_withdrawn"]),
        (payer(card=replace(CARD, expires=Month(day("2026-11-01")))), ["card_expires"]),
        (payer(card=replace(CARD, expires=Month(day("2026-12-01")))), []),
        (payer(card=replace(CARD, expires=None)), []),
        (payer(card=replace(CARD, refused_on=day("2026-11-03"))), ["card_refused"]),
        (payer(card=CARD, stopped="pays in cash"), ["collection_stopped"]),
        (payer(card=None, stopped="pays in cash"), ["no_card"]),
        (payer(card=CARD, email=""), ["no_email"]),
        (payer(card=CARD, is_company=True), ["no_tax_id", "no_address"]),
    ],
)
def test_what_is_missing(one, expected):
    assert codes(one) == expected


def test_nothing_to_pay_needs_no_card():
    assert codes(payer(email=""), charge_on=None) == []


def test_missing_price_is_said_even_when_nothing_is_left_to_pay():
    missing = Dues(missing=(Missing("New plan", day("2026-12-01"), 1),))
    assert codes(payer(), missing, charge_on=None) == ["no_price"]


def test_plan_changed_in_the_middle_of_what_is_billed_is_said_once():
    old = held(1, ends_on="2026-11-20", billed=[Period(day("2026-11-01"), day("2026-12-01"))])
    new = held(2, "Fixed desk", starts_on="2026-11-21", previous=1)
    [caution] = cautions(payer(old, new, card=CARD), Dues(), charge_on=CHARGE_ON)
    assert caution.stored() == {"code": "billed_beyond", "plan": "Hot desk", "days": 10, "last": "2026-11-30"}
    later = replace(new, billed=(Period(day("2026-11-21"), day("2027-01-01")),))
    assert codes(payer(old, later, card=CARD)) == []
    in_time = replace(old, billed=(Period(day("2026-11-01"), day("2026-11-21")),))
    assert codes(payer(in_time, new, card=CARD)) == []


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        (None, False),
        (CARD, True),
        (replace(CARD, consent_holds=False), False),
        (replace(CARD, expires=Month(day("2026-11-01"))), False),
        (replace(CARD, expires=Month(day("2026-12-01"))), True),
        (replace(CARD, refused_on=day("2026-11-03")), False),
    ],
)
def test_card_is_charged_by_itself_only_with_a_consent_and_before_it_expires(card, expected):
    assert may_collect(card, CHARGE_ON, email="lena@example.com") is expected


def test_card_of_a_payer_without_an_address_is_not_charged_by_itself():
    assert may_collect(CARD, CHARGE_ON, email="") is False
