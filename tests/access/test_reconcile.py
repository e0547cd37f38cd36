"""The planner, case by case: whom it touches, when a seat is freed, what it leaves to people."""

from dataclasses import replace

import pytest

from access.enums import FindingKind
from access.world import Person, Rules
from tests.access.paper import (
    EASY,
    HOUR,
    ME,
    NOW,
    USER,
    PaperSite,
    entitled,
    kinds,
    link,
    lost,
    ours,
    person,
    planned,
    snapshot,
)

GRANT = (1, "g1")
LEFT = ours(link(1), grants=[GRANT])
INSIDE = snapshot([person(1)], {"g1": [1]})
DAY = 24 * HOUR


def found(result):
    return {one.kind for one in result.findings}


def test_membership_ended_out_of_the_group_and_the_seat_is_free():
    result = planned(INSIDE, LEFT, [lost(1)])
    assert kinds(result) == ["remove", "unsubscribe"]
    assert (result.seats_before, result.seats_after) == (2, 1)
    again = PaperSite(INSIDE, LEFT).apply(result)
    assert planned(again.snapshot(), again.ours(), [lost(1)]).steps == ()


def test_renewal_subscribes_before_it_adds():
    seen = snapshot([person(1, state="suspended")])
    result = planned(seen, ours(link(1, unsubscribed_by_us_at=NOW, last_unsubscribed_at=NOW)), [entitled(1, "g1")])
    assert kinds(result) == ["subscribe", "add"]


def test_newcomer_is_invited_and_added():
    result = planned(snapshot(), ours(newcomers=[1]), [entitled(1, "g1", "g2")])
    assert kinds(result) == ["create", "add", "add"]


@pytest.mark.parametrize("why", ["paused", "archived", "overdue", "something_new"])
def test_other_losses_close_doors_and_keep_the_seat(why):
    assert kinds(planned(INSIDE, LEFT, [lost(1, why)])) == ["remove"]
    assert kinds(planned(INSIDE, LEFT, [lost(1, "ended", why)])) == ["remove"]


def test_loss_without_a_reason_keeps_the_seat():
    assert kinds(planned(INSIDE, LEFT, [])) == ["remove"]


@pytest.mark.parametrize("manual", ["g1", "g3"])
def test_manual_group_mapped_or_not_keeps_the_seat(manual):
    seen = snapshot([person(1)], {"g2": [1], manual: [1]})
    known = ours(link(1), grants=[(1, "g2")])
    assert kinds(planned(seen, known, [lost(1)])) == ["remove"]
    assert kinds(planned(seen, known, [lost(1)], replace(EASY, manual_groups_count=False))) == ["remove", "unsubscribe"]


def test_grace_is_waited_for_and_nothing_may_begin_within_it():
    rules = Rules(unsubscribe=True, grace=DAY)
    assert kinds(planned(INSIDE, LEFT, [lost(1)], rules)) == ["remove"]
    out = snapshot([person(1)])
    since = ours(link(1, last_access_at=NOW - DAY))
    assert kinds(planned(out, since, [lost(1)], rules)) == ["unsubscribe"]
    assert kinds(planned(out, ours(link(1, last_access_at=NOW - DAY + HOUR)), [lost(1)], rules)) == []
    assert kinds(planned(out, since, [lost(1, next_start=NOW + DAY)], rules)) == []
    assert kinds(planned(out, since, [lost(1, next_start=NOW + DAY + HOUR)], rules)) == ["unsubscribe"]


def test_who_never_had_access_from_us_keeps_the_seat():
    assert kinds(planned(snapshot([person(1)]), ours(link(1)), [lost(1)])) == []


def test_who_lost_access_before_it_was_switched_on_is_asked_for_first():
    rules = replace(EASY, unsubscribe_since=NOW - HOUR)
    out = snapshot([person(1)])
    assert kinds(planned(out, ours(link(1, last_access_at=NOW - DAY)), [lost(1)], rules)) == []
    assert kinds(planned(out, ours(link(1, last_access_at=NOW - DAY, opted_in=True)), [lost(1)], rules)) == [
        "unsubscribe"
    ]


