"""What the billing run says: reasons, cautions, lines, pictures, and which month is next."""

from datetime import date

import pytest

from billing.dues.facts import Month
from billing.dues.months import choices, upcoming
from billing.enums import CautionCode, ChangeCode
from billing.explain.lines import MAX, period_line, usage_line, why_words
from billing.explain.pictures import change_bars, month_bars
from billing.explain.runs import caution_words, change_words, signed
from flexspace.core.money import Money

DAYS = {"days": 11, "of_days": 30, "last_days": 30, "paused": 0}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"code": "joined", "on": "2026-11-20"}, "Desk: joined on 20 Nov"),
        ({"code": "left", "on": ""}, "Desk: left"),
        ({"code": "left", "on": "2026-11-30"}, "Desk: left on 30 Nov"),
        ({"code": "plan_changed", "was": "Locker", "on": "2026-12-01"}, "Desk: instead of Locker"),
        ({"code": "plan_changed", "was": "", "on": "2026-12-01"}, "Desk: changed on 1 Dec"),
        ({"code": "price", "was": 20000, "price": 22000}, "Desk: €200.00 became €220.00"),
        ({"code": "discount_began", "basis_points": 1000, "off": 0}, "Desk: 10 % off"),
        ({"code": "discount_ended", "basis_points": 0, "off": 500}, "Desk: no longer €5.00 off"),
        ({"code": "discount_changed", "basis_points": 1000, "off": 500}, "Desk: now 10 % and €5.00 off"),
        ({"code": "tax", "was": 1900, "tax": 2000}, "Desk: tax of 19 % became 20 %"),
        ({"code": "paused", **DAYS, "paused": 19}, "Desk: 19 days paused"),
        ({"code": "resumed", **DAYS}, "Desk: no longer paused"),
        ({"code": "ends", **DAYS}, "Desk: ends, 11 of 30 days"),
        ({"code": "days", **DAYS}, "Desk: 11 of 30 days, 30 last time"),
        ({"code": "days", **DAYS, "days": 30, "last_days": 11}, "Desk: all 30 days, 11 last time"),
        ({"code": "days", **DAYS, "days": 41}, "Desk: 41 days on this bill, 30 on the last"),
        ({"code": "due", "interval": 3}, "Desk: billed once a quarter, due now"),
        ({"code": "not_due", "interval": 12}, "Desk: billed once a year, not due now"),
        ({"code": "back"}, "Desk: was not on the last bill"),
        ({"code": "already"}, "Desk: already billed"),
        ({"code": "no_price"}, "Desk: has no price"),
        ({"code": "other"}, "Desk: rounding"),
        ({"code": "other", "plan": ""}, "Other lines"),
        ({"code": "usage", "plan": "", "amount": 5}, "More used"),
        ({"code": "usage", "plan": "", "amount": -5}, "Less used"),
        ({"code": "edited", "plan": ""}, "Edited by hand"),
    ],
)
def test_changes_in_words(change, expected):
    assert change_words({"plan": "Desk", "amount": 1, **change}, "EUR") == expected


def test_every_code_has_words():
    everything = {
        "plan": "Desk", "on": "2026-11-20", "was": 1, "price": 1, "basis_points": 1, "off": 1, "tax": 1, "interval": 1,
        "amount": 1, "card": "Visa •••• 4242", "month": "2026-11-01", "charge_on": "2026-12-01",
        "last": "2026-12-01", "reason": "asked to", **DAYS,
    }  # fmt: skip
    assert all(change_words({**everything, "code": code.value}, "EUR") for code in ChangeCode)
    assert all(caution_words({**everything, "code": code.value}) for code in CautionCode)


def test_caution_names_card_month_and_day():
    facts = {"card": "Visa •••• 4242", "month": "2026-11-01", "charge_on": "2026-12-15"}
    assert caution_words({"code": "card_expires", **facts}) == (
        "Visa •••• 4242 expires 11/26, before the charge on 15 Dec"
    )


def test_lines_are_cut_where_the_name_is_long():
    assert period_line("Desk", "", date(2026, 12, 1), date(2026, 12, 31)) == "Desk, 1–31 Dec"
    long = period_line("Desk", "x" * 300, date(2026, 12, 1), date(2026, 12, 31))
    assert (len(long), long.endswith("…, 1–31 Dec")) == (MAX, True)
    assert usage_line("Print", "Lena", "", date(2026, 12, 1)) == "Print for Lena, 1 Dec"
    assert len(usage_line("Print", "", "x" * 300, None)) == MAX


def test_late_days_say_why_they_are_here():
    segment = {
        "code": "part", "start": "2026-11-20", "end": "2026-12-01", "of_days": 30, "price": 30000, "basis_points": 0,
        "off": 0, "amount": 11000,
    }  # fmt: skip
    reasons = [segment, {"code": "late", "month": "2026-11-01"}, {"code": "somebody elses"}]
    assert why_words(reasons, currency="EUR", interval_months=1) == (
        "11 of 30 days (20–30 Nov) at €300.00 a month. Not billed with November 2026, so it is on this bill."
    )
    assert why_words([], currency="EUR", interval_months=1) == ""


@pytest.mark.parametrize(("amount", "expected"), [(100, "+€1.00"), (-100, "−€1.00"), (0, "")])
def test_signs(amount, expected):
    assert signed(Money(amount, "EUR")) == expected


def test_bars_go_left_for_less_and_right_for_more():
    more, less = change_bars({"joined": 200, "left": -100, "usage": 0}, {"joined": 3, "left": 1}, "EUR")
    assert (more.label, more.people, more.x, more.width, more.tone) == ("Joined", 3, "50.00%", "50.00%", "more")
    assert (less.label, less.x, less.width, less.tone) == ("Left", "25.00%", "25.00%", "less")
    assert change_bars({}, {}, "EUR") == []


def test_month_columns_end_with_the_newest_and_leave_gaps():
    bars = month_bars([(date(2026, 10, 1), 50), (date(2026, 12, 1), 100), (date(2027, 1, 1), 0)], "EUR")
    assert [(bar.month.month, bar.height) for bar in bars[-3:]] == [(10, "50.00%"), (11, "0.00%"), (12, "100.00%")]
    assert (len(bars), [bar.newest for bar in bars].index(True), month_bars([], "EUR")) == (12, 11, [])


def months(*texts):
    return [Month(date.fromisoformat(f"{text}-01")) for text in texts]


@pytest.mark.parametrize(
    ("today", "runs", "month", "urgency"),
    [
        ("2026-11-10", [], "2026-11", "ready"),
        ("2026-11-25", [], "2026-12", "ready"),
        ("2026-11-10", months("2026-11"), "2026-12", "ready"),
        ("2026-11-27", months("2026-11"), "2026-12", "ready"),
        ("2026-11-28", months("2026-11"), "2026-12", "soon"),
        ("2026-12-01", months("2026-11"), "2026-12", "late"),
        ("2026-12-09", months("2026-09", "2026-08"), "2026-10", "late"),
        ("2026-11-10", months("2026-11", "2026-12"), "2027-01", "later"),
    ],
)
def test_next_month_and_how_urgent_it_is(today, runs, month, urgency):
    found = upcoming(date.fromisoformat(today), runs)
    assert (found.month, found.urgency.value) == (months(month)[0], urgency)
    assert (found.may_start, found.reminds) == (urgency != "later", urgency in ("late", "soon"))


def test_months_to_choose_from_begin_where_the_location_does():
    assert choices(date(2026, 11, 10), date(2026, 10, 15)) == months("2026-12", "2026-11", "2026-10")
    assert len(choices(date(2026, 11, 10), None)) == 8
