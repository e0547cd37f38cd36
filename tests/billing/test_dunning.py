"""The rules of collecting: which day a card is charged, and what follows a bank's no."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.dunning import (
    MAX_SPAN,
    MAX_TRIES,
    Answer,
    Card,
    Case,
    Next,
    RetryPlan,
    Said,
    after,
    due,
    forbids,
    hindrance,
    without_a_charge,
)
from billing.enums import CollectionReason as R
from billing.enums import CollectionState as S
from billing.enums import InvoiceMail as M
from flexspace.core.models import Location

DUE = date(2026, 12, 1)
DAY = timedelta(days=1)
DAYS = st.dates(date(1999, 1, 1), date(2101, 12, 31))
ZONES = ["Etc/GMT+12", "Etc/GMT-12", "Pacific/Kiritimati", "Europe/Berlin", "America/New_York", "Asia/Beirut",
         "Africa/Cairo", "America/Santiago", "Australia/Lord_Howe"]  # fmt: skip
NO_MONEY = Said("card_declined", "insufficient_funds", "try_again_later")


def case(today=DUE, **more):
    return Case(**{"today": today, "due_on": DUE, "next_try_on": DUE, "card": Card(), **more})


# What the bank says, to what follows. The first try is on the due date.
ANSWERS = [
    (Said("card_declined", "insufficient_funds", "try_again_later"), S.RETRY, R.NONE),
    (Said("card_declined", "generic_decline"), S.RETRY, R.NONE),
    (Said("card_declined", "stolen_card", "do_not_try_again"), S.NEEDS_CARD, R.CARD_REFUSED),
    (Said("card_declined", "generic_decline", "do_not_try_again"), S.NEEDS_CARD, R.CARD_REFUSED),
    (Said("card_declined", "lost_card"), S.NEEDS_CARD, R.CARD_REFUSED),
    (Said("card_declined", "lost_card", "try_again_later"), S.RETRY, R.NONE),
    (Said("expired_card", "expired_card", "confirm_card_data"), S.NEEDS_CARD, R.CARD_DATA),
    (Said("expired_card", "expired_card"), S.NEEDS_CARD, R.CARD_DATA),
    (Said("authentication_required", "authentication_required"), S.NEEDS_AUTHENTICATION, R.AUTHENTICATION),
    (Said("card_declined", "authentication_required", "try_again_later"), S.NEEDS_AUTHENTICATION, R.AUTHENTICATION),
    (Said("requires_action"), S.RETRY, R.NONE),
    (Said("a_code_of_2031", "another", "some_new_advice"), S.RETRY, R.NONE),
]


@pytest.mark.parametrize(("said", "state", "why"), ANSWERS)
def test_decline_leads_where_the_bank_advises(said, state, why):
    again = DUE + 3 * DAY if state is S.RETRY else None
    assert after(case(), Answer.DECLINED, said) == Next(state, again, why, counts=True, tell=True)


@pytest.mark.parametrize(
    ("answer", "follows"),
    [
        (Answer.NOT_ACCEPTED, Next(S.STOPPED, reason=R.NOT_ACCEPTED, at_desk=True)),
        (Answer.CARD_GONE, Next(S.NEEDS_CARD, reason=R.CARD_GONE, tell=True)),
        (Answer.NOT_ASKED, Next(S.RETRY, DUE + DAY)),
    ],
)
def test_charge_that_no_bank_heard_of_is_no_try(answer, follows):
    assert after(case(), answer, Said("whatever")) == follows


def test_plan_is_day_0_3_7_and_14_and_then_over():
    days, now = [], case()
    while True:
        days.append(now.today)
        follows = after(now, Answer.DECLINED, NO_MONEY)
        if follows.state is not S.RETRY:
            break
        now = replace(now, today=follows.on, tries=now.tries + 1, first_try_on=DUE)
    assert [(day - DUE).days for day in days] == [0, 3, 7, 14]
    assert follows == Next(S.STOPPED, reason=R.TRIES_USED, counts=True, at_desk=True, tell=True)


def test_missed_days_are_caught_up_once_and_the_next_try_keeps_its_distance():
    late = case(DUE + 5 * DAY)  # days 0 and 3 went by with nobody at work
    assert due(late)
    follows = after(late, Answer.DECLINED, NO_MONEY)
    assert follows.on == DUE + 8 * DAY
    late = replace(late, today=DUE + 12 * DAY, tries=2, first_try_on=DUE, next_try_on=DUE + 7 * DAY)
    assert after(late, Answer.DECLINED, NO_MONEY).on == DUE + 15 * DAY
    assert after(replace(late, today=DUE + 10 * DAY), Answer.DECLINED, NO_MONEY).on == DUE + 14 * DAY
    assert after(replace(late, today=DUE + 19 * DAY), Answer.DECLINED, NO_MONEY).state is S.STOPPED


@pytest.mark.parametrize(
    ("facts", "why", "follows"),
    [
        ({"void": True}, R.VOID, Next(S.STOPPED, reason=R.VOID)),
        ({"paid": True}, R.PAID, Next(S.COLLECTED, reason=R.PAID)),
        ({"plan_ended": True}, R.PLAN_ENDED, Next(S.STOPPED, reason=R.PLAN_ENDED)),
        ({"card": None}, R.NO_CARD, Next(S.NEEDS_CARD, reason=R.NO_CARD, tell=True)),
        ({"card": None, "withdrawn": True}, R.CONSENT_WITHDRAWN,
         Next(S.STOPPED, reason=R.CONSENT_WITHDRAWN, at_desk=True)),
        ({"card": Card(expired=True)}, R.CARD_EXPIRED, Next(S.NEEDS_CARD, reason=R.CARD_EXPIRED, tell=True)),
        ({"today": DUE + 22 * DAY, "first_try_on": DUE, "tries": 2, "card": Card(tried=True)}, R.TRIES_USED,
         Next(S.STOPPED, reason=R.TRIES_USED, at_desk=True)),
        ({"account": False}, R.NO_ACCOUNT, Next(S.SCHEDULED, DUE, R.NO_ACCOUNT)),
        ({"account": False, "card": None}, R.NO_ACCOUNT, Next(S.SCHEDULED, DUE, R.NO_ACCOUNT)),
        ({"mail": M.ON_ITS_WAY}, R.MAIL_ON_ITS_WAY, Next(S.SCHEDULED, DUE, R.MAIL_ON_ITS_WAY)),
        ({"mail": M.ON_ITS_WAY, "today": DUE + 2 * DAY}, R.MAIL_NOT_SENT, Next(S.SCHEDULED, DUE, R.MAIL_NOT_SENT)),
        ({"mail": M.FAILED}, R.MAIL_NOT_SENT, Next(S.SCHEDULED, DUE, R.MAIL_NOT_SENT)),
        ({"mail": M.NONE, "state": S.NEEDS_CARD, "next_try_on": None, "tries": 1}, R.MAIL_NOT_SENT,
         Next(S.RETRY, DUE, R.MAIL_NOT_SENT)),
        ({"tries": 4}, R.TRIES_USED, Next(S.STOPPED, reason=R.TRIES_USED, at_desk=True)),
        ({"today": DUE - DAY}, R.NOT_DUE, Next(S.SCHEDULED, DUE)),
        ({"card": Card(tried=True, said=Said("card_declined", "lost_card", "do_not_try_again"))}, R.CARD_REFUSED,
         Next(S.NEEDS_CARD, reason=R.CARD_REFUSED, tell=True)),
        ({"card": Card(tried=True, said=Said("authentication_required"))}, R.AUTHENTICATION,
         Next(S.NEEDS_AUTHENTICATION, reason=R.AUTHENTICATION)),
    ],
    ids=lambda value: str(value) if isinstance(value, R) else "",
)  # fmt: skip
def test_card_is_not_charged_when(facts, why, follows):
    now = case(**facts)
    assert hindrance(now) is why
    assert without_a_charge(now, why) == follows


def test_card_may_be_charged_on_the_due_date_and_after_a_soft_decline_too():
    assert hindrance(case()) is R.NONE
    assert hindrance(case(card=Card(tried=True, said=NO_MONEY))) is R.NONE
    assert hindrance(case(mail=M.FAILED, waived=True)) is R.NONE


@pytest.mark.parametrize("state", [S.NEEDS_CARD, S.NEEDS_AUTHENTICATION])
def test_waiting_for_a_card_ends_when_one_comes_that_was_not_tried(state):
    waits = case(state=state, next_try_on=None, tries=1)
    assert due(replace(waits, card=Card()))
    assert not due(replace(waits, card=Card(tried=True)))
    assert not due(replace(waits, card=Card(expired=True)))
    assert not due(replace(waits, card=None))


def test_another_card_is_tried_before_the_day_of_the_next_try():
    waits = case(state=S.RETRY, next_try_on=DUE + 3 * DAY, tries=1)
    assert due(replace(waits, card=Card()))
    assert not due(replace(waits, card=Card(tried=True)))
    assert not due(replace(waits, tries=0))  # put off by a person


@pytest.mark.parametrize("state", [S.STOPPED, S.COLLECTED, S.TRYING])
def test_what_is_over_or_under_way_is_never_due(state):
    assert not due(case(DUE + 30 * DAY, state=state))


@pytest.mark.parametrize("days", [(), (1, 3), (0, 3, 3), (0, 5, 4), (0, 1, 2, 3, 4), (0, 22)])
def test_plan_that_asks_too_often_or_too_long_is_refused(days):
    with pytest.raises(ValueError, match="A plan starts on day 0"):
        RetryPlan(days)


PLANS = st.lists(st.integers(1, MAX_SPAN), max_size=3, unique=True).map(lambda days: RetryPlan((0, *sorted(days))))
SAIDS = st.builds(
    Said,
    st.sampled_from(["card_declined", "expired_card", "processing_error", "authentication_required", "x"]),
    st.sampled_from(["", "insufficient_funds", "lost_card", "generic_decline"]),
    st.sampled_from(["", "try_again_later", "do_not_try_again", "confirm_card_data"]),
)
TURNS = st.tuples(st.sampled_from(Answer), SAIDS, st.integers(0, 9), st.booleans())


@given(DAYS, PLANS, st.lists(TURNS, max_size=40))
def test_no_sequence_of_answers_and_outages_asks_too_often_too_early_or_too_late(due_on, plan, turns):
    """Whatever banks say, however long the schedule stands still, and whenever another card comes."""
    now = Case(due_on - 5 * DAY, due_on, next_try_on=due_on, card=Card())
    asked, again = [], []
    for answer, said, wait, another in turns:
        now = replace(now, today=now.today + wait * DAY, card=Card() if another else now.card)
        if not due(now):
            continue
        why = hindrance(now)
        if why is not R.NONE:
            follows = without_a_charge(now, why)
        else:
            assert now.today >= due_on
            follows = after(now, answer, said, plan=plan)
            if follows.counts:
                asked.append(now.today)
                if now.card.tried:
                    again.append(now.today)
            first = now.first_try_on or (now.today if follows.counts else None)
            kept = now.card.said if answer is Answer.NOT_ASKED else said
            now = replace(now, tries=now.tries + follows.counts, first_try_on=first, card=Card(tried=True, said=kept))
        now = replace(now, state=follows.state, next_try_on=follows.on)
        assert (now.state in (S.RETRY, S.SCHEDULED)) == (now.next_try_on is not None)
        if now.state is S.RETRY:
            assert now.next_try_on > now.today
            assert now.tries < MAX_TRIES
    assert len(asked) <= MAX_TRIES
    assert asked == sorted(asked)
    assert all(day <= asked[0] + MAX_SPAN * DAY for day in again if asked)


@given(DAYS, PLANS, st.lists(st.integers(0, 30), min_size=4, max_size=4))
def test_tries_by_plan_alone_are_on_different_days_within_three_weeks(first, plan, delays):
    days, now = [], Case(first, first, next_try_on=first, card=Card())
    for delay in delays:
        now = replace(now, today=now.today + delay * DAY)
        if hindrance(now) is R.TRIES_USED:
            break
        days.append(now.today)
        follows = after(now, Answer.DECLINED, NO_MONEY, plan=plan)
        if follows.state is S.STOPPED:
            break
        now = replace(now, today=follows.on, first_try_on=days[0], tries=now.tries + 1, card=Card(tried=True))
    assert len(days) <= len(plan.days)
    assert all(later - earlier >= plan.gap for earlier, later in pairwise(days))
    assert days[-1] <= days[0] + MAX_SPAN * DAY


@given(SAIDS)
def test_card_that_must_not_be_asked_again_is_not(said):
    why = forbids(said)
    follows = after(case(), Answer.DECLINED, said)
    assert (follows.state is S.RETRY) == (why is R.NONE)
    later = case(DUE + 9 * DAY, state=follows.state, card=Card(tried=True, said=said), next_try_on=follows.on, tries=1)
    assert (hindrance(later) is R.NONE) == (why is R.NONE)


@given(st.sampled_from(ZONES), st.integers(1, 366 * 3), st.integers(0, 23 * 60))
def test_first_minute_of_the_due_date_is_the_locations_own(zone, offset, minute):
    """Walk towards the due date by uneven steps: the card is due from local midnight on, never a minute before."""
    place = Location(time_zone=zone)
    due_on = date(2026, 1, 1) + offset * DAY
    now = datetime(due_on.year, due_on.month, due_on.day, tzinfo=UTC) - timedelta(hours=26, minutes=minute)
    seen = []
    for _ in range(90):
        now += timedelta(minutes=57)
        today = place.today(now)
        seen.append(due(Case(today, due_on, next_try_on=due_on, card=Card())))
        assert seen[-1] == (now.astimezone(place.zone).date() >= due_on)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (False, True)
