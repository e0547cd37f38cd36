"""Whom a membership lets in, and whose rights are said to have changed."""

from datetime import date, timedelta

import pytest

from flexspace.core.errors import Conflict
from members.models import Membership
from members.queries.memberships import giving_access
from members.services.adjustments import pause
from members.services.members import update_member
from tests.factories.members import make_company, make_member
from tests.factories.sold import BY, TODAY, make_membership, make_plan
from tests.members.test_memberships import end

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def told_by(told, django_capture_on_commit_callbacks):
    """Return a function that runs something and returns whose rights it said to have changed."""

    def run(deed):
        told.clear()
        with django_capture_on_commit_callbacks(execute=True):
            deed()
        return [*told]

    return run


def test_access_comes_from_own_personal_and_company_memberships_of_the_day(hafen, kiyosumi):
    company = make_company(hafen)
    person, colleague = (make_member(hafen, company=company) for _ in range(2))
    office = make_membership(hafen, plan=make_plan(hafen, name="Office", for_company=True), company=company)
    desk = make_membership(hafen, plan=make_plan(hafen), company=company, person=person)
    assert set(giving_access(person, hafen, TODAY)) == {office, desk}
    assert set(giving_access(colleague, hafen, TODAY)) == {office}
    assert set(giving_access(person, kiyosumi, TODAY)) == set()
    pause(by=BY, membership=office, from_date=TODAY, until=TODAY + DAY, reason="", today=TODAY)
    assert set(giving_access(colleague, hafen, TODAY)) == set()
    assert set(giving_access(colleague, hafen, TODAY + DAY)) == {office}


def test_rights_are_told_after_the_commit(hafen, told_by):
    company = make_company(hafen)
    people = [make_member(hafen, company=company) for _ in range(3)]
    ids = sorted(person.pk for person in people)
    office = make_plan(hafen, name="Office", for_company=True)
    assert told_by(lambda: make_membership(hafen, plan=office, company=company)) == [ids]
    desk = make_plan(hafen)
    assert told_by(lambda: make_membership(hafen, plan=desk, company=company, person=people[0])) == [ids[:1]]
    assert told_by(lambda: make_membership(hafen, plan=desk, member=people[1])) == [ids[1:2]]
    assert told_by(lambda: end(Membership.objects.get(member=people[1]))) == [ids[1:2]]
    assert told_by(lambda: make_company(hafen)) == []


def edit(member, **facts):
    kept = {name: getattr(member, name) for name in ("name", "email", "phone", "company", "note")}
    return update_member(by=BY, member=member, **kept | facts)


def test_rights_of_who_joins_or_leaves_a_company_are_told(hafen, told_by):
    company = make_company(hafen)
    member = make_member(hafen)
    assert told_by(lambda: edit(member, company=company)) == [[member.pk]]
    member.refresh_from_db()
    assert told_by(lambda: edit(member, name="Lena Krause")) == []
    assert told_by(lambda: edit(member, company=None)) == [[member.pk]]
    assert len(told_by(lambda: make_member(hafen, company=company))) == 1
    assert told_by(lambda: make_member(hafen)) == []


def test_person_whose_membership_a_company_pays_does_not_leave_it(hafen):
    company = make_company(hafen, name="Nordlicht")
    person = make_member(hafen, company=company)
    make_membership(hafen, company=company, person=person)
    with pytest.raises(Conflict, match="Nordlicht pays Fixed desk for"):
        edit(person, company=None)
    edit(person, name="Lena Krause")
    Membership.objects.update(ends_on=date(2026, 10, 31))
    edit(person, company=None)


def test_plan_for_a_locker_lets_nobody_in(hafen):
    person = make_member(hafen)
    make_membership(hafen, plan=make_plan(hafen, name="Locker", lets_in=False), member=person)
    assert list(giving_access(person, hafen, TODAY)) == []
