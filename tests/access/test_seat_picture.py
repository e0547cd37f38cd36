"""What will be needed is counted from what people hold; nobody sits twice."""

from datetime import UTC, date, datetime, timedelta

from access.explain.seats import Day, forecast, picture

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
DAYS = [NOW + timedelta(days=n) for n in range(4)]


def test_who_ends_gives_the_seat_back_and_who_begins_takes_one():
    spans = [(1, NOW - timedelta(days=9), DAYS[2]), (2, DAYS[1], None), (2, DAYS[1], None)]
    assert forecast(spans, DAYS, seats=5, sitting=[1], frees=True) == [5, 6, 5, 5]


def test_without_unsubscribing_seats_only_become_more():
    spans = [(1, NOW - timedelta(days=9), DAYS[1]), (2, DAYS[3], None)]
    assert forecast(spans, DAYS, seats=5, sitting=[1], frees=False) == [5, 5, 5, 6]


def test_who_sits_without_a_right_keeps_the_seat_that_nobody_counts_twice():
    assert forecast([], DAYS, seats=3, sitting=[1, 2], frees=True) == [3, 3, 3, 3]


def test_the_picture_ends_with_the_forecast():
    today = date(2026, 11, 26)
    drawn = picture(
        [Day(today - timedelta(days=1), 3, 10), Day(today, 4, 10)], {today: 4, today + timedelta(1): 6}, today
    )
    assert drawn
    assert drawn.today == 320
    assert drawn.words == "4 of 10 seats in use today; up to 6 needed until 27 Nov"
    assert picture([], {}, today) is None
