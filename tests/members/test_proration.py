"""Proration: parts add up to the whole in every kind of currency, whatever changes in the middle."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flexspace.core.money import step
from members.calendars import Period
from members.proration import Discount, Pause, Price, PriceMissing, SegmentKind, discounted, prorate, share

DAY = timedelta(days=1)
CURRENCIES = ["JPY", "EUR", "KWD", "ISK"]  # exponents 0, 2, 3 and whole units of a two-decimal currency
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
OLD = date(2020, 1, 1)


def price(amount, since=OLD):
    return Price(since, amount)


@st.composite
def cases(draw):
    """Return what ``prorate`` takes, with any number of changes in and around the period."""
    unit = step(draw(st.sampled_from(CURRENCIES)))
    start = draw(st.dates(date(2026, 1, 1), date(2028, 12, 31)))
    period = Period(start, start + DAY * draw(st.integers(1, 367)))
    days = st.dates(start - 40 * DAY, period.last + 40 * DAY)
    amounts = st.integers(0, 1_000_000).map(lambda amount: amount * unit)

    def stretches(make):
        pair = st.tuples(days, st.none() | st.integers(1, 60))
        return [
            make(first, first + DAY * n if n is not None else None) for first, n in draw(st.lists(pair, max_size=3))
        ]

    def discount(first, until):
        if draw(st.booleans()):
            return Discount(first, until, basis_points=draw(st.integers(1, 10_000)))
        return Discount(first, until, amount=draw(amounts))

    return period, {
        "prices": [price(draw(amounts)), *[price(draw(amounts), day) for day in draw(st.lists(days, max_size=3))]],
        "pauses": stretches(Pause),
        "discounts": stretches(discount),
        "step": unit,
    }


@given(cases(), st.data())
def test_split_at_any_day_adds_up_to_the_whole(case, data):
    period, facts = case
    cut = data.draw(st.dates(period.start, period.last))
    whole = prorate(period, **facts)
    before = prorate(period, ends_on=cut, **facts)
    after = prorate(period, starts_on=cut + DAY, **facts)
    assert before.amount + after.amount == whole.amount


@given(cases())
def test_days_one_by_one_add_up_to_the_whole(case):
    period, facts = case
    days = [period.start + DAY * number for number in range(period.days)]
    parts = [prorate(period, starts_on=day, ends_on=day, **facts).amount for day in days]
    assert sum(parts) == prorate(period, **facts).amount


@given(cases())
def test_segments_tile_the_period_and_add_up(case):
    period, facts = case
    whole = prorate(period, **facts)
    assert (whole.segments[0].start, whole.segments[-1].end) == (period.start, period.end)
    for one, after in zip(whole.segments, whole.segments[1:], strict=False):
        assert after.start == one.end
    assert sum(segment.amount for segment in whole.segments) == whole.amount
    assert whole.days == period.days


@given(cases(), st.data())
def test_amount_is_a_multiple_of_the_step_and_never_negative(case, data):
    period, facts = case
    first = data.draw(st.dates(period.start, period.last))
    last = data.draw(st.dates(first, period.last))
    part = prorate(period, starts_on=first, ends_on=last, **facts)
    assert all(segment.amount >= 0 and segment.amount % facts["step"] == 0 for segment in part.segments)


@given(cases(), st.data())
def test_more_days_never_cost_less(case, data):
    period, facts = case
    first = data.draw(st.dates(period.start, period.last))
    last = data.draw(st.dates(first, period.last))
    inner = prorate(period, starts_on=first, ends_on=last, **facts)
    assert inner.amount <= prorate(period, starts_on=first, **facts).amount
    assert inner.amount <= prorate(period, ends_on=last, **facts).amount


@given(cases(), st.data())
def test_less_off_never_costs_less_for_the_whole_period(case, data):
    period, facts = case
    assume(facts["discounts"])
    dropped = data.draw(st.sampled_from(facts["discounts"]))
    fewer = [each for each in facts["discounts"] if each is not dropped]
    with_it, without = prorate(period, **facts), prorate(period, **{**facts, "discounts": fewer})
    # Stretches in the middle round at both ends, so one step a stretch is the most that can be gained.
    assert with_it.amount <= without.amount + facts["step"] * len(with_it.segments)


@given(cases(), st.integers(0, 1_000_000))
def test_one_price_for_all_days_is_the_price(case, amount):
    period, facts = case
    unit = facts["step"]
    assert prorate(period, prices=[price(amount * unit)], step=unit).amount == amount * unit


@given(st.sampled_from(CURRENCIES), st.integers(0, 1_000_000), st.integers(1, 366), st.data())
def test_share_is_within_half_a_step_of_exact(currency, units, of_days, data):
    unit, days = step(currency), data.draw(st.integers(0, of_days))
    part = share(units * unit, days=days, of_days=of_days, step=unit)
    assert 2 * abs(part * of_days - units * unit * days) <= of_days * unit


def test_eleven_of_thirty_days_cost_eleven_thirtieths():
    part = prorate(NOVEMBER, prices=[price(30_000)], starts_on=date(2026, 11, 20), step=1)
    [segment] = part.segments
    assert (part.amount, segment.kind, segment.days, segment.of_days) == (11_000, SegmentKind.PART, 11, 30)


def test_whole_period_is_one_segment():
    [segment] = prorate(NOVEMBER, prices=[price(30_000)], step=1).segments
    assert (segment.kind, segment.days, segment.amount) == (SegmentKind.WHOLE, 30, 30_000)


def test_price_from_the_middle_counts_from_its_day():
    prices = [price(30_000), price(33_000, date(2026, 11, 16))]
    whole = prorate(NOVEMBER, prices=prices, step=1)
    assert [(part.days, part.price, part.amount) for part in whole.segments] == [
        (15, 30_000, 15_000),
        (15, 33_000, 16_500),
    ]


def test_price_that_stays_the_same_makes_no_second_segment():
    whole = prorate(NOVEMBER, prices=[price(30_000), price(30_000, date(2026, 11, 16))], step=1)
    assert [(part.kind, part.days) for part in whole.segments] == [(SegmentKind.WHOLE, 30)]


def test_paused_days_cost_nothing():
    pauses = [Pause(date(2026, 11, 11), date(2026, 11, 21))]
    whole = prorate(NOVEMBER, prices=[price(30_000)], pauses=pauses, step=1)
    assert [(part.kind, part.days, part.amount) for part in whole.segments] == [
        (SegmentKind.PART, 10, 10_000),
        (SegmentKind.PAUSED, 10, 0),
        (SegmentKind.PART, 10, 10_000),
    ]


def test_pauses_that_touch_are_one():
    pauses = [Pause(date(2026, 11, 11), date(2026, 11, 21)), Pause(date(2026, 11, 15))]
    whole = prorate(NOVEMBER, prices=[price(30_000), price(40_000, date(2026, 11, 17))], pauses=pauses, step=1)
    assert [(part.kind, part.days) for part in whole.segments] == [(SegmentKind.PART, 10), (SegmentKind.PAUSED, 20)]


@pytest.mark.parametrize(
    ("discounts", "amount"),
    [
        ([Discount(OLD, basis_points=1000)], 27_000),
        ([Discount(OLD, amount=5_000)], 25_000),
        ([Discount(OLD, basis_points=1000), Discount(OLD, amount=5_000)], 22_000),
        ([Discount(OLD, basis_points=1000), Discount(OLD, basis_points=500)], 25_500),
        ([Discount(OLD, basis_points=8000), Discount(OLD, basis_points=8000)], 0),
        ([Discount(OLD, amount=40_000)], 0),
        ([Discount(date(2026, 11, 16), basis_points=5000)], 22_500),
        ([Discount(OLD, date(2026, 11, 16), amount=6_000)], 27_000),
    ],
)
def test_discounts_come_off_by_day(discounts, amount):
    assert prorate(NOVEMBER, prices=[price(30_000)], discounts=discounts, step=1).amount == amount


@pytest.mark.parametrize(("basis_points", "expected"), [(3333, 70), (5000, 50), (1, 100), (10_000, 0), (20_000, 0)])
def test_share_that_comes_off_is_rounded_to_the_step(basis_points, expected):
    assert discounted(100, basis_points=basis_points, off=0, step=10) == expected


def test_outside_the_period_there_is_nothing():
    part = prorate(NOVEMBER, prices=[price(30_000)], starts_on=date(2026, 12, 1), step=1)
    assert (part.amount, part.segments, part.days) == (0, (), 0)


def test_day_without_a_price_is_refused_unless_it_is_paused():
    prices = [price(30_000, date(2026, 11, 10))]
    with pytest.raises(PriceMissing, match="2026-11-01"):
        prorate(NOVEMBER, prices=prices, step=1)
    paused = prorate(NOVEMBER, prices=prices, pauses=[Pause(OLD, date(2026, 11, 10))], step=1)
    assert paused.amount == share(30_000, days=30, of_days=30, step=1) - share(30_000, days=9, of_days=30, step=1)
