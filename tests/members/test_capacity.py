"""Seats of a day: held, sold, released; the cap holds."""

from datetime import UTC, date, datetime, timedelta

import pytest

from flexspace.core import audit
from flexspace.core.actors import Actor
from members.enums import DayPart
from members.models import SeatHold
from members.queries.passes import next_free_day, seats_on
from members.services import capacity
from members.services.capacity import HOLD, HouseFull

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 8, 2, tzinfo=UTC)
TODAY = date(2026, 11, 26)
FULL, MORNING, AFTERNOON = DayPart.FULL, DayPart.MORNING, DayPart.AFTERNOON


@pytest.fixture
def small(hafen):
    """Return Hafenplatz with two day passes a day."""
    hafen.day_pass_capacity = 2
    hafen.save()
    return hafen


def hold(place, line, *, on=TODAY, part=FULL, now=NOW):
    return capacity.hold(location=place, on=on, part=part, source_line=line, until=now + HOLD, now=now)


def left(place, *, on=TODAY, part=FULL, now=NOW):
    return seats_on(place, on, now=now).left(part)


def test_hold_takes_a_seat_and_sell_keeps_it(small):
    hold(small, 1)
    assert left(small) == 1
    capacity.sell(location=small, on=TODAY, part=FULL, source_line=1, now=NOW)
    assert (left(small), SeatHold.objects.get().state) == (1, "sold")


def test_full_house_is_refused_with_the_next_free_day(small):
    hold(small, 1)
    hold(small, 2)
    hold(small, 3, on=date(2026, 11, 27))
    with pytest.raises(HouseFull) as refused:
        hold(small, 4)
    assert refused.value.next_free == date(2026, 11, 27)
    assert refused.value.message == (
        "Thu 26 Nov is full: 2 of 2 day passes are taken. The next free day is Fri 27 Nov."
    )


def test_halves_share_a_seat_and_a_full_day_takes_both(small):
    hold(small, 1, part=MORNING)
    hold(small, 2, part=MORNING)
    hold(small, 3, part=AFTERNOON)
    assert (left(small), left(small, part=MORNING), left(small, part=AFTERNOON)) == (0, 0, 1)
    with pytest.raises(HouseFull) as refused:
        hold(small, 4)
    assert refused.value.message.startswith("Thu 26 Nov is full: 2 of 2")
    with pytest.raises(HouseFull) as refused:
        hold(small, 4, part=MORNING)
    assert refused.value.message.startswith("The morning of Thu 26 Nov is full")
    hold(small, 4, part=AFTERNOON)


def test_the_same_line_holds_one_seat_whatever_is_repeated(small):
    for _ in range(3):
        hold(small, 1)
    assert left(small) == 1


def test_a_line_moves_to_another_day_and_leaves_its_seat(small):
    hold(small, 1)
    hold(small, 2)
    hold(small, 1, on=date(2026, 11, 27))
    assert (left(small), left(small, on=date(2026, 11, 27))) == (1, 1)


def test_a_line_moves_from_morning_to_the_full_day_on_a_day_that_its_own_seat_fills(small):
    hold(small, 1, part=MORNING)
    hold(small, 2)
    hold(small, 1)
    assert left(small) == 0


def test_a_hold_that_ran_out_counts_no_more_even_before_the_schedule_finds_it(small):
    hold(small, 1)
    later = NOW + HOLD
    assert left(small, now=later) == 2
    for line in (2, 3):
        hold(small, line, now=later)
    with pytest.raises(HouseFull):
        capacity.sell(location=small, on=TODAY, part=FULL, source_line=1, now=later)


def test_a_hold_that_ran_out_is_sold_all_the_same_while_there_is_room(small):
    hold(small, 1)
    later = NOW + HOLD
    capacity.release_expired(now=later)
    capacity.sell(location=small, on=TODAY, part=FULL, source_line=1, now=later)
    assert (left(small, now=later), SeatHold.objects.count()) == (1, 1)


def test_extend_keeps_what_still_holds(small):
    hold(small, 1)
    capacity.extend(source_lines=[1], until=NOW + 2 * HOLD, now=NOW)
    assert left(small, now=NOW + HOLD) == 1


def test_release_frees_the_seats_of_lines(small):
    hold(small, 1)
    hold(small, 2)
    capacity.release(source_lines=[1])
    assert left(small) == 1


def test_release_expired_counts_and_tells_what_it_freed(small):
    hold(small, 1)
    hold(small, 2)
    hold(small, 3, on=date(2026, 11, 27), now=NOW + timedelta(minutes=5))
    assert capacity.release_expired(now=NOW + HOLD) == 2
    assert capacity.release_expired(now=NOW + HOLD) == 0
    [event] = audit.timeline(small)
    assert (event.action, event.after) == ("members.seats.released", {"on": "2026-11-26", "seats": 2})


def test_take_goes_beyond_the_cap_only_when_staff_say_so(small):
    small.day_pass_capacity = 0
    small.save()
    with pytest.raises(HouseFull):
        capacity.take(location=small, on=TODAY, part=FULL, now=NOW)
    capacity.take(location=small, on=TODAY, part=FULL, now=NOW, anyway=True)
    assert (SeatHold.objects.count(), left(small)) == (1, 0)


def test_a_day_may_have_a_cap_of_its_own(small):
    capacity.set_capacity(by=Actor.job("test"), location=small, on=TODAY, capacity=5)
    assert (left(small), left(small, on=date(2026, 11, 27))) == (5, 2)
    capacity.set_capacity(by=Actor.job("test"), location=small, on=TODAY, capacity=None)
    assert left(small) == 2


def test_without_a_cap_nothing_is_refused_and_everything_is_counted(hafen):
    for line in range(5):
        hold(hafen, line)
    seats = seats_on(hafen, TODAY, now=NOW)
    assert (seats.left(), seats.taken(FULL)) == (None, 5)


def test_places_have_seats_of_their_own(small, kiyosumi):
    kiyosumi.day_pass_capacity = 1
    kiyosumi.save()
    hold(small, 1)
    assert left(kiyosumi) == 1


@pytest.mark.parametrize("sold", [2, 4])
def test_reads_of_seats_take_constant_queries(small, sold, django_assert_num_queries):
    for line in range(sold):
        hold(small, line, on=TODAY + timedelta(days=line))
    with django_assert_num_queries(2):
        seats_on(small, TODAY, now=NOW)
    with django_assert_num_queries(2):
        next_free_day(small, after=TODAY, part=FULL, now=NOW)
