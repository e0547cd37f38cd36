"""What holds for every site, every ledger and every right (I9 to I12, on paper)."""

import datetime as dt
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from access.reconcile.guarding import TAKING, untouchable
from access.rules import LOSSES
from access.world import Rules
from tests.access.paper import HOUR, NOW, USER, PaperSite, entitled, link, lost, ours, person, planned, snapshot

NUMBERS = range(1, 7)
GROUPS = ("g1", "g2", "g3")
hours = st.integers(-60, 60).map(lambda number: NOW + number * HOUR)
maybe = st.none() | hours
roles = st.sampled_from([USER, USER, USER, USER | {"site_pod_member"}, frozenset({"site_admin"}), frozenset()])
some_groups = st.sets(st.sampled_from(GROUPS), max_size=3)


@st.composite
def rights_for(draw, number):
    """Return what somebody has a right to, or None where nothing is known."""
    wanted = draw(some_groups)
    if wanted and draw(st.booleans()):  # as many without a right as with one, or seats are hardly ever freed
        return entitled(number, *wanted, since=draw(hours))
    if not draw(st.booleans()):
        return None
    why = draw(st.sets(st.sampled_from([*sorted(LOSSES), "paused", "archived"]), min_size=1, max_size=2))
    return lost(number, *why, next_start=draw(maybe.filter(lambda at: at is None or at > NOW)))


@st.composite
def links_for(draw, number):
    marked = draw(maybe)
    return link(
        number,
        managed=draw(st.integers(0, 5)) > 0,
        unsubscribed_by_us_at=marked,
        last_unsubscribed_at=draw(st.sampled_from([marked, None])),
        last_access_at=draw(maybe),
        hold_until=draw(st.none() | hours),
        waiting_since=draw(st.none() | hours),
        last_flip_at=draw(st.none() | hours),
    )


all_rules = st.builds(
    Rules,
    unsubscribe=st.booleans(),
    grace=st.sampled_from([dt.timedelta(0), 24 * HOUR]),
    manual_groups_count=st.booleans(),
    resubscribe=st.booleans(),
    adopt_on_match=st.booleans(),
    max_unsubscribes=st.integers(0, 6),
    people=st.sampled_from([frozenset(), frozenset({"p-2"})]),
)


@st.composite
def worlds(draw):
    people, links, grants, newcomers = [], [], [], []
    inside = {group: [] for group in GROUPS}
    for number in NUMBERS:
        what = draw(st.sampled_from(["linked", "linked", "gone", "newcomer", "invited", "stray", "nobody"]))
        if what in ("linked", "stray") or (what in ("newcomer", "invited") and draw(st.booleans())):
            state = draw(st.sampled_from(["subscribed", "subscribed", "suspended"]))
            people.append(person(number, state=state, blocked=draw(st.integers(0, 9)) == 0, roles=draw(roles)))
            for group in draw(some_groups):
                inside[group].append(number)
        if what in ("linked", "gone"):
            links.append(draw(links_for(number)))
            grants += [(number, group, draw(st.booleans())) for group in draw(some_groups)]
        elif what == "invited":
            links.append(replace(link(number, invited_at=NOW), site_user="", platform=""))
        elif what == "newcomer":
            newcomers.append(number)
    seen = snapshot(
        people, inside, bought=draw(st.integers(0, 9)), complete=draw(st.integers(0, 4)) > 0, whole=draw(st.booleans())
    )
    seen = replace(seen, site=replace(seen.site, owner=draw(st.sampled_from(["p-owner", "p-1"]))))
    known = ours(*links, grants=grants, newcomers=newcomers, mapped=draw(some_groups))
    rights = filter(None, [draw(rights_for(number)) for number in NUMBERS])
    return seen, known, {one.member: one for one in rights}, draw(all_rules)


def made(world):
    seen, known, rights, rules = world
    return planned(seen, known, rights.values(), rules)


def person_of(seen, known, step):
    ids = next((one.platform for one in known.links if one.member == step.member), "") or step.platform
    return next((one for one in seen.people if one.platform == ids), None)


@given(worlds())
def test_only_what_we_granted_is_ever_removed(world):
    ledger = {(grant.member, grant.group) for grant in world[1].grants}
    taken = {(step.member, step.group) for step in made(world).steps if step.kind == "remove"}
    assert taken <= ledger
    assert not any(step.group in world[2][step.member].groups for step in made(world).steps
                   if step.kind == "remove" and step.member in world[2])  # fmt: skip


@given(worlds())
def test_incomplete_snapshot_takes_nothing_away(world):
    seen, known, rights, rules = world
    result = made((replace(seen, complete=False), known, rights, rules))
    assert not {step.kind for step in result.steps} & (TAKING | {"forget", "create"})


