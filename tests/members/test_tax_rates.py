"""Tax rates: they never change; another takes their place."""

from datetime import date

import pytest

from flexspace.core.errors import Conflict, DomainError
from flexspace.core.sentences import told_timeline
from members.models import TaxRate
from members.services.tax_rates import create_rate, keep_rate, replace_rate, set_rate_active
from tests.factories.sold import BY, TODAY

pytestmark = pytest.mark.django_db
JANUARY = date(2027, 1, 1)


def rate(name="VAT 19 %", basis_points=1900, country="DE"):
    return create_rate(by=BY, country=country, name=name, basis_points=basis_points)


def replace(one, other, from_date=JANUARY, today=TODAY):
    return replace_rate(by=BY, rate=one, successor=other, from_date=from_date, today=today)


@pytest.mark.parametrize(
    ("name", "basis_points", "code"),
    [(" ", 1900, "name_missing"), ("VAT", -1, "tax_rate"), ("VAT", 10_001, "tax_rate"), ("VAT 19 %", 1900, "taken")],
)
def test_rate_that_cannot_be_is_refused(name, basis_points, code):
    rate()
    with pytest.raises(DomainError) as caught:
        rate(name, basis_points)
    assert (caught.value.code, TaxRate.objects.count()) == (code, 1)


def test_successor_counts_from_its_day():
    old, new = rate(), rate("VAT 20 %", 2000)
    old = replace(old, new)
    assert [old.on(day) for day in (date(2026, 12, 31), JANUARY)] == [old, new]
    assert next(line.sentence for line in told_timeline(old)) == "VAT 19 % becomes VAT 20 % from 1 Jan 2027"


def test_successor_may_have_one_of_its_own():
    old, new, newer = rate(), rate("VAT 20 %", 2000), rate("VAT 21 %", 2100)
    replace(new, newer, date(2028, 1, 1))
    assert replace(old, new).on(date(2029, 1, 1)) == newer


def test_replacement_that_comes_back_is_refused():
    old, new = rate(), rate("VAT 20 %", 2000)
    replace(old, new)
    with pytest.raises(Conflict) as caught:
        replace(new, old)
    assert caught.value.code == "tax_circle"


@pytest.mark.parametrize(
    ("make", "from_date", "code"),
    [
        (lambda old: old, JANUARY, "tax_country"),
        (lambda _old: rate("TVA 20 %", 2000, "FR"), JANUARY, "tax_country"),
        (lambda _old: rate("VAT 20 %", 2000), date(2026, 11, 22), "date_in_past"),
    ],
)
def test_replacement_that_cannot_be_is_refused(make, from_date, code):
    old = rate()
    with pytest.raises(DomainError) as caught:
        replace(old, make(old), from_date)
    assert caught.value.code == code


def test_replacement_to_come_is_taken_back_and_one_in_force_is_not():
    old, new = rate(), rate("VAT 20 %", 2000)
    old = replace(old, new)
    assert keep_rate(by=BY, rate=old, today=TODAY).successor is None
    replace(old, new)
    for again in (lambda: keep_rate(by=BY, rate=old, today=JANUARY), lambda: replace(old, new, JANUARY, JANUARY)):
        with pytest.raises(Conflict) as caught:
            again()
        assert caught.value.code == "tax_replaced"


def test_rate_is_offered_no_more_and_again():
    old = rate()
    assert set_rate_active(by=BY, rate=old, active=False).is_active is False
    set_rate_active(by=BY, rate=old, active=False)
    assert set_rate_active(by=BY, rate=old, active=True).is_active is True
    assert len(told_timeline(old)) == 3
