"""What a month bills: every day once, whatever the order of runs and whatever happens to memberships in between."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.dues.facts import Month, Tax, tax_on
from billing.dues.lines import dues, first_day
from members.calendars import Cycle, Period
from members.proration import Discount, Pause, Price
from members.terms import Terms, part_cost
from tests.factories.dues import LONG_AGO, day, held, payer, used

DECEMBER, JANUARY = Month(date(2026, 12, 1)), Month(date(2027, 1, 1))


def billed(bill):
    """Return what each line of a membership bills: first and last day and the price."""
    return [(str(line.period.start), str(line.period.last), line.unit) for line in bill.lines if line.period]


def run(one, month, since=LONG_AGO):
    return billed(dues(payer(one), month=month, since=since))


def test_running_membership_is_billed_for_the_month_in_advance():
    until_now = [Period(day("2026-01-01"), day("2026-12-01"))]
    assert run(held(billed=until_now), DECEMBER) == [("2026-12-01", "2026-12-31", 30000)]


def test_joiner_after_the_last_run_is_billed_for_the_part_and_the_next_month_together():
    assert run(held(starts_on="2026-11-20"), DECEMBER) == [
        ("2026-11-20", "2026-11-30", 11000),
        ("2026-12-01", "2026-12-31", 30000),
    ]


def test_days_billed_at_the_desk_are_not_billed_again():
    desk = [Period(day("2026-11-20"), day("2026-12-01"))]
    assert run(held(starts_on="2026-11-20", billed=desk), DECEMBER) == [("2026-12-01", "2026-12-31", 30000)]


def test_start_later_in_the_month_is_billed_with_it():
    assert run(held(starts_on="2026-12-17"), DECEMBER) == [("2026-12-17", "2026-12-31", 14516)]
    assert run(held(starts_on="2027-01-01"), DECEMBER) == []


def test_end_in_the_month_bills_the_days_until_then():
    until_now = [Period(day("2026-01-01"), day("2026-12-01"))]
    assert run(held(billed=until_now, ends_on="2026-12-10"), DECEMBER) == [("2026-12-01", "2026-12-10", 9677)]


def test_ended_now_bills_nothing_more_and_pays_nothing_back():
    ahead = [Period(day("2026-01-01"), day("2027-01-01"))]
    assert run(held(billed=ahead, ends_on="2026-12-10"), JANUARY) == []


def test_end_that_is_taken_back_bills_the_days_that_were_left_out():
    until_tenth = [Period(day("2026-01-01"), day("2026-12-11"))]
    assert run(held(billed=until_tenth), JANUARY) == [
        ("2026-12-11", "2026-12-31", 20323),
        ("2027-01-01", "2027-01-31", 30000),
    ]


def test_membership_that_never_began_is_not_billed():
    assert run(held(starts_on="2026-12-10", ends_on="2026-12-09"), DECEMBER) == []


def test_anniversary_is_billed_in_the_month_its_day_falls_in():
    one = held(starts_on="2026-11-15", cycle=Cycle.anniversary(1, day("2026-11-15")))
    assert run(one, DECEMBER) == [("2026-11-15", "2026-12-14", 30000), ("2026-12-15", "2027-01-14", 30000)]


def test_quarter_is_billed_once_in_its_first_month():
    one = held(starts_on="2026-10-01", cycle=Cycle.calendar(3), interval=3)
    assert run(one, Month(day("2026-10-01"))) == [("2026-10-01", "2026-12-31", 30000)]
    again = replace(one, billed=(Period(day("2026-10-01"), day("2027-01-01")),))
    assert run(again, DECEMBER) == []
    assert run(again, JANUARY) == [("2027-01-01", "2027-03-31", 30000)]


def test_start_in_a_later_month_of_a_quarter_waits_for_that_month():
    one = held(starts_on="2027-02-15", cycle=Cycle.calendar(3), interval=3)
    assert run(one, JANUARY) == []
    assert [start for start, _end, _price in run(one, Month(day("2027-02-01")))] == ["2027-02-15"]


def test_missed_months_come_in_order():
    one = held(starts_on="2026-09-01")
    assert [start for start, _end, _price in run(one, DECEMBER)] == [
        "2026-09-01",
        "2026-10-01",
        "2026-11-01",
        "2026-12-01",
    ]


def test_late_days_say_which_month_they_belong_to():
    [part, whole] = dues(payer(held(starts_on="2026-11-20")), month=DECEMBER, since=LONG_AGO).lines
    assert part.why[-1] == {"code": "late", "month": "2026-11-01"}
    assert [each["code"] for each in whole.why] == ["whole"]


def test_voided_bill_in_the_middle_is_found_again():
    around = [Period(day("2026-11-01"), day("2026-11-10")), Period(day("2026-11-20"), day("2027-01-01"))]
    one = held(starts_on="2026-11-01", billed=around)
    assert run(one, JANUARY) == [("2026-11-10", "2026-11-19", 10000), ("2027-01-01", "2027-01-31", 30000)]


def test_days_before_the_location_bills_here_are_left_alone():
    assert run(held(), DECEMBER, since=day("2026-12-01")) == [("2026-12-01", "2026-12-31", 30000)]


def test_a_run_looks_back_a_year():
    assert first_day(DECEMBER, LONG_AGO) == day("2025-12-01")
    assert first_day(DECEMBER, day("2026-03-05")) == day("2026-03-05")


def test_missing_price_leaves_the_period_and_bills_the_others():
    broken = held(2, "New plan", starts_on="2026-12-01", prices=[Price(day("2027-01-01"), 100)])
    bill = dues(payer(held(starts_on="2026-12-01"), broken), month=JANUARY, since=LONG_AGO)
    assert [line.what for line in bill.lines] == ["Hot desk", "Hot desk"]
    assert [(each.plan, each.day, each.membership_id) for each in bill.missing] == [("New plan", day("2026-12-01"), 2)]


def test_usage_until_the_end_of_the_month_is_billed_at_its_own_price():
    one = payer(used=(used(1, on="2026-11-20", quantity=3), used(2, on="2026-12-31"), used(3, on="2027-01-01")))
    lines = dues(one, month=DECEMBER, since=LONG_AGO).lines
    assert [(line.usage_id, line.quantity, line.unit) for line in lines] == [(1, 3, 100), (2, 1, 100)]


@pytest.mark.parametrize(("on", "expected"), [("2026-12-31", 1900), ("2027-01-01", 2000), ("2028-01-01", 2100)])
def test_tax_is_the_one_in_force_on_the_first_day(on, expected):
    taxes = (Tax("a", 1900), Tax("b", 2000, day("2027-01-01")), Tax("c", 2100, day("2028-01-01")))
    assert tax_on(taxes, day(on)).basis_points == expected
    assert tax_on((), day(on)) == Tax("", 0)


START = date(2026, 1, 1)
DAYS = st.integers(0, 500).map(lambda number: START + timedelta(days=number))


@st.composite
def agreements(draw):
    """Draw a membership with pauses, discounts and prices that change, by the calendar or the anniversary."""
    starts_on, interval = draw(DAYS), draw(st.sampled_from([1, 1, 1, 3, 12]))
    calendar = draw(st.booleans())
    stretches = draw(st.lists(st.tuples(DAYS, st.integers(1, 60)), max_size=3))
    return Terms(
        starts_on=starts_on,
        ends_on=draw(st.none() | DAYS),
        cycle=Cycle.calendar(interval) if calendar else Cycle.anniversary(interval, starts_on),
        prices=(Price(LONG_AGO, draw(st.integers(0, 50000))), Price(draw(DAYS), draw(st.integers(0, 50000)))),
        step=draw(st.sampled_from([1, 10, 100])),
        pauses=tuple(Pause(first, first + timedelta(days=length)) for first, length in stretches[:2]),
        discounts=tuple(Discount(first, None, basis_points=1000) for first, _length in stretches[2:]),
    )


MONTHS = st.integers(0, 20).map(Month(START).plus)
ENDS = st.none() | DAYS


def counted(periods):
    """Return how often each day is in ``periods``."""
    days: dict[date, int] = {}
    for period in periods:
        for number in range(period.days):
            one = period.start + timedelta(days=number)
            days[one] = days.get(one, 0) + 1
    return days


@given(agreements(), st.lists(st.tuples(MONTHS, ENDS | st.just(False)), min_size=1, max_size=8))
def test_every_day_is_billed_exactly_once_by_any_runs(agreed, runs):
    """Runs in any order, months skipped and repeated, while the membership's end comes, moves and goes."""
    one, held_days = replace(held(), terms=agreed), set()
    for month, ends_on in runs:
        if ends_on is not False:  # what was held stays held: an end is never put before a day that is over
            one = replace(one, terms=replace(one.terms, ends_on=ends_on))
        lines = dues(payer(one), month=month, since=START).lines
        one = replace(one, billed=(*one.billed, *(line.period for line in lines)))
        last = one.terms.end or date.max
        held_days |= {
            START + timedelta(days=number)
            for number in range((month.end - START).days)
            if one.terms.starts_on <= START + timedelta(days=number) < last and one.terms.begins
        }
    days = counted(one.billed)
    assert set(days.values()) <= {1}
    assert held_days <= set(days)


