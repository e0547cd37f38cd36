"""Why something costs what it costs, in words."""

import json
from datetime import date

import pytest

from members.calendars import Cycle, Period
from members.explain.costs import days_words, discount_words, every, percent, why_words
from members.proration import Discount, Pause, Price, prorate

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
PRICES = [Price(date(2020, 1, 1), 30_000)]


def words(prorated, interval_months=1, currency="EUR"):
    stored = json.loads(json.dumps(prorated.facts()))
    told = why_words(stored, currency=currency, interval_months=interval_months)
    assert told == why_words(prorated, currency=currency, interval_months=interval_months)
    return told


def test_part_of_a_month_says_how_many_days_at_which_price():
    part = prorate(NOVEMBER, prices=PRICES, starts_on=date(2026, 11, 20), step=1)
    assert words(part) == "11 of 30 days (20–30 Nov) at €300.00 a month"


def test_whole_month_says_its_days():
    assert words(prorate(NOVEMBER, prices=PRICES, step=1)) == "1–30 Nov at €300.00 a month"


def test_pause_is_told_between_what_is_paid():
    whole = prorate(NOVEMBER, prices=PRICES, pauses=[Pause(date(2026, 11, 20))], step=1)
    assert words(whole) == "19 of 30 days (1–19 Nov) at €300.00 a month; 11 days paused (20–30 Nov)"


def test_new_price_is_told_from_its_day():
    prices = [*PRICES, Price(date(2026, 11, 30), 33_000)]
    assert words(prorate(NOVEMBER, prices=prices, step=1)) == (
        "29 of 30 days (1–29 Nov) at €300.00 a month; 1 of 30 days (30 Nov) at €330.00 a month"
    )


@pytest.mark.parametrize(
    ("discount", "off"),
    [
        (Discount(date(2020, 1, 1), basis_points=1000), "10 %"),
        (Discount(date(2020, 1, 1), amount=2_000), "€20.00"),
        (Discount(date(2020, 1, 1), basis_points=1250, amount=2_000), "12.5 % and €20.00"),
    ],
)
def test_discount_is_named(discount, off):
    assert discount_words(discount, "EUR") == off
    assert words(prorate(NOVEMBER, prices=PRICES, discounts=[discount], step=1)) == (
        f"1–30 Nov at €300.00 a month less {off}"
    )


def test_no_days_have_no_words():
    assert words(prorate(NOVEMBER, prices=PRICES, starts_on=date(2026, 12, 1), step=1)) == ""


def test_year_in_yen_is_told_with_its_years():
    year = Cycle.anniversary(12, date(2026, 7, 1)).period_containing(date(2026, 7, 1))
    told = words(prorate(year, prices=PRICES, step=1), interval_months=12, currency="JPY")
    assert told == "1 Jul 2026 – 30 Jun 2027 at ¥30,000 a year"


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-11-20", "2026-11-20", "20 Nov"),
        ("2026-11-20", "2026-11-30", "20–30 Nov"),
        ("2026-11-20", "2026-12-03", "20 Nov – 3 Dec"),
        ("2026-12-20", "2027-01-03", "20 Dec 2026 – 3 Jan 2027"),
    ],
)
def test_days_are_written_shortly(first, last, expected):
    assert days_words(date.fromisoformat(first), date.fromisoformat(last)) == expected


@pytest.mark.parametrize(("points", "expected"), [(1000, "10 %"), (1250, "12.5 %"), (5, "0.05 %"), (10_000, "100 %")])
def test_percent_has_no_empty_decimals(points, expected):
    assert percent(points) == expected


@pytest.mark.parametrize(
    ("months", "expected"), [(1, "a month"), (3, "a quarter"), (12, "a year"), (2, "every 2 months")]
)
def test_interval_is_said_in_words(months, expected):
    assert every(months) == expected
