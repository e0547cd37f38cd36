"""Which pass is used, until when it holds, how many seats are left: the rules alone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.enums import DayPart
from members.passes import (
    HALVES,
    PassView,
    Seats,
    WhyNone,
    next_free,
    part_at,
    still_to_come,
    validity,
    which,
    why_none,
)

TODAY = date(2026, 11, 26)
FULL, MORNING, AFTERNOON = DayPart.FULL, DayPart.MORNING, DayPart.AFTERNOON
days = st.integers(-40, 40).map(lambda ahead: TODAY + timedelta(days=ahead))
parts = st.sampled_from(list(DayPart))
views = st.lists(
    st.builds(
        PassView,
        id=st.integers(1, 10_000),
        is_half=st.booleans(),
        left=st.integers(0, 5),
        valid_from=days,
        valid_until=st.none() | days,
        revoked=st.booleans(),
        own=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda view: view.id,
)


def view(pk, *, left=1, until=None, is_half=False, since=date(2026, 1, 1), own=True, revoked=False):
    return PassView(pk, is_half, left, since, until, revoked, own)


def test_the_pass_that_expires_first_is_used():
    soon, later, never = view(1, until=date(2026, 12, 31)), view(2, until=date(2026, 11, 30)), view(3)
    assert which([never, soon, later], on=TODAY, part=FULL) == later


def test_of_two_that_never_expire_the_own_one_and_then_the_older_one_is_used():
    assert which([view(1, own=False), view(3), view(2)], on=TODAY, part=FULL) == view(2)


def test_the_companys_pass_is_used_when_it_expires_first():
    assert which([view(1), view(2, own=False, until=TODAY)], on=TODAY, part=FULL).id == 2


def test_a_half_day_pass_pays_for_a_half_day_before_a_whole_one_is_wasted():
    whole, half = view(1, until=TODAY), view(2, is_half=True)
    assert which([whole, half], on=TODAY, part=MORNING) == half
    assert which([whole], on=TODAY, part=MORNING) == whole


def test_two_half_days_pay_for_a_day_when_no_day_pass_does():
    halves = view(2, is_half=True, left=2)
    assert which([view(1), halves], on=TODAY, part=FULL).id == 1
    assert (which([halves], on=TODAY, part=FULL), halves.cost(FULL)) == (halves, 2)


@pytest.mark.parametrize(
    ("held", "why", "day"),
    [
        ([], WhyNone.NONE, None),
        ([view(1, left=0)], WhyNone.USED_UP, None),
        ([view(1, left=0, until=date(2026, 11, 1))], WhyNone.USED_UP, None),
        ([view(1, until=date(2026, 11, 20)), view(2, until=date(2026, 11, 25))], WhyNone.EXPIRED, date(2026, 11, 25)),
        ([view(1, since=date(2026, 12, 2)), view(2, left=0)], WhyNone.NOT_YET, date(2026, 12, 2)),
        ([view(1, is_half=True)], WhyNone.HALF_LEFT, None),
        ([view(1, revoked=True)], WhyNone.TAKEN_BACK, None),
    ],
)
def test_why_there_is_no_pass(held, why, day):
    found = why_none(held, on=TODAY, part=FULL)
    assert (which(held, on=TODAY, part=FULL), found.why, found.day) == (None, why, day)


@given(held=views, on=days, part=parts)
def test_what_is_used_always_holds_that_day_and_is_never_overdrawn(held, on, part):
    found = which(held, on=on, part=part)
    usable = [one for one in held if one.holds(on) and one.left >= one.cost(part)]
    if found is None:
        assert usable == []
        return
    assert found in usable
    alike = [one for one in usable if one.is_half == found.is_half]
    assert min(one.valid_until or date.max for one in alike) == (found.valid_until or date.max)


@given(held=views, on=days, part=parts)
def test_the_choice_does_not_depend_on_the_order(held, on, part):
    assert which(held, on=on, part=part) == which(held[::-1], on=on, part=part)


@given(paid=days, valid_days=st.none() | st.integers(1, 400), day=st.none() | days)
def test_a_pass_holds_on_the_day_it_was_sold_for_and_on_the_day_it_was_paid_or_later(paid, valid_days, day):
    first, last = validity(paid_on=paid, valid_days=valid_days, for_day=day)
    bought = PassView(1, False, 1, first, last)
    assert bought.holds(day or paid)
    assert last is None or last >= first
    if day is None and valid_days:
        assert (last - first).days == valid_days - 1
    if day and paid > day:
        assert bought.holds(paid)


@pytest.mark.parametrize(
    ("wanted", "taken", "left"),
    [
        (FULL, [], FULL),
        (FULL, [MORNING], AFTERNOON),
        (AFTERNOON, [MORNING], AFTERNOON),
        (MORNING, [MORNING], None),
        (FULL, [MORNING, AFTERNOON], None),
        (MORNING, [FULL], None),
    ],
)
def test_nobody_is_checked_in_twice_for_the_same_half(wanted, taken, left):
    assert still_to_come(wanted, taken) == left


@given(sold=st.lists(parts, max_size=30), capacity=st.integers(0, 12))
def test_seats_that_are_sold_while_some_are_left_never_exceed_the_cap(sold, capacity):
    taken = dict.fromkeys(DayPart, 0)
    for part in sold:
        if not Seats.of(capacity, taken).is_full(part):
            taken[part] += 1
    for half in HALVES:
        assert taken[FULL] + taken[half] <= capacity
    seats = Seats.of(capacity, taken)
    assert seats.left(FULL) == min(seats.left(MORNING), seats.left(AFTERNOON))


def test_a_full_day_takes_both_halves():
    seats = Seats.of(2, {FULL: 1, MORNING: 1})
    assert [seats.left(part) for part in (FULL, MORNING, AFTERNOON)] == [0, 0, 1]


def test_without_a_cap_nothing_is_ever_full():
    assert (Seats.of(None, {FULL: 900}).left(), Seats.of(None, {FULL: 900}).is_full()) == (None, False)


def test_the_next_free_day_skips_full_ones_and_gives_up_in_the_end():
    tomorrow = TODAY + timedelta(days=1)
    full = {tomorrow: Seats(1, 1, 1), tomorrow + timedelta(days=1): Seats(1, 1, 0)}
    assert next_free(full, 1, after=TODAY, within=9, part=FULL) == TODAY + timedelta(days=3)
    assert next_free(full, 1, after=TODAY, within=9, part=AFTERNOON) == TODAY + timedelta(days=2)
    assert next_free({}, 0, after=TODAY, within=9, part=FULL) is None


def test_the_afternoon_begins_at_one():
    assert part_at(datetime(2026, 11, 26, 12, 59, tzinfo=UTC)) == MORNING
    assert part_at(datetime(2026, 11, 26, 13, 0, tzinfo=UTC)) == AFTERNOON
