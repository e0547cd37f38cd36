"""Pauses and discounts: when they may begin, how they end, and what they make of the bill."""

from datetime import date, timedelta

import pytest

from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money
from flexspace.core.sentences import told_timeline
from members.calendars import Period
from members.models import Membership, MembershipDiscount
from members.services.adjustments import end_discount, give_discount, pause, resume
from members.services.memberships import cancel
from tests.factories.sold import BY, TODAY, make_membership
from tests.members.test_memberships import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DECEMBER = Period(date(2026, 12, 1), date(2027, 1, 1))


@pytest.fixture
def row(hafen):
    """Return a fixed desk at €300.00 since October."""
    return make_membership(hafen)


def rest(row, from_date=date(2026, 12, 11), until=date(2026, 12, 21), today=TODAY):
    return pause(by=BY, membership=row, from_date=from_date, until=until, reason="Sabbatical", today=today)


def less(row, from_date=date(2026, 12, 1), until=None, reason="Founders", **how):
    how = how or {"basis_points": 1000}
    return give_discount(by=BY, membership=row, from_date=from_date, until=until, reason=reason, today=TODAY, **how)


def december(row):
    return Membership.objects.with_terms().get(pk=row.pk).terms().cost(DECEMBER).amount


def said(row):
    return told_timeline(row)[0].sentence


def test_pause_takes_its_days_off_the_bill(row):
    rest(row)
    assert (december(row), said(row)) == (20_322, "Fixed desk paused from 11 Dec 2026 to 20 Dec 2026")


def test_resume_ends_a_pause_that_runs_and_drops_one_to_come(row):
    rest(row, TODAY, None)
    assert said(row) == "Fixed desk paused from 23 Nov 2026 until further notice"
    resume(by=BY, membership=row, on=TODAY + DAY, today=TODAY + DAY)
    assert [each.until for each in row.pauses.all()] == [TODAY + DAY]
    rest(row)
    resume(by=BY, membership=row, on=TODAY + DAY, today=TODAY + DAY)
    assert (row.pauses.count(), said(row)) == (1, "Fixed desk counts again from 24 Nov 2026")


def test_resume_without_a_pause_says_so(row):
    for on, code in ((TODAY, "not_paused"), (TODAY - DAY, "date_in_past")):
        with pytest.raises(DomainError) as caught:
            resume(by=BY, membership=row, on=on, today=TODAY)
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("from_date", "until", "code"),
    [
        (TODAY - DAY, None, "date_out_of_reach"),
        (date(2027, 2, 1), None, "date_out_of_reach"),
        (TODAY, TODAY, "pause_empty"),
        (date(2026, 12, 20), None, "paused_already"),
        (date(2026, 12, 1), date(2026, 12, 12), "paused_already"),
        (date(2026, 12, 1), None, "paused_already"),
    ],
)
def test_pause_that_cannot_be_is_refused(row, from_date, until, code):
    rest(row)
    cancel(by=BY, membership=row, ends_on=date(2027, 1, 31), reason="Moves", now=NOW)
    with pytest.raises(DomainError) as caught:
        rest(row, from_date, until)
    assert (caught.value.code, row.pauses.count()) == (code, 1)


def test_pauses_may_touch(row):
    rest(row)
    rest(row, date(2026, 12, 21), date(2026, 12, 25))
    assert december(row) == 16_451  # 17 of 31 days, in two stretches


@pytest.mark.parametrize(
    ("how", "amount", "sentence"),
    [
        ({"basis_points": 1000}, 27_000, "10 % off Fixed desk from 1 Dec 2026 until further notice"),
        ({"amount": Money(2_000, "EUR")}, 28_000, "€20.00 off Fixed desk from 1 Dec 2026 until further notice"),
    ],
)
def test_discount_takes_its_part_off_the_bill(row, how, amount, sentence):
    less(row, **how)
    assert (december(row), said(row)) == (amount, sentence)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"basis_points": 1000, "amount": Money(1, "EUR")}, "discount_one"),
        ({"basis_points": 0}, "discount_share"),
        ({"basis_points": 10_001}, "discount_share"),
        ({"amount": Money(0, "EUR")}, "currency_mismatch"),
        ({"amount": Money(100, "USD")}, "currency_mismatch"),
        ({"reason": " "}, "reason_missing"),
        ({"reason": "4242424242424242"}, "card_number"),
        ({"from_date": date(2026, 10, 31)}, "date_out_of_reach"),
        ({"until": date(2026, 12, 1)}, "discount_empty"),
    ],
)
def test_discount_that_cannot_be_is_refused(row, facts, code):
    with pytest.raises(DomainError) as caught:
        less(row, **facts)
    assert (caught.value.code, MembershipDiscount.objects.count()) == (code, 0)


def test_discount_may_reach_back_to_the_start_of_the_period(row):
    assert less(row, date(2026, 11, 1)).from_date == date(2026, 11, 1)


def test_discount_ends_from_a_day_on_or_never_begins(row):
    running, coming = less(row, date(2026, 11, 1)), less(row)
    end_discount(by=BY, discount=running, on=date(2026, 12, 1), today=TODAY)
    assert said(row) == "10 % off Fixed desk to 30 Nov 2026"
    end_discount(by=BY, discount=coming, on=TODAY, today=TODAY)
    assert [each.until for each in row.discounts.all()] == [date(2026, 12, 1)]
    for discount, on, code in (
        (running, date(2026, 12, 1), "discount_over"),
        (coming, date(2026, 12, 1), "discount_over"),
        (running, TODAY - DAY, "date_in_past"),
    ):
        with pytest.raises(DomainError) as caught:
            end_discount(by=BY, discount=discount, on=on, today=TODAY)
        assert caught.value.code == code


def test_membership_that_is_over_is_not_adjusted(row):
    cancel(by=BY, membership=row, ends_on=TODAY, reason="Moves", now=NOW)
    with pytest.raises(Conflict) as caught:
        rest(row, today=TODAY + DAY)
    assert caught.value.code == "membership_over"
