"""Entitlements from rows: what the database says is what the rules are told."""

from datetime import UTC, date, datetime, timedelta

import pytest

from members.enums import DayPart, EndReason, EntitlementKind
from members.models import MembershipPause
from members.queries.entitlements import entitlements_of
from members.services.check_ins import check_in, undo
from members.services.members import archive_member, update_member
from members.services.memberships import change_plan
from tests.factories.members import make_company, make_member
from tests.factories.passes import hold_plan, make_pass
from tests.factories.resources import make_assignment, make_booking
from tests.factories.sold import BY, TODAY, make_membership, make_plan, make_product
from tests.members.test_memberships import end

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 8, 2, tzinfo=UTC)


def held(*members, at=NOW, **how):
    """Return what holds now: member and kind."""
    found = entitlements_of([one.pk for one in members], at=at, **how)
    return [(one.member, one.kind) for one in found if one.holds(at)]


def test_memberships_of_a_person_and_of_their_company_are_found(hafen, kiyosumi):
    company = make_company(hafen)
    lena, otto, alone = make_member(hafen, company=company), make_member(hafen, company=company), make_member(hafen)
    hold_plan(company=company)
    hold_plan(company=company, person=otto)
    hold_plan(alone)
    kind = EntitlementKind.MEMBERSHIP
    assert held(lena, otto, alone) == [(lena.pk, kind), (otto.pk, kind), (otto.pk, kind), (alone.pk, kind)]
    assert held(lena) == [(lena.pk, kind)]
    assert held(lena, locations=[kiyosumi.pk]) == []
    assert {one.member for one in entitlements_of(None, at=NOW)} == {lena.pk, otto.pk, alone.pk}


def test_plan_for_a_locker_and_a_pause_give_nothing(hafen):
    member = make_member(hafen)
    row = hold_plan(member)
    assert len(held(member)) == 1
    MembershipPause.objects.create(membership=row, from_date=date(2026, 11, 26), until=date(2026, 11, 27))
    assert held(member) == []
    assert len(held(member, at=NOW + timedelta(days=1))) == 1
    row.plan.lets_in = False
    row.plan.save()
    assert entitlements_of([member.pk], at=NOW) == ()


def test_membership_that_was_cancelled_says_so(hafen):
    row = make_membership(hafen, plan=make_plan(hafen))
    end(row)
    (one,) = entitlements_of([row.member_id], at=NOW)
    assert one.end is EndReason.CANCELLED


def test_used_pass_opens_until_the_day_is_over(hafen, morning):
    member = make_member(hafen)
    make_pass(member, product=make_product(hafen))
    row = check_in(by=BY, member=member, location=hafen, now=NOW)
    (one,) = entitlements_of([member.pk], at=NOW)
    assert (one.kind, one.starts_at, one.ends_at, one.end, one.why.what) == (
        EntitlementKind.DAY_PASS, NOW, datetime(2026, 11, 26, 23, tzinfo=UTC), EndReason.USED_UP, "Day pass",
    )  # fmt: skip
    undo(by=BY, check_in=row, now=NOW + timedelta(minutes=5))
    (one,) = entitlements_of([member.pk], at=NOW)
    assert (one.ends_at, one.end) == (NOW + timedelta(minutes=5), EndReason.CANCELLED)


def test_half_of_a_pack_that_has_more_expires(hafen):
    member = make_member(hafen)
    make_pass(member, count=2, is_half=True)
    check_in(by=BY, member=member, location=hafen, now=NOW, part=DayPart.MORNING)
    (one,) = entitlements_of([member.pk], at=NOW)
    assert (one.subject, one.ends_at, one.end) == (0, datetime(2026, 11, 26, 12, tzinfo=UTC), EndReason.EXPIRED)


def test_check_in_by_a_membership_adds_nothing(hafen):
    member = make_member(hafen)
    hold_plan(member)
    check_in(by=BY, member=member, location=hafen, now=NOW)
    assert held(member) == [(member.pk, EntitlementKind.MEMBERSHIP)]


def test_who_leaves_the_company_loses_what_it_held(hafen, morning):
    company = make_company(hafen)
    lena = make_member(hafen, company=company)
    hold_plan(company=company)
    update_member(by=BY, member=lena, name=lena.name, email="", phone="", company=None, note="")
    (one,) = entitlements_of([lena.pk], at=NOW)
    assert (one.ends_at, one.end) == (NOW, EndReason.ENDED)


def test_who_is_archived_loses_what_the_company_held_and_is_told_of(hafen, told, django_capture_on_commit_callbacks):
    company = make_company(hafen)
    lena = make_member(hafen, company=company)
    hold_plan(company=company)
    told.clear()
    with django_capture_on_commit_callbacks(execute=True):
        archive_member(by=BY, member=lena, now=NOW)
    assert told == [[lena.pk]]
    (one,) = entitlements_of([lena.pk], at=NOW)
    assert (one.ends_at, one.end) == (NOW, EndReason.ARCHIVED)


@pytest.mark.parametrize("count", [1, 4])
def test_number_of_queries_does_not_grow(hafen, count, django_assert_num_queries):
    company = make_company(hafen)
    people = [make_member(hafen, company=company) for _ in range(count)]
    hold_plan(company=company)
    for one in people:
        hold_plan(one)
        make_pass(one)
    with django_assert_num_queries(8):
        found = entitlements_of([one.pk for one in people], at=NOW)
    assert len(found) == 2 * count


def test_plan_that_another_one_follows_has_ended(hafen):
    old = make_membership(hafen, plan=make_plan(hafen))
    new = make_plan(hafen, name="Hot desk")
    change_plan(by=BY, membership=old, plan=new, from_date=date(2026, 12, 1), today=TODAY)
    found = entitlements_of([old.member_id], at=NOW)
    assert [(one.subject, one.end) for one in found] == [(old.plan_id, EndReason.ENDED), (new.pk, None)]


def test_places_are_told_apart_for_few_and_for_everybody(hafen, kiyosumi):
    lena = make_member(hafen)
    hold_plan(lena)
    make_assignment(lena)
    make_booking(lena, hour=80)
    make_pass(lena, location=kiyosumi)
    check_in(by=BY, member=lena, location=kiyosumi, now=NOW)
    for ids in ([lena.pk], None):
        kinds = [
            {one.kind for one in entitlements_of(ids, at=NOW, locations=places)}
            for places in ([hafen.pk], [kiyosumi.pk], [], None)
        ]
        here = {EntitlementKind.MEMBERSHIP, EntitlementKind.ASSIGNMENT, EntitlementKind.BOOKING}
        assert kinds == [here, {EntitlementKind.DAY_PASS}, set(), {*EntitlementKind}]