def test_switched_off_nobody_is_unsubscribed():
    assert kinds(planned(INSIDE, LEFT, [lost(1)], replace(EASY, unsubscribe=False))) == ["remove"]


def test_hold_keeps_door_and_seat_until_it_ends():
    held = ours(link(1, hold_until=NOW + HOUR), grants=[GRANT])
    assert kinds(planned(INSIDE, held, [lost(1)])) == []
    over = ours(link(1, hold_until=NOW), grants=[GRANT])
    assert kinds(planned(INSIDE, over, [lost(1)])) == ["remove", "unsubscribe"]


PROTECTED = {
    "owner": {"site": replace(INSIDE.site, owner="p-1")},
    "own": {"me": replace(ME, site_user="s-1")},
    "admin": {"roles": frozenset({"site_admin"})},
    "custom": {"roles": USER | {"concierge"}},
    "pod": {"roles": USER | {"site_pod_member"}},
    "blocked": {"blocked": True},
}


@pytest.mark.parametrize("case", PROTECTED)
def test_protected_people_are_never_touched(case):
    facts = dict(PROTECTED[case])
    about_site = {name: facts.pop(name) for name in ("site", "me") if name in facts}
    seen = snapshot([person(1, **facts)], {"g1": [1]}, **about_site)
    for rights in ([lost(1)], [entitled(1, "g2")]):
        result = planned(seen, LEFT, rights)
        assert (kinds(result), found(result) & {FindingKind.PROTECTED}) == ([], {FindingKind.PROTECTED})


@pytest.mark.parametrize(
    "rules", [{"people": frozenset({"p-1"})}, {"roles": USER}, {"domains": frozenset({"example.org"})}]
)
def test_sync_options_protect_people_roles_and_domains(rules):
    assert kinds(planned(INSIDE, LEFT, [lost(1)], replace(EASY, **rules))) == []


def test_unmanaged_links_are_left_to_staff():
    result = planned(INSIDE, ours(link(1, managed=False), grants=[GRANT]), [entitled(1, "g2")])
    assert (kinds(result), FindingKind.UNMANAGED in found(result)) == ([], True)


def test_suspended_by_staff_is_said_and_not_fought():
    result = planned(snapshot([person(1, state="suspended")]), ours(link(1)), [entitled(1, "g1")])
    assert (kinds(result), FindingKind.SUSPENDED_BY_STAFF in found(result)) == ([], True)


def test_subscribed_again_by_staff_is_said_and_not_fought():
    known = ours(link(1, last_access_at=NOW - DAY, unsubscribed_by_us_at=NOW - HOUR, last_unsubscribed_at=NOW - HOUR))
    result = planned(snapshot([person(1)]), known, [lost(1)])
    assert (kinds(result), FindingKind.SUBSCRIBED_BY_STAFF in found(result)) == ([], True)
    known = ours(link(1, last_access_at=NOW - DAY, last_unsubscribed_at=NOW - HOUR))  # the mark was cleared meanwhile
    assert kinds(planned(snapshot([person(1)]), known, [lost(1)])) == []


def test_unsubscribe_whose_call_never_arrived_is_planned_anew():
    known = ours(link(1, last_access_at=NOW - DAY, unsubscribed_by_us_at=NOW - HOUR))
    assert kinds(planned(snapshot([person(1)]), known, [lost(1)])) == ["unsubscribe"]


def test_group_taken_away_by_staff_is_said_and_not_fought():
    result = planned(snapshot([person(1)]), LEFT, [entitled(1, "g1")])
    assert (kinds(result), FindingKind.TAKEN_OUT in found(result)) == ([], True)
    never_came = ours(link(1), grants=[(1, "g1", False)])
    assert kinds(planned(snapshot([person(1)]), never_came, [entitled(1, "g1")])) == ["add"]


def test_manual_membership_of_a_wanted_group_is_not_made_ours():
    site = PaperSite(INSIDE, ours(link(1)))
    result = planned(INSIDE, ours(link(1)), [entitled(1, "g1")])
    assert result.steps == ()
    assert kinds(planned(site.snapshot(), site.ours(), [lost(1)])) == []


