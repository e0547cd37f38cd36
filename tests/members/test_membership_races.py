"""Twenty desks at one moment, on PostgreSQL: one membership, whatever they do. Run without the guard, it goes wrong."""

from datetime import UTC, date, datetime

import pytest

from members.models import Membership
from members.services.members import archive_member
from members.services.memberships import change_plan
from tests.factories.members import make_member
from tests.factories.sold import BY, TODAY, make_membership, make_plan
from tests.members.test_pass_races import names
from tests.races import at_once, both, row_locks

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@both
def test_twenty_desks_start_the_same_plan(hafen, on):
    plan, member = make_plan(hafen), make_member(hafen)
    with row_locks(on=on):
        results = at_once(lambda _number: make_membership(hafen, plan=plan, member=member))
    held = Membership.objects.count()
    if on:
        assert (held, names(results)) == (1, ["Conflict"])
    else:
        assert held > 1


@both
def test_twenty_desks_change_the_plan(hafen, on):
    plans = [make_plan(hafen, name=f"Plan {number}") for number in range(20)]
    row = make_membership(hafen, plan=make_plan(hafen))

    def change(number):
        december = date(2026, 12, 1)
        return change_plan(by=BY, membership=row, plan=plans[number], from_date=december, today=TODAY)

    with row_locks(on=on):
        results = at_once(change)
    held = Membership.objects.on(date(2026, 12, 1)).count()
    if on:
        assert (held, names(results)) == (1, ["DomainError"])
    else:
        assert held > 1


@both
def test_start_meets_the_archive(hafen, on):
    wrong, plan = 0, make_plan(hafen)
    for _ in range(4 if on else 60):
        member = make_member(hafen)

        def deed(number, member=member):
            if number:
                return make_membership(hafen, plan=plan, member=member)
            return archive_member(by=BY, member=member, now=NOW)

        with row_locks(on=on):
            at_once(deed)
        member.refresh_from_db()
        wrong += bool(member.archived_at and member.memberships.exists())
        if wrong:
            break
    assert (wrong == 0) is on
