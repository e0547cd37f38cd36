"""When a run holds back what takes something away, and what it goes on with."""

import datetime as dt
from dataclasses import replace

import pytest

from access.enums import StopCode
from tests.access.paper import EASY, ME, NOW, entitled, kinds, link, lost, ours, person, planned, snapshot


def many(number, *, rest=0, **facts):
    """Return a site and our rows: ``number`` people have lost everything, ``rest`` have not."""
    everybody = range(1, number + rest + 1)
    seen = snapshot([person(one) for one in everybody], {"g1": list(everybody)}, bought=1000)
    known = ours(*map(link, everybody), grants=[(one, "g1") for one in everybody], **facts)
    rights = [lost(one) if one <= number else entitled(one, "g1") for one in everybody]
    return seen, known, rights


def stops(result):
    return [stop.code for stop in result.stops]


@pytest.mark.parametrize(
    ("number", "rest", "stopped"), [(5, 0, False), (6, 30, True), (6, 54, False), (6, 53, True), (10, 90, False)]
)
def test_more_than_five_and_a_tenth_are_not_unsubscribed_at_once(number, rest, stopped):
    result = planned(*many(number, rest=rest))
    assert (StopCode.MANY_UNSUBSCRIBES in stops(result)) is stopped
    assert kinds(result).count("unsubscribe") == (0 if stopped else number)
    assert len(result.held_back) == (number if stopped else 0)


@pytest.mark.parametrize(("number", "rest", "stopped"), [(5, 1, False), (6, 18, False), (6, 17, True), (26, 74, True)])
def test_more_than_a_quarter_of_the_grants_are_not_removed_at_once(number, rest, stopped):
    result = planned(*many(number, rest=rest), replace(EASY, unsubscribe=False))
    assert (StopCode.MANY_REMOVALS in stops(result)) is stopped
    assert kinds(result).count("remove") == (0 if stopped else number)


def test_whoever_keeps_a_group_keeps_the_seat():
    result = planned(*many(6), replace(EASY, max_unsubscribes=100))
    assert (stops(result), kinds(result)) == ([StopCode.MANY_REMOVALS], [])


def test_somebody_may_let_it_go_on():
    seen, known, rights = many(8)
    known = replace(known, approved=frozenset({StopCode.MANY_UNSUBSCRIBES, StopCode.MANY_REMOVALS}))
    assert kinds(planned(seen, known, rights)) == ["remove"] * 8 + ["unsubscribe"] * 8


def test_shrunken_list_takes_nothing_away():
    seen, known, rights = many(1, rest=7)
    for before, stopped in ((11, False), (12, True)):
        result = planned(seen, replace(known, users_before=before), rights)
        assert (StopCode.SHRUNK in stops(result), "remove" in kinds(result)) == (stopped, not stopped)


def test_emptied_mappings_take_nothing_away():
    seen, known, _ = many(2)
    result = planned(seen, replace(known, mapped=frozenset()), [])
    assert (stops(result), kinds(result)) == ([StopCode.NO_MAPPINGS], [])


def test_bad_mapping_is_stopped_for_some_people_too():
    seen, known, rights = many(1, rest=30)
    result = planned(replace(seen, whole=False), replace(known, carried=frozenset({"many_removals"})), rights)
    assert (stops(result), kinds(result)) == ([StopCode.MANY_REMOVALS], [])


FIRM = {
    StopCode.SITE_EXPIRED: lambda seen: {"site": replace(seen.site, valid=False)},
    StopCode.INCOMPLETE: lambda seen: {"complete": False},
    StopCode.CLOCK: lambda seen: {"skew": dt.timedelta(seconds=-61)},
    StopCode.OWN_USER: lambda seen: {"me": replace(ME, blocked=True)},
    StopCode.OTHER_SITE: lambda seen: {},
}


@pytest.mark.parametrize("code", FIRM)
def test_doubtful_facts_cannot_be_waved_through(code):
    seen, known, rights = many(1)
    known = replace(known, expected_site="another" if code == StopCode.OTHER_SITE else "site", approved=frozenset(FIRM))
    result = planned(replace(seen, **FIRM[code](seen)), known, rights)
    assert (stops(result), kinds(result)) == ([code], [])


def test_doubt_about_a_page_or_the_clock_still_lets_people_in():
    seen, known, rights = many(1, rest=1)
    rights[1] = entitled(2, "g1", "g2", since=NOW)
    for doubt in ({"complete": False}, {"skew": dt.timedelta(hours=1)}):
        assert kinds(planned(replace(seen, **doubt), known, rights)) == ["add"]


def test_expired_site_touches_nobody_and_blames_nobody():
    seen, known, rights = many(1, rest=1)
    everybody_suspended = tuple(replace(one, state="suspended") for one in seen.people)
    seen = replace(seen, people=everybody_suspended, me=everybody_suspended[0], site=replace(seen.site, valid=False))
    result = planned(seen, known, rights)
    assert (result.steps, result.findings) == ((), ())