@given(worlds())
def test_untouchable_people_are_never_touched(world):
    seen, known, _, rules = world
    for step in made(world).steps:
        who = person_of(seen, known, step)
        assert who is None or not untouchable(who, seen, rules)
        left_alone = {one.member for one in known.links if one.site_user and not one.managed}
        assert step.member not in left_alone


@settings(max_examples=400)
@given(worlds())
def test_unsubscribed_only_when_everything_the_options_ask_for_holds(world):
    seen, known, rights, rules = world
    result = made(world)
    removed = {(step.member, step.group) for step in result.steps if step.kind == "remove"}
    for step in result.steps:
        if step.kind != "unsubscribe":
            continue
        one = next(one for one in known.links if one.member == step.member)
        mine = rights[step.member]
        inside = {group for group in GROUPS if one.platform in seen.members[group]}
        granted = {grant.group for grant in known.grants
                   if grant.member == step.member and (grant.confirmed or grant.group in inside)}  # fmt: skip
        assert rules.unsubscribe
        assert seen.whole
        assert seen.complete
        assert granted or one.last_access_at, "never had access from us"
        assert not mine.groups
        assert set() < mine.losses <= LOSSES
        left = inside - {group for member, group in removed if member == step.member}
        assert not left or not rules.manual_groups_count
        assert not (left & {grant.group for grant in known.grants if grant.member == step.member}), "I12"
        assert mine.next_start is None or mine.next_start - NOW > rules.grace
        assert not granted or not rules.grace
        assert granted or NOW - one.last_access_at >= rules.grace
        assert not one.hold_until or one.hold_until <= NOW
    assert sum(step.kind == "unsubscribe" for step in result.steps) <= max(rules.max_unsubscribes, len(NUMBERS) // 10)


@st.composite
def leavers(draw):
    """Return a site of two people who lost all that we gave: nothing but a group of staff's can keep their seat."""
    given_by_us = {number: draw(st.sets(st.sampled_from(GROUPS), min_size=1, max_size=2)) for number in (1, 2)}
    manual = {number: draw(st.sets(st.sampled_from([*GROUPS, "g4"]))) - given_by_us[number] for number in (1, 2)}
    inside = {group: [number for number in (1, 2) if group in given_by_us[number] | manual[number]]
              for group in (*GROUPS, "g4")}  # fmt: skip
    seen = snapshot([person(1), person(2)], inside, groups=(*GROUPS, "g4"))
    grants = [(number, group) for number, groups in given_by_us.items() for group in groups]
    known = ours(link(1), link(2), grants=grants, mapped=draw(some_groups) | {"g1"})
    rules = Rules(unsubscribe=True, grace=dt.timedelta(0), manual_groups_count=draw(st.booleans()))
    return seen, known, rules, manual


@given(leavers())
def test_a_group_that_staff_gave_keeps_the_seat_exactly_when_the_options_say_so(world):
    seen, known, rules, manual = world
    result = planned(seen, known, [lost(1), lost(2)], rules)
    freed = {step.member for step in result.steps if step.kind == "unsubscribe"}
    assert freed == {number for number in (1, 2) if not (manual[number] and rules.manual_groups_count)}
    taken = {(step.member, step.group) for step in result.steps if step.kind == "remove"}
    assert taken == {(grant.member, grant.group) for grant in known.grants}, "what staff gave is theirs"


@given(worlds())
def test_steps_free_seats_before_they_take_them_and_never_oversell(world):
    seen, known, _, _ = world
    result = made(world)
    order = ["remove", "forget", "unsubscribe", "link", "subscribe", "create", "add"]
    places = [order.index(step.kind) for step in result.steps]
    assert places == sorted(places)
    site = PaperSite(seen, known).apply(result)  # asserts a free seat wherever one is taken
    assert site.used == result.seats_after
    assert site.most_used <= max(seen.site.used, seen.site.bought)


@given(worlds())
def test_seats_go_to_the_earliest_start(world):
    result, rights = made(world), world[2]
    seated = [rights[step.member].since for step in result.steps if step.kind in ("subscribe", "create")]
    waiting = [rights[one.member].since for one in result.findings if one.kind == "waiting"]
    assert not seated or not waiting or max(seated) <= min(waiting)


@settings(max_examples=200)
@given(worlds())
def test_plan_of_the_applied_world_is_empty(world):
    seen, known, rights, rules = world
    site = PaperSite(seen, known).apply(made(world))
    after = replace(known, approved=frozenset())
    again = planned(site.snapshot(), replace(site.ours(), approved=after.approved), rights.values(), rules)
    assert again.steps == ()


@given(worlds(), worlds())
def test_each_connection_is_planned_from_its_own_rows(one, other):
    """A member lost at site A and entitled at site B: what is planned for A follows A's rows alone."""
    seen, known, rights, rules = one
    assert made(one) == planned(seen, known, list(rights.values())[::-1], rules)
    assert {step.member for step in made(one).steps} <= {row.member for row in (*known.links, *known.newcomers)}
    del other