def test_person_removed_in_salto_is_forgotten_and_not_invited_again():
    result = planned(snapshot(), LEFT, [entitled(1, "g1")])
    assert (kinds(result), FindingKind.GONE in found(result)) == (["forget"], True)


def test_lost_answer_to_an_invitation_is_found_again():
    invited = replace(link(1), site_user="", platform="", email_at_link="P1@Example.org", invited_at=NOW)
    result = planned(snapshot([person(1)]), ours(invited), [entitled(1, "g1")])
    assert kinds(result) == ["link", "add"]
    full = planned(snapshot([person(1, state="suspended")]), ours(invited), [entitled(1, "g1")])
    assert kinds(full) == ["link", "subscribe", "add"]


def test_somebody_of_the_same_address_is_adopted_by_people_only():
    seen = snapshot([person(1, email="P1@EXAMPLE.org")])
    result = planned(seen, ours(newcomers=[1]), [entitled(1, "g1")])
    assert (kinds(result), FindingKind.MATCH in found(result)) == ([], True)
    result = planned(seen, ours(newcomers=[1]), [entitled(1, "g1")], replace(EASY, adopt_on_match=True))
    assert kinds(result) == ["link", "add"]


def test_shared_addresses_are_left_to_people():
    two = [person(1), person(2, email="p1@example.org")]
    assert FindingKind.AMBIGUOUS in found(planned(snapshot(two), ours(newcomers=[1]), [entitled(1, "g1")]))
    known = ours(newcomers=[1, 2])
    known = replace(known, newcomers=tuple(replace(one, email="x@example.org") for one in known.newcomers))
    result = planned(snapshot(), known, [entitled(1, "g1"), entitled(2, "g1")])
    assert (kinds(result), found(result)) == ([], {FindingKind.AMBIGUOUS})


def test_without_an_address_nobody_is_invited():
    known = ours(newcomers=[1])
    known = replace(known, newcomers=(replace(known.newcomers[0], email=" "),))
    assert found(planned(snapshot(), known, [entitled(1, "g1")])) == {FindingKind.NO_EMAIL}


def test_deleted_group_is_said_and_its_grants_forgotten():
    seen = snapshot([person(1)], groups=("g2",))
    result = planned(seen, LEFT, [entitled(1, "g1")])
    assert (kinds(result), FindingKind.GROUP_GONE in found(result)) == (["forget"], True)


def test_seats_are_freed_before_they_are_taken_and_go_to_the_earliest_start():
    seen = snapshot([person(1)], {"g1": [1]}, bought=2)
    known = ours(link(1), grants=[GRANT], newcomers=[2, 3, 4])
    rights = [lost(1), entitled(2, "g1", since=NOW - HOUR), entitled(3, "g1", since=NOW - DAY), entitled(4, "g1")]
    rights[3] = replace(rights[3], since=NOW - 2 * HOUR)
    result = planned(seen, known, rights)
    assert kinds(result) == ["remove", "unsubscribe", "create", "add"]
    assert [step.member for step in result.steps] == [1, 1, 3, 3]
    assert {one.member for one in result.findings if one.kind == FindingKind.WAITING} == {2, 4}


def test_just_subscribed_is_not_unsubscribed_within_the_hour():
    assert kinds(planned(INSIDE, ours(link(1, last_flip_at=NOW - HOUR / 2), grants=[GRANT]), [lost(1)])) == ["remove"]


def test_strays_and_idle_seats_are_shown():
    result = planned(snapshot([person(5), person(6)], {"g1": [5]}), ours(), [])
    seen = {(one.kind.value, one.platform) for one in result.findings}
    assert seen == {("stray", "p-5"), ("stray", "p-6"), ("opens_nothing", "p-6"), ("no_reason", "p-5")}


def test_me_without_rights_stops_everything():
    for me in (Person("s-me", "p-me", roles=USER), replace(ME, state="suspended"), replace(ME, blocked=True)):
        result = planned(replace(INSIDE, me=me), LEFT, [lost(1)])
        assert (result.steps, [stop.code.value for stop in result.stops]) == ((), ["own_user"])