@given(agreements(), st.lists(MONTHS, min_size=1, max_size=8))
def test_what_is_billed_in_parts_is_what_the_days_cost(agreed, months):
    """The sum over all runs is the price of the days, however the runs cut them."""
    one, total = replace(held(), terms=agreed), 0
    for month in months:
        lines = dues(payer(one), month=month, since=START).lines
        one = replace(one, billed=(*one.billed, *(line.period for line in lines)))
        total += sum(line.unit for line in lines)
    expected = 0
    day_by_day = sorted(counted(one.billed))
    for first in dict.fromkeys(agreed.cycle.period_containing(each).start for each in day_by_day):
        cycle = agreed.cycle.period_containing(first)
        inside = [each for each in day_by_day if each in cycle]
        expected += part_cost(agreed, cycle, Period(inside[0], inside[-1] + timedelta(days=1))).amount
    assert total == expected


@given(agreements(), st.permutations([Month(START).plus(number) for number in range(6)]))
def test_the_order_of_the_runs_does_not_matter(agreed, months):
    bills = []
    for order in (months, sorted(months)):
        one = replace(held(), terms=agreed)
        for month in order:
            lines = dues(payer(one), month=month, since=START).lines
            one = replace(one, billed=(*one.billed, *(line.period for line in lines)))
        bills.append(counted(one.billed))
    assert bills[0] == bills[1]
