"""What follows from a membership's terms: its state, its periods, its next bill, its end."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.calendars import Cycle, Period
from members.enums import MembershipState
from members.proration import Discount, Pause, Price
from members.terms import Billed, Terms, ending, next_bill

DAY = timedelta(days=1)
OLD = date(2020, 1, 1)


def terms(starts_on="2026-11-20", ends_on=None, *, cycle=None, **more):
    return Terms(
        starts_on=date.fromisoformat(starts_on),
        ends_on=date.fromisoformat(ends_on) if ends_on else None,
        cycle=cycle or Cycle.calendar(1),
        prices=(Price(OLD, 30_000),),
        step=1,
        **more,
    )


@st.composite
def any_terms(draw):
    starts_on = draw(st.dates(date(2026, 1, 1), date(2026, 12, 31)))
    length = draw(st.none() | st.integers(-1, 400))
    interval = draw(st.sampled_from([1, 3, 12]))
    cycle = draw(st.sampled_from([Cycle.calendar(interval), Cycle.anniversary(interval, starts_on)]))
    return Terms(
        starts_on=starts_on,
        ends_on=None if length is None else starts_on + DAY * length,
        cycle=cycle,
        prices=(Price(OLD, 30_000),),
        step=1,
    )


@pytest.mark.parametrize(
    ("made", "today", "state"),
    [
        (terms(), "2026-11-19", "upcoming"),
        (terms(), "2026-11-20", "active"),
        (terms(ends_on="2026-12-31"), "2026-12-31", "ending"),
        (terms(ends_on="2026-12-31"), "2027-01-01", "ended"),
        (terms(ends_on="2026-11-19"), "2026-11-01", "never_began"),
        (terms(pauses=(Pause(date(2026, 12, 1), date(2026, 12, 24)),)), "2026-12-23", "paused"),
        (terms(pauses=(Pause(date(2026, 12, 1), date(2026, 12, 24)),)), "2026-12-24", "active"),
        (terms(ends_on="2026-12-31", pauses=(Pause(date(2026, 12, 1)),)), "2026-12-24", "paused"),
    ],
)
def test_state_follows_from_days_and_pauses(made, today, state):
    assert made.state(date.fromisoformat(today)) is MembershipState(state)


def test_month_bills_its_own_period_and_who_joins_in_it():
    november = (date(2026, 11, 1), date(2026, 12, 1))
    assert terms("2026-10-05").periods(*november) == [Period(*november)]
    assert terms("2026-11-20").periods(*november) == [Period(*november)]
    assert terms("2026-12-01").periods(*november) == []
    assert terms("2026-10-05", "2026-10-31").periods(*november) == []


def test_month_bills_a_quarter_once():
    quarter = terms("2026-11-20", cycle=Cycle.calendar(3))
    found = [quarter.periods(date(2026, month, 1), date(2026, month + 1, 1)) for month in (10, 11)]
    assert found == [[], [Period(date(2026, 10, 1), date(2027, 1, 1))]]
    assert quarter.periods(date(2026, 12, 1), date(2027, 1, 1)) == []
    assert quarter.periods(date(2027, 1, 1), date(2027, 2, 1)) == [Period(date(2027, 1, 1), date(2027, 4, 1))]


@given(any_terms())
def test_months_together_bill_every_day_once(made):
    months = Cycle.calendar(1).periods_between(date(2025, 1, 1), date(2028, 6, 1))
    billed = [period for month in months for period in made.periods(month.start, month.end)]
    assert len(set(billed)) == len(billed)
    held = [OLD + DAY * n for n in range((date(2028, 6, 1) - OLD).days) if made.holds(OLD + DAY * n)]
    assert all(sum(day in period for period in billed) == 1 for day in held)
    assert all(any(made.holds(day) for day in (p.start, p.last, made.starts_on) if day in p) for p in billed)


@given(any_terms(), st.dates(date(2026, 1, 1), date(2027, 6, 1)))
def test_end_is_what_is_paid_and_what_is_not_used(made, ends_on):
    end = ending(made, ends_on)
    if end.unused:
        period = end.unused.period
        cut = Terms(made.starts_on, ends_on, made.cycle, made.prices, made.step)
        assert cut.cost(period).amount + end.unused.cost.amount == made.cost(period).amount
        assert end.unused.cost.segments[0].start == ends_on + DAY


FIRST = ("2026-11-20", 11_000)


@pytest.mark.parametrize(
    ("made", "billed_to", "expected"),
    [
        (terms(), None, [FIRST, ("2026-12-01", 30_000)]),
        (terms(), "2026-12-01", [("2026-12-01", 30_000)]),
        (terms(), "2027-01-01", [("2027-01-01", 30_000)]),
        (terms(), "2026-11-26", [("2026-11-26", 5_000), ("2026-12-01", 30_000)]),
        (terms(ends_on="2026-12-10"), "2026-12-01", [("2026-12-01", 9_677)]),
        (terms(ends_on="2026-11-30"), "2026-12-01", []),
        (terms(ends_on="2026-11-19"), None, []),
        (terms(pauses=(Pause(date(2026, 12, 1), date(2027, 1, 1)),)), "2026-12-01", [("2027-01-01", 30_000)]),
        (terms(pauses=(Pause(date(2026, 12, 1)),)), None, [FIRST]),
        (terms(pauses=(Pause(date(2026, 12, 1)),)), "2026-12-01", []),
        (terms(discounts=(Discount(OLD, basis_points=1000),)), "2026-12-01", [("2026-12-01", 27_000)]),
        (terms("2026-01-01"), None, [("2026-11-01", 30_000), ("2026-12-01", 30_000)]),
    ],
)
def test_next_bill_of_a_december_run_holds_all_that_is_not_billed_yet(made, billed_to, expected):
    periods = (Period(date(2026, 11, 20), date.fromisoformat(billed_to)),) if billed_to else ()
    bills = next_bill(made, Billed(since=date(2026, 11, 1), before=date(2027, 1, 1), periods=periods))
    assert [(bill.period.start.isoformat(), bill.cost.amount) for bill in bills] == expected


def test_next_bill_without_a_price_is_none():
    made = replace(terms("2026-12-01"), prices=(Price(date(2027, 5, 1), 1),))
    assert next_bill(made, Billed(since=date(2026, 11, 1), before=date(2027, 1, 1))) == ()


def test_price_is_that_of_the_day_less_its_discounts():
    made = terms(discounts=(Discount(date(2026, 12, 1), date(2027, 1, 1), amount=5_000),))
    days = [date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 1), date(2019, 1, 1)]
    assert [made.price(day) for day in days] == [30_000, 25_000, 30_000, None]
