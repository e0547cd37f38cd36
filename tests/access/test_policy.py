"""What members hold becomes groups: sources, hours, reasons."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.policy import Terms, rights_of
from tests.access.paper import HOUR, NOW, Held

DAY = 24 * HOUR


def of(*held, mappings=None, **facts):
    terms = Terms({("plan", 7): ["g1"]} if mappings is None else mappings, **facts)
    return rights_of(held, terms, NOW).get(1)


@pytest.mark.parametrize(
    ("held", "source"),
    [
        (Held(), ("plan", 7)),
        (Held(), ("location", 1)),
        (Held(kind="assignment"), ("resource", 7)),
        (Held(kind="assignment"), ("location", 1)),
        (Held(kind="assignment", floor=3), ("floor", 3)),
        (Held(kind="day_pass", ends_at=NOW + HOUR), ("day_pass", 7)),
        (Held(kind="booking", starts_at=NOW, ends_at=NOW + HOUR), ("booking", 7)),
    ],
)
def test_each_source_leads_to_its_group(held, source):
    assert list(of(held, mappings={source: ["g9"]}).groups) == ["g9"]


@pytest.mark.parametrize(
    ("held", "source"),
    [
        (Held(kind="assignment"), ("plan", 7)),
        (Held(), ("resource", 7)),
        (Held(kind="assignment"), ("floor", 7)),
        (Held(kind="day_pass"), ("location", 1)),
        (Held(kind="booking"), ("resource", 7)),
        (Held(kind="locker"), ("plan", 7)),
        (Held(subject=8), ("plan", 7)),
    ],
)
def test_nothing_else_does(held, source):
    assert of(held, mappings={source: ["g9"]}) is None


def test_other_locations_belong_to_other_connections():
    assert of(Held(location=2), places=frozenset({1})) is None
    assert of(Held(location=1), places=frozenset({1})).groups


@pytest.mark.parametrize(
    ("minutes", "inside"), [(-16, False), (-15, True), (0, True), (59, True), (74, True), (75, False)]
)
def test_booking_opens_a_quarter_of_an_hour_early_and_late(minutes, inside):
    starts = NOW - dt.timedelta(minutes=minutes)
    booking = Held(kind="booking", starts_at=starts, ends_at=starts + HOUR, end="expired")
    assert bool(of(booking, mappings={("booking", 7): ["g1"]}).groups) is inside


def test_last_word_on_each_thing_is_its_loss():
    pause = Held(ends_at=NOW - 9 * DAY, end="paused")
    ended = Held(starts_at=NOW - 8 * DAY, ends_at=NOW - DAY, end="ended")
    assert of(ended, pause).losses == {"ended"}
    assert of(pause, Held(starts_at=NOW - DAY)).losses == frozenset()
    used = Held(kind="day_pass", subject=2, ends_at=NOW - DAY, end="used_up")
    assert of(used, pause, mappings={("plan", 7): ["g1"], ("day_pass", 2): ["g1"]}).losses == {"used_up", "paused"}


def test_what_is_to_come_is_no_right_yet_and_is_known():
    rights = of(Held(starts_at=NOW + HOUR))
    assert (rights.groups, rights.next_start, rights.next_change) == ({}, NOW + HOUR, NOW + HOUR)


def test_group_held_twice_lasts_as_long_as_the_longer():
    rights = of(Held(ends_at=NOW + HOUR), Held(ends_at=NOW + DAY))
    assert (rights.groups["g1"].until, rights.next_change) == (NOW + DAY, NOW + HOUR)


def test_withheld_doors_are_no_loss_for_good():
    rights = rights_of([Held()], Terms({("plan", 7): ["g1"]}), NOW, withheld=frozenset({1}))[1]
    assert (rights.groups, rights.losses) == ({}, {"overdue"})


times = st.integers(-100, 100).map(lambda hours: NOW + hours * HOUR)
holdings = st.builds(Held, kind=st.sampled_from(["membership", "booking"]), starts_at=times, ends_at=times,
                     end=st.sampled_from(["ended", "paused", None]))  # fmt: skip


@pytest.mark.parametrize("began_minutes_ago", [-20, -10, 30])
def test_cancelled_booking_opens_nothing_any_more(began_minutes_ago):
    """A booking cancelled just now: not its lead before it begins, nor its lag after it ended early."""
    starts = NOW - dt.timedelta(minutes=began_minutes_ago)
    ends = NOW - dt.timedelta(seconds=1)
    booking = Held(kind="booking", starts_at=min(starts, ends), ends_at=ends, end="cancelled")
    rights = of(booking, mappings={("booking", 7): ["g1"]})
    assert (rights.groups, rights.losses) == ({}, {"cancelled"})


@given(st.lists(holdings, max_size=6))
def test_answer_holds_until_its_next_change(held):
    terms = Terms({("plan", 7): ["g1"], ("booking", 7): ["g2"]})
    now = rights_of(held, terms, NOW).get(1)
    until = (now and now.next_change) or NOW + 1000 * HOUR
    assert until > NOW
    just_before = rights_of(held, terms, until - dt.timedelta(seconds=1)).get(1)
    assert (now and set(now.groups)) == (just_before and set(just_before.groups))
