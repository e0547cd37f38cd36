"""A browser test's end: the server has answered what the page asked for, before the test's database is gone."""

import time

import pytest

from flexspace.portal import queries

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def answered(monkeypatch):
    """Count what the start page began and ended; all of it has once the pages are closed."""
    counts, who_owes = {"begun": 0, "ended": 0}, queries.who_owes

    def slowly(*asked):
        counts["begun"] += 1
        time.sleep(0.4)
        found = who_owes(*asked)
        counts["ended"] += 1
        return found

    monkeypatch.setattr(queries, "who_owes", slowly)
    yield counts
    assert counts == {"begun": 4, "ended": 4}


def test_end_waits_for_what_a_closed_page_had_asked_for(counter, answered):
    page = counter.go("portal:home")
    page.evaluate("() => { for (const one of [1, 2, 3]) fetch(`/?one=${one}`).catch(() => {}); }")
    until = time.monotonic() + 10
    while answered["begun"] < 4 and time.monotonic() < until:
        time.sleep(0.02)
