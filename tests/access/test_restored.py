"""After a restored backup people are let in, and nothing is taken away before a manager has confirmed."""

from dataclasses import replace

import pytest
from django.utils import timezone

from access.queries.looked import full_runs_since, not_looked_at_since
from access.services.people import unsubscribe_now
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.restored import confirm, declare
from tests.access.doors import BY, stops
from tests.access.paper import entitled, kinds, link, lost, ours, person, planned, snapshot

JOB = Actor.job("restored")


def test_plan_gives_and_takes_nothing_while_a_restore_is_not_confirmed():
    seen = snapshot([person(1), person(2)], {"g1": [1]})
    known = ours(link(1), link(2), grants=[(1, "g1")])
    rights = [lost(1), entitled(2, "g1")]
    assert "remove" in kinds(planned(seen, known, rights))
    held = planned(seen, replace(known, restored=True, approved=frozenset({"restored"})), rights)
    assert (kinds(held), [stop.code for stop in held.stops]) == (["add"], ["restored"])


@pytest.mark.django_db
def test_doors_open_and_do_not_close_until_it_is_confirmed(doors, ada):
    gone = doors.inside()
    doors.lose(gone)
    row, _new = declare(by=JOB, now=timezone.now())
    assert not_looked_at_since(row.declared_at) == [doors.config]
    new = doors.member("Max Neu", doors.row(gone).member.memberships.get().plan)
    run = doors.run()
    assert (doors.groups_of(gone), doors.state(gone), doors.groups_of(new)) == (["Members"], "subscribed", ["Members"])
    assert "restored" in stops(run)
    assert not_looked_at_since(row.declared_at) == []
    assert [one.held_back > 0 for one in full_runs_since(row.declared_at)] == [True]
    with pytest.raises(Conflict, match="restored"):
        unsubscribe_now(by=BY, user=doors.row(gone), now=timezone.now())
    confirm(by=JOB, user=ada, restore=row, reason="Looked", now=timezone.now())
    doors.run()
    assert doors.groups_of(gone) == []
