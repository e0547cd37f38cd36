"""Memberships: who may hold what, and what starting, changing and ending one leaves behind."""

from datetime import UTC, date, datetime, timedelta

import pytest

from flexspace.core.errors import Conflict, DomainError
from flexspace.core.sentences import told_timeline
from members.models import Membership
from members.queries.memberships import active_memberships
from members.services.adjustments import give_discount, pause
from members.services.catalogue import withdraw
from members.services.members import archive_member
from members.services.memberships import cancel, change_plan, start, undo_end
from tests.factories.members import make_company, make_member
from tests.factories.sold import BY, TODAY, make_membership, make_plan

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def said(row):
    return [line.sentence for line in told_timeline(row)]


def end(row, day="2026-11-30", reason="Moves away", now=NOW):
    return cancel(by=BY, membership=row, ends_on=date.fromisoformat(day), reason=reason, now=now)


def change(row, plan, day="2026-12-01", **more):
    return change_plan(by=BY, membership=row, plan=plan, from_date=date.fromisoformat(day), today=TODAY, **more)


def test_start_is_told_on_the_membership_and_on_the_member(hafen):
    row = make_membership(hafen, starts_on=date(2026, 11, 20))
    assert said(row) == ["Fixed desk from 20 Nov 2026 at €300.00 a month"]
    assert said(row.member)[0] == said(row)[0]
    assert list(active_memberships(row.member, TODAY)) == [row]


def test_start_for_a_person_is_told_on_company_and_person(hafen):
    company = make_company(hafen)
    person = make_member(hafen, name="Jonas Berg", company=company)
    make_membership(hafen, company=company, person=person)
    sentence = "Fixed desk for Jonas Berg from 1 Oct 2026 at €300.00 a month"
    assert (said(company)[0], said(person)[0]) == (sentence, sentence)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda here, _there: {}, "one_holder"),
        (lambda here, _there: {"member": make_member(here), "company": make_company(here)}, "one_holder"),
        (lambda _here, there: {"member": make_member(there)}, "other_location"),
        (lambda here, _there: {"company": make_company(here)}, "person_missing"),
        (lambda here, _there: {"company": make_company(here), "person": make_member(here)}, "not_of_company"),
        (lambda here, _there: {"member": make_member(here), "starts_on": date(2025, 11, 1)}, "date_out_of_reach"),
        (lambda here, _there: {"member": make_member(here), "starts_on": date(2029, 11, 1)}, "date_out_of_reach"),
        (lambda here, _there: {"member": make_member(here), "note": "4242424242424242"}, "card_number"),
    ],
)
def test_start_that_cannot_be_is_refused(hafen, kiyosumi, make, code):
    plan = make_plan(hafen)
    with pytest.raises(DomainError) as caught:
        start(by=BY, plan=plan, today=TODAY, **{"starts_on": TODAY} | make(hafen, kiyosumi))
    assert (caught.value.code, Membership.objects.count()) == (code, 0)


def test_start_needs_a_plan_that_is_sold_and_priced(hafen):
    late = make_plan(hafen, name="Late", from_date=date(2027, 1, 1))
    gone = make_plan(hafen, name="Gone")
    withdraw(by=BY, item=gone)
    gone.refresh_from_db()
    for plan, code in ((late, "no_price"), (gone, "plan_withdrawn")):
        with pytest.raises(DomainError) as caught:
            make_membership(hafen, plan=plan)
        assert caught.value.code == code


def test_plan_for_companies_is_not_for_a_member(hafen):
    plan = make_plan(hafen, for_company=True)
    with pytest.raises(DomainError) as caught:
        make_membership(hafen, plan=plan)
    assert caught.value.code == "plan_for_company"


def test_archived_member_starts_nothing(hafen):
    member = archive_member(by=BY, member=make_member(hafen), now=NOW)
    make_plan(hafen)
    with pytest.raises(Conflict) as caught:
        make_membership(hafen, member=member)
    assert caught.value.code == "member_archived"


def test_member_with_a_membership_is_not_archived(hafen):
    row = make_membership(hafen)
    with pytest.raises(Conflict) as caught:
        archive_member(by=BY, member=row.member, now=NOW)
    assert caught.value.code == "member_has_membership"
    end(row, "2026-11-23")
    archive_member(by=BY, member=row.member, now=NOW + DAY)


def test_same_plan_twice_for_a_person_is_refused_whoever_pays(hafen):
    company = make_company(hafen)
    person = make_member(hafen, company=company)
    end(make_membership(hafen, member=person))
    for facts in ({"member": person}, {"company": company, "person": person}):
        with pytest.raises(Conflict) as caught:
            make_membership(hafen, starts_on=date(2026, 11, 30), **facts)
        assert caught.value.code == "overlap"
    make_membership(hafen, company=company, person=person, starts_on=date(2026, 12, 1))


def test_other_plans_and_second_offices_are_held_side_by_side(hafen):
    member, company = make_member(hafen), make_company(hafen)
    office = make_plan(hafen, name="Team office", for_company=True)
    for plan in (make_plan(hafen), make_plan(hafen, name="Locker")):
        make_membership(hafen, plan=plan, member=member)
    for _ in range(2):
        make_membership(hafen, plan=office, company=company)
    assert Membership.objects.on(TODAY).count() == 4


