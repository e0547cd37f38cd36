"""Periods: they tile the days of the world, whatever the months, leap years and time zones do."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexspace.core.models import Location
from members.calendars import Cycle, Period, due_date

DAY = timedelta(days=1)
DAYS = st.dates(date(1999, 1, 1), date(2101, 12, 31))
INTERVALS = st.sampled_from([1, 3, 12])
# West and east of the date line, half hours, and places whose clocks change at midnight, so that a day starts at one.
ZONES = [
    "Etc/GMT+12",
    "Etc/GMT-12",
    "Pacific/Kiritimati",
    "Pacific/Auckland",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Beirut",
    "Africa/Cairo",
    "America/Santiago",
]


@st.composite
def cycles(draw):
    interval = draw(INTERVALS)
    if draw(st.booleans()):
        return Cycle.calendar(interval)
    return Cycle.anniversary(interval, draw(DAYS))


@given(cycles(), DAYS)
def test_period_containing_a_day_contains_it(cycle, day):
    assert day in cycle.period_containing(day)


@given(cycles(), DAYS)
def test_every_day_of_a_period_belongs_to_it_alone(cycle, day):
    period = cycle.period_containing(day)
    days = [period.start + DAY * number for number in range(period.days)]
    assert days[-1] == period.last
    assert {cycle.period_containing(each) for each in days} == {period}


@given(cycles(), DAYS)
def test_next_period_starts_the_day_after_the_last(cycle, day):
    period = cycle.period_containing(day)
    after = cycle.next_period(period)
    assert after.start == period.end
    assert cycle.period_containing(period.start - DAY).end == period.start


@given(cycles(), DAYS, st.integers(0, 2000))
def test_periods_between_tile_the_days_without_gap_or_overlap(cycle, first, length):
    end = first + DAY * (length + 1)
    periods = cycle.periods_between(first, end)
    assert first in periods[0]
    assert end - DAY in periods[-1]
    for one, after in itertools.pairwise(periods):
        assert after.start == one.end


@given(cycles(), DAYS)
def test_periods_between_a_day_and_itself_are_none(cycle, day):
    assert cycle.periods_between(day, day) == []


@given(INTERVALS, DAYS)
def test_anniversary_starts_on_the_start_day(interval, starts_on):
    assert Cycle.anniversary(interval, starts_on).period_containing(starts_on).start == starts_on


@given(INTERVALS, DAYS, st.integers(0, 400))
def test_anniversary_falls_on_its_own_day_or_the_months_last(interval, starts_on, later):
    period = Cycle.anniversary(interval, starts_on).period_containing(starts_on + DAY * later)
    assert period.start.day == starts_on.day or ((period.start + DAY).day == 1 and period.start.day < starts_on.day)


@given(INTERVALS, DAYS)
def test_calendar_starts_on_the_first_of_a_block_of_months(interval, day):
    start = Cycle.calendar(interval).period_containing(day).start
    assert (start.day, (start.month - 1) % interval) == (1, 0)


@pytest.mark.parametrize(
    ("interval", "starts_on", "expected"),
    [
        (1, "2027-01-31", ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        (1, "2028-01-30", ["2028-01-30", "2028-02-29", "2028-03-30", "2028-04-30"]),
        (1, "2027-01-29", ["2027-01-29", "2027-02-28", "2027-03-29"]),
        (3, "2026-11-30", ["2026-11-30", "2027-02-28", "2027-05-30", "2027-08-30"]),
        (12, "2028-02-29", ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
    ],
)
def test_month_end_comes_back_after_shorter_months(interval, starts_on, expected):
    start, last = date.fromisoformat(starts_on), date.fromisoformat(expected[-1])
    periods = Cycle.anniversary(interval, start).periods_between(start, last + DAY)
    assert [period.start.isoformat() for period in periods] == expected


@pytest.mark.parametrize(
    ("cycle", "day", "expected"),
    [
        (Cycle.calendar(1), "2028-02-10", ("2028-02-01", "2028-02-29", 29)),
        (Cycle.calendar(1), "2100-02-10", ("2100-02-01", "2100-02-28", 28)),
        (Cycle.calendar(3), "2026-11-20", ("2026-10-01", "2026-12-31", 92)),
        (Cycle.calendar(12), "2028-07-01", ("2028-01-01", "2028-12-31", 366)),
        (Cycle.anniversary(1, date(2026, 11, 20)), "2026-12-19", ("2026-11-20", "2026-12-19", 30)),
        (Cycle.anniversary(1, date(2026, 11, 20)), "2026-11-10", ("2026-10-20", "2026-11-19", 31)),
        (Cycle.anniversary(3, date(2026, 11, 30)), "2027-03-10", ("2027-02-28", "2027-05-29", 91)),
    ],
)
def test_period_has_these_days(cycle, day, expected):
    period = cycle.period_containing(date.fromisoformat(day))
    assert (period.start.isoformat(), period.last.isoformat(), period.days) == expected


@pytest.mark.parametrize("zone", ZONES)
@given(cycle=cycles(), day=st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_period_changes_at_the_locations_own_midnight(zone, cycle, day):
    here = Location(time_zone=zone)
    after = cycle.next_period(cycle.period_containing(day))
    midnight = datetime.combine(after.start, time.min, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert cycle.period_containing(here.today(midnight)) == after
    assert here.today(midnight - timedelta(seconds=1)) == after.start - DAY


@pytest.mark.parametrize("zone", ZONES)
@given(start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC)))
def test_days_of_a_location_follow_each_other_through_clock_changes(zone, start):
    here = Location(time_zone=zone)
    days = [here.today(start + timedelta(minutes=30 * number)) for number in range(100)]
    assert all(after - before in (timedelta(0), DAY) for before, after in itertools.pairwise(days))


def test_same_moment_is_two_days_at_the_ends_of_the_world():
    now = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
    west, east = Location(time_zone="Etc/GMT+12").today(now), Location(time_zone="Etc/GMT-12").today(now)
    cycle = Cycle.calendar(1)
    assert (west, east) == (date(2026, 11, 30), date(2026, 12, 1))
    assert cycle.next_period(cycle.period_containing(west)) == cycle.period_containing(east)


@pytest.mark.parametrize(
    ("issued_on", "payment_days", "expected"),
    [("2026-10-28", 0, "2026-11-01"), ("2026-10-28", 14, "2026-11-11"), ("2026-11-20", 0, "2026-11-20")],
)
def test_due_date_is_never_before_what_is_billed(issued_on, payment_days, expected):
    due = due_date(date(2026, 11, 1), issued_on=date.fromisoformat(issued_on), payment_days=payment_days)
    assert due == date.fromisoformat(expected)


def test_period_within_is_what_both_have():
    november = Period(date(2026, 11, 1), date(2026, 12, 1))
    assert november.within(date(2026, 11, 20), None) == Period(date(2026, 11, 20), date(2026, 12, 1))
    assert november.within(date(2026, 1, 1), date(2026, 11, 3)) == Period(date(2026, 11, 1), date(2026, 11, 3))
    assert november.within(date(2026, 1, 1), date(2026, 11, 1)) is None
    assert november.within(date(2026, 12, 1), None) is None


@pytest.mark.parametrize("make", [lambda: Cycle(0), lambda: Cycle(1, 0, 32), lambda: Cycle(1, 0, 0)])
def test_cycle_that_cannot_be_is_refused(make):
    with pytest.raises(ValueError, match="one month or more"):
        make()


def test_period_without_a_day_is_refused():
    with pytest.raises(ValueError, match="cannot end"):
        Period(date(2026, 11, 1), date(2026, 11, 1))
