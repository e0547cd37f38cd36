"""The start page of managers reminds of a month that wants to be billed."""

from datetime import UTC, datetime

import pytest

from billing.queries.runs import to_remind
from tests.factories.members import make_member
from tests.factories.memberships import NOVEMBER, make_membership
from tests.factories.runs import issue_all, make_run

pytestmark = pytest.mark.django_db


def at(day):
    return datetime(2026, 11, day, 12, tzinfo=UTC)


def reminded(hafen, day):
    return [(place.next.month.start.month, bool(place.waiting)) for place in to_remind([hafen], at(day))]


def test_nothing_is_said_before_the_first_run(hafen):
    make_membership(make_member(hafen), starts_on=NOVEMBER)
    assert reminded(hafen, 30) == []


def test_month_is_said_three_days_before_and_a_waiting_run_always(hafen):
    make_membership(make_member(hafen), starts_on=NOVEMBER)
    run = make_run(hafen, "2026-11-01", now=at(2), bills_from=NOVEMBER)
    assert reminded(hafen, 3) == [(12, True)]
    issue_all(run, now=at(2))
    assert (reminded(hafen, 27), reminded(hafen, 28)) == ([], [(12, False)])


def test_place_without_memberships_is_left_in_peace(hafen):
    make_run(hafen, "2026-11-01", now=at(2), bills_from=NOVEMBER)
    assert reminded(hafen, 30) == []


def test_only_managers_see_it(client, hafen, ben, mia):
    make_membership(make_member(hafen), starts_on=NOVEMBER)
    make_run(hafen, "2026-11-01", now=at(2), bills_from=NOVEMBER)
    texts = []
    for who in (ben, mia):
        client.force_login(who)
        texts.append(client.get("/").content.decode())
    assert ["waits for you" in text for text in texts] == [False, True]