def test_change_of_plan_ends_one_and_starts_the_next(hafen):
    old = make_membership(hafen)
    new = change(old, make_plan(hafen, 18_000, name="Hot desk"))
    old.refresh_from_db()
    assert (old.ends_on, old.cancelled_at, new.starts_on, new.ends_on, new.previous) == (
        date(2026, 11, 30),
        None,
        date(2026, 12, 1),
        None,
        old,
    )
    sentence = "Fixed desk becomes Hot desk from 1 Dec 2026, at €180.00 a month"
    assert (said(old)[0], said(new)[0], said(new.member)[0]) == (sentence, sentence, sentence)


def test_change_of_plan_carries_pauses_and_when_wanted_discounts(hafen):
    plan = make_plan(hafen, 18_000, name="Hot desk")
    for keep in (False, True):
        old = make_membership(hafen, plan=make_plan(hafen, name=f"Desk {keep}"))
        pause(by=BY, membership=old, from_date=date(2026, 11, 25), until=date(2026, 12, 10), reason="", today=TODAY)
        give_discount(
            by=BY, membership=old, from_date=TODAY, until=None, reason="Loyal", today=TODAY, basis_points=1000
        )
        new = change(old, plan, keep_discounts=keep)
        assert [(each.from_date, each.until) for each in new.pauses.all()] == [(date(2026, 12, 1), date(2026, 12, 10))]
        assert [each.basis_points for each in new.discounts.all()] == ([1000] if keep else [])


@pytest.mark.parametrize("day", ["2026-11-22", "2026-12-16"])
def test_change_of_plan_out_of_reach_is_refused(hafen, day):
    old = make_membership(hafen)
    end(old, "2026-12-15")
    with pytest.raises(DomainError) as caught:
        change(old, make_plan(hafen, name="Hot desk"), day)
    assert caught.value.code == "date_out_of_reach"


def test_change_of_plan_before_the_start_leaves_the_old_one_unbegun(hafen):
    old = make_membership(hafen, starts_on=date(2026, 12, 10))
    new = change(old, make_plan(hafen, name="Hot desk"), "2026-12-10")
    old.refresh_from_db()
    assert (old.terms().begins, new.starts_on) == (False, date(2026, 12, 10))


def test_change_to_the_same_plan_is_refused(hafen):
    old = make_membership(hafen)
    with pytest.raises(DomainError) as caught:
        change(old, old.plan)
    assert caught.value.code == "same_plan"


def test_change_of_a_membership_that_ends_keeps_the_end(hafen):
    old = make_membership(hafen)
    end(old, "2027-01-31")
    new = change(old, make_plan(hafen, name="Hot desk"))
    assert (new.ends_on, new.cancel_reason) == (date(2027, 1, 31), "Moves away")


def test_cancel_keeps_the_reason_and_is_taken_back(hafen):
    row = make_membership(hafen)
    end(row)
    row.refresh_from_db()
    assert (row.ends_on, row.cancelled_at, row.cancel_reason) == (date(2026, 11, 30), NOW, "Moves away")
    undo_end(by=BY, membership=row, today=TODAY)
    row.refresh_from_db()
    assert (row.ends_on, row.cancelled_at, row.cancel_reason) == (None, None, "")
    assert said(row)[:2] == ["Fixed desk goes on", "Fixed desk ends on 30 Nov 2026"]


def test_cancel_before_the_start_means_it_never_begins(hafen):
    row = make_membership(hafen, starts_on=date(2026, 12, 10))
    end(row, "2026-12-09")
    assert said(row)[0] == "Fixed desk never begins"
    assert list(Membership.objects.that_begin()) == []
    undo_end(by=BY, membership=row, today=date(2026, 12, 9))
    assert list(Membership.objects.that_begin()) == [row]


@pytest.mark.parametrize(
    ("day", "reason", "code"),
    [
        ("2026-11-22", "Moves", "date_in_past"),
        ("2026-11-30", " ", "reason_missing"),
        ("2026-11-30", "4242424242424242", "card_number"),
    ],
)
def test_cancel_that_cannot_be_is_refused(hafen, day, reason, code):
    with pytest.raises(DomainError) as caught:
        end(make_membership(hafen), day, reason)
    assert caught.value.code == code


def test_cancel_only_makes_the_end_sooner(hafen):
    row = make_membership(hafen)
    end(row, "2026-12-31")
    end(row, "2026-11-30")
    for day, now, code in (("2026-12-31", NOW, "membership_ends"), ("2026-12-05", NOW + 9 * DAY, "membership_over")):
        with pytest.raises(Conflict) as caught:
            end(row, day, now=now)
        assert caught.value.code == code


def test_end_that_is_over_or_followed_is_not_taken_back(hafen):
    row = make_membership(hafen)
    with pytest.raises(Conflict) as caught:
        undo_end(by=BY, membership=row, today=TODAY)
    assert caught.value.code == "membership_goes_on"
    new = change(row, make_plan(hafen, name="Hot desk"))
    with pytest.raises(Conflict) as caught:
        undo_end(by=BY, membership=row, today=TODAY)
    assert caught.value.code == "membership_followed"
    end(new, "2026-11-30")
    undo_end(by=BY, membership=row, today=TODAY)
    end(row)
    with pytest.raises(Conflict) as caught:
        undo_end(by=BY, membership=row, today=date(2026, 12, 1))
    assert caught.value.code == "membership_over"


def test_end_is_not_taken_back_over_the_same_plan_later(hafen):
    row = make_membership(hafen)
    end(row)
    make_membership(hafen, member=row.member, starts_on=date(2026, 12, 5))
    with pytest.raises(Conflict) as caught:
        undo_end(by=BY, membership=row, today=TODAY)
    assert caught.value.code == "overlap"
