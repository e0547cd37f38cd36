"""Who has a reason to be let in: the rules, told from the facts alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.entitlements import (
    BookedRoom,
    Facts,
    HeldPlan,
    HeldResource,
    Holder,
    Person,
    Place,
    UsedPass,
    end_of_part,
    entitlements,
    next_change,
    start_of_day,
)
from members.enums import DayPart, EndReason, EntitlementKind, WhyCode
from members.proration import Pause

BERLIN = Place(1, ZoneInfo("Europe/Berlin"))
DAY = timedelta(days=1)
SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
LENA = Person(7)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(*people, since=SINCE, until=UNTIL, **facts):
    """Return start, end and reason of each entitlement, as short texts."""
    rows = {name: tuple(each) if isinstance(each, list) else (each,) for name, each in facts.items()}
    found = entitlements(Facts(people=people or (LENA,), **rows), since=since, until=until)
    return [
        (one.member, f"{one.starts_at:%d.%m. %H:%M}", f"{one.ends_at:%d.%m. %H:%M}" if one.ends_at else "", one.end)
        for one in found
    ]


def plan(holder=None, starts_on=date(2026, 11, 1), ends_on=None, place=BERLIN, **facts):
    return HeldPlan(5, 50, "Hot desk", place, holder or Holder(member=7), starts_on, ends_on, **facts)


def used(at="2026-11-26T09:02", part=DayPart.FULL, left=0, **facts):
    at = utc(at)
    return UsedPass(9, 7, 90, "Day pass", BERLIN, at.astimezone(BERLIN.zone).date(), part, at, left, **facts)


def room(cancelled_at=None):
    start, end = utc("2026-11-26T09:00"), utc("2026-11-26T11:00")
    return BookedRoom(3, 30, "Elbe", BERLIN, 2, 7, start, end, utc(cancelled_at) if cancelled_at else None)


def test_membership_holds_whole_days_of_its_place():
    assert told(plans=plan()) == [(7, "31.10. 23:00", "", None)]
    whole = plan(ends_on=date(2026, 11, 30))
    assert told(plans=whole) == [(7, "31.10. 23:00", "30.11. 23:00", EndReason.EXPIRED)]
    assert told(plans=replace(whole, cancelled=True))[0][3] is EndReason.CANCELLED
    assert told(plans=replace(whole, followed=True))[0][3] is EndReason.ENDED
    assert told(plans=plan(ends_on=date(2026, 10, 31))) == []  # it never began


def test_pause_takes_the_right_away_and_gives_it_back():
    paused = plan(pauses=(Pause(date(2026, 12, 10), date(2026, 12, 20)),))
    assert told(plans=paused) == [
        (7, "31.10. 23:00", "09.12. 23:00", EndReason.PAUSED),
        (7, "19.12. 23:00", "", None),
    ]
    assert told(plans=plan(pauses=(Pause(date(2026, 11, 1)),))) == []


def test_contract_that_ends_while_it_is_paused_says_why_it_is_over():
    row = plan(ends_on=date(2026, 12, 31), cancelled=True, pauses=(Pause(date(2026, 12, 10)),))
    assert told(plans=row) == [
        (7, "31.10. 23:00", "09.12. 23:00", EndReason.PAUSED),
        (7, "31.12. 23:00", "31.12. 23:00", EndReason.CANCELLED),
    ]


def test_company_membership_without_a_person_is_for_everybody_who_is_there():
    people = Person(1, company=4), Person(2, company=4), Person(3, company=5), Person(6)
    everybody = plan(Holder(company=4, name="Nordlicht"))
    assert [one[0] for one in told(*people, plans=everybody)] == [1, 2]
    named = plan(Holder(member=2, company=4, name="Nordlicht"))
    assert [one[0] for one in told(*people, plans=named)] == [2]
    codes = [
        one.why.code
        for row in (everybody, named, plan(Holder(member=6)))
        for one in entitlements(Facts(people=people, plans=(row,)), since=SINCE, until=UNTIL)
    ]
    assert codes == [WhyCode.WHOLE_COMPANY, WhyCode.WHOLE_COMPANY, WhyCode.PAID_BY_COMPANY, WhyCode.OWN]


def test_who_left_the_company_or_was_archived_has_it_until_then():
    left = Person(1, left=4, left_at=utc("2026-11-20T12:00"))
    gone = Person(2, company=4, archived_at=utc("2026-11-21T12:00"))
    back = Person(3, company=4, left=4, left_at=utc("2026-11-20T12:00"))
    assert told(left, gone, back, plans=plan(Holder(company=4))) == [
        (1, "31.10. 23:00", "20.11. 12:00", EndReason.ENDED),
        (2, "31.10. 23:00", "21.11. 12:00", EndReason.ARCHIVED),
        (3, "31.10. 23:00", "", None),
    ]
    assert told(gone, plans=plan(Holder(company=4), starts_on=date(2026, 12, 1))) == []


def test_day_pass_opens_from_the_check_in_to_the_end_of_the_day():
    assert told(passes=used()) == [(7, "26.11. 09:02", "26.11. 23:00", EndReason.USED_UP)]
    assert told(passes=used(left=3)) == [(7, "26.11. 09:02", "26.11. 23:00", EndReason.EXPIRED)]
    assert told(passes=used(part=DayPart.AFTERNOON)) == [(7, "26.11. 09:02", "26.11. 23:00", EndReason.USED_UP)]


def test_morning_ends_at_one_where_the_place_is():
    assert told(passes=used(part=DayPart.MORNING)) == [(7, "26.11. 09:02", "26.11. 12:00", EndReason.USED_UP)]
    assert told(passes=used(at="2026-11-26T12:30", part=DayPart.MORNING)) == []


def test_undone_check_in_says_when_it_was_undone():
    row = used(left=1, undone_at=utc("2026-11-26T09:10"))
    assert told(passes=row) == [(7, "26.11. 09:02", "26.11. 09:10", EndReason.CANCELLED)]
    assert told(passes=used(undone_at=utc("2026-11-27T09:10")))[0][3] is EndReason.USED_UP


def test_booking_holds_from_its_first_to_its_last_moment():
    assert told(rooms=room()) == [(7, "26.11. 09:00", "26.11. 11:00", EndReason.EXPIRED)]
    assert told(rooms=room("2026-11-26T10:00")) == [(7, "26.11. 09:00", "26.11. 10:00", EndReason.CANCELLED)]


def test_booking_cancelled_before_it_began_lets_nobody_in_and_says_so():
    found = entitlements(Facts(people=(LENA,), rooms=(room("2026-11-26T08:50"),)), since=SINCE, until=UNTIL)
    assert [(one.starts_at, one.ends_at, one.end) for one in found] == [
        (utc("2026-11-26T08:50"), utc("2026-11-26T08:50"), EndReason.CANCELLED)
    ]
    assert not any(found[0].holds(utc("2026-11-26T08:50") + timedelta(minutes=step)) for step in range(-5, 200))


def test_desk_carries_its_floor_and_why_it_was_given_back():
    desk = HeldResource(8, 80, "Desk 4", BERLIN, 2, Holder(member=7), date(2026, 11, 1), date(2026, 11, 30))
    (one,) = entitlements(Facts(people=(LENA,), resources=(desk,)), since=SINCE, until=UNTIL)
    assert (one.kind, one.subject, one.location, one.floor, one.end) == (
        EntitlementKind.ASSIGNMENT, 80, 1, 2, EndReason.EXPIRED,
    )  # fmt: skip
    assert told(resources=replace(desk, ended=True))[0][3] is EndReason.ENDED


def test_what_ended_before_or_starts_later_is_left_out():
    rows = [plan(ends_on=date(2026, 11, 10)), plan(starts_on=date(2026, 12, 24))]
    assert told(plans=rows, since=utc("2026-11-10T23:00"), until=utc("2026-12-23T23:00")) == []
    assert len(told(plans=rows, since=utc("2026-11-10T22:59"), until=utc("2026-12-23T23:01"))) == 2


def test_next_change_is_the_first_start_or_end_to_come():
    facts = Facts(people=(LENA,), plans=(plan(ends_on=date(2026, 11, 30)),), rooms=(room(),))
    found = entitlements(facts, since=SINCE, until=UNTIL)
    steps = [utc("2026-10-01T00:00")]
    while (following := next_change(found, steps[-1])) is not None:
        steps.append(following)
    assert [f"{step:%d.%m. %H:%M}" for step in steps[1:]] == [
        "31.10. 23:00", "26.11. 09:00", "26.11. 11:00", "30.11. 23:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Asia/Beirut", date(2026, 3, 29), 23),  # clocks skip midnight itself
        ("Pacific/Auckland", date(2026, 9, 27), 23),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Asia/Tokyo", date(2026, 10, 25), 24),
    ],
)
def test_day_is_as_long_as_it_is_there(zone, day, hours):
    zone = ZoneInfo(zone)
    assert start_of_day(day + DAY, zone) - start_of_day(day, zone) == timedelta(hours=hours)


ZONES = st.sampled_from(
    ["Etc/GMT+12", "Etc/GMT-12", "Pacific/Kiritimati", "Asia/Beirut", "Africa/Cairo", "America/Havana", "Europe/Berlin",
     "America/Santiago", "Pacific/Chatham", "Asia/Tokyo", "America/St_Johns"]
).map(ZoneInfo)  # fmt: skip
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@given(ZONES, DAYS)
def test_day_begins_with_its_first_moment(zone, day):
    start = start_of_day(day, zone)
    assert start.astimezone(zone).date() == day
    assert (start - timedelta(microseconds=1)).astimezone(zone).date() == day - DAY
    assert end_of_part(day, DayPart.MORNING, zone) < end_of_part(day, DayPart.AFTERNOON, zone)
    assert end_of_part(day, DayPart.FULL, zone) == start_of_day(day + DAY, zone)


@st.composite
def any_plan(draw):
    place = Place(1, draw(ZONES))
    starts_on = draw(DAYS)
    length = draw(st.none() | st.integers(-1, 120))
    pauses, day = [], starts_on
    for _ in range(draw(st.integers(0, 3))):
        day += DAY * draw(st.integers(0, 20))
        until = draw(st.none() | st.integers(1, 20))
        pauses.append(Pause(day, day + DAY * until if until else None))
        if until is None:
            break
        day = pauses[-1].until
    who = draw(st.sampled_from([Holder(member=7), Holder(company=4), Holder(member=7, company=4)]))
    ends_on = None if length is None else starts_on + DAY * length
    return plan(who, starts_on, ends_on, place, cancelled=draw(st.booleans()), pauses=tuple(pauses))


@given(any_plan(), st.integers(-3, 150), st.integers(0, 23), st.integers(0, 59))
def test_membership_lets_in_exactly_on_days_that_hold_and_are_not_paused(row, days, hour, minute):
    """The other way round: a moment becomes a day of the place, and the day is looked up."""
    now = start_of_day(row.starts_on, ZoneInfo("UTC")) + timedelta(days=days, hours=hour, minutes=minute)
    day = now.astimezone(row.place.zone).date()
    holds = row.starts_on <= day and (row.ends_on is None or day <= row.ends_on)
    paused = any(pause.covers(day) for pause in row.pauses)
    facts = Facts(people=(Person(7, company=4),), plans=(row,))
    found = entitlements(facts, since=now - DAY, until=now + DAY)
    assert any(one.holds(now) for one in found) == (holds and not paused)


@given(st.lists(any_plan(), max_size=4), st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))
def test_between_two_changes_nothing_changes(rows, start):
    """What wakes somebody at ``next_change`` alone never sleeps through a start or an end."""
    now = start.replace(tzinfo=UTC)
    found = entitlements(Facts(people=(Person(7, company=4),), plans=tuple(rows)), since=SINCE, until=UNTIL + 400 * DAY)
    following = next_change(found, now)
    last = following - timedelta(microseconds=1) if following else now + 900 * DAY
    assert [one.holds(now) for one in found] == [one.holds(last) for one in found]
    for one in found:
        assert (one.ends_at is None) == (one.end is None)
        assert one.ends_at is None or one.starts_at <= one.ends_at


@given(st.lists(any_plan(), max_size=4), st.randoms())
def test_order_of_the_facts_does_not_matter(rows, random):
    people = [Person(7, company=4), Person(8, company=4), Person(9)]
    given_so = entitlements(Facts(people=tuple(people), plans=tuple(rows)), since=SINCE, until=UNTIL)
    random.shuffle(people)
    random.shuffle(rows)
    assert {*entitlements(Facts(people=tuple(people), plans=tuple(rows)), since=SINCE, until=UNTIL)} == {*given_so}
