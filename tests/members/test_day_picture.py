"""The picture of a room's day: what is where, on any day and in any zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.models import Booking, Member
from members.views.day_picture import strip, window_of

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 11, 24)
LENA = Member(name="Lena Fischer")
HOUR = timedelta(hours=1)


def booking(start, hours=1.0, member=LENA):
    return Booking(member=member, starts_at=start, ends_at=start + HOUR * hours)


def at(hour, day=DAY, zone=BERLIN):
    return datetime(day.year, day.month, day.day, hour, tzinfo=zone)


def picture(*rows, day=DAY, zone=BERLIN, now=None):
    return strip(rows, window_of(rows, day, zone), now or at(6, day, zone))


@pytest.mark.parametrize(
    ("hours", "name", "time"),
    [
        (4, "Lena Fischer", "09:00–13:00"),
        (2, "Lena", "09:00–11:00"),
        (1, "Lena", "09:00"),
        (0.5, "", "09:00"),
    ],
)
def test_narrow_block_says_what_it_has_room_for(hours, name, time):
    [block] = picture(booking(at(9), hours)).blocks
    assert (block.name, block.time) == (name, time)


def test_hour_that_clocks_skip_is_not_there_and_one_they_repeat_is_there_twice():
    night = at(0, date(2027, 3, 28))
    assert picture(booking(night), day=date(2027, 3, 28)).labels[:4] == ["00", "01", "03", "04"]
    night = at(0, date(2026, 10, 25))
    assert picture(booking(night), day=date(2026, 10, 25)).labels[:5] == ["00", "01", "02", "02", "03"]


def test_free_hours_that_are_over_are_not_offered():
    gaps = picture(booking(at(12), 1.5), now=at(11) + HOUR / 2).gaps
    assert [gap.at for gap in gaps] == ["11:00", *(f"{hour}:00" for hour in range(14, 21))]


@given(
    st.sampled_from(["Europe/Berlin", "Etc/GMT+12", "Pacific/Kiritimati", "America/St_Johns", "Asia/Beirut"]).map(
        ZoneInfo
    ),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.lists(st.tuples(st.integers(-6, 120), st.integers(1, 12)), max_size=6),
)
def test_everything_is_inside_and_in_order(zone, day, asked):
    """Quarters of an hour after the day's first moment; one after the other, as bookings are."""
    rows, moment = [], datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) - HOUR
    for gap, quarters in asked:
        moment += HOUR / 4 * max(0, gap)
        rows.append(booking(moment, quarters / 4))
        moment = rows[-1].ends_at
    here = [
        one for one in rows if one.ends_at > at(0, day, zone) and one.starts_at < at(0, day + timedelta(days=1), zone)
    ]
    found = picture(*here, day=day, zone=zone)
    places = [(float(block.x[:-1]), float(block.width[:-1])) for block in found.blocks]
    assert all(x >= 0 and width > 0 and x + width <= 100.01 for x, width in places)
    assert places == sorted(places)
    assert len(found.labels) == len(found.lines) + 1
