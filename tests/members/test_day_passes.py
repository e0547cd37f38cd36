"""Day passes: credited once, used, given back, taken back; balances by few queries."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from members.enums import DayPart
from members.models import DayPass, DayPassEntry
from members.queries.passes import credits_left, passes_of
from members.services import capacity
from members.services.day_passes import balance, give_back, grant, lock_usable, revoke, use
from tests.factories.members import make_company, make_member
from tests.factories.passes import make_pass

pytestmark = pytest.mark.django_db
BY = Actor.job("test")
NOW = datetime(2026, 11, 26, 8, 2, tzinfo=UTC)
TODAY = date(2026, 11, 26)
FULL = DayPart.FULL


def use_one(row, member, *, part=FULL, on=TODAY):
    with transaction.atomic():
        [held] = [one for one in lock_usable(member, row.location, on=on) if one.row == row]
        return use(by=BY, held=held, member=member, on=on, part=part, now=NOW)


def test_grant_credits_and_tells(hafen, told, django_capture_on_commit_callbacks):
    lena = make_member(hafen)
    with django_capture_on_commit_callbacks(execute=True):
        row = make_pass(lena, count=10, on=TODAY, until=date(2027, 5, 24))
    [event] = [event for event in audit.timeline(lena) if event.action == "members.pass.granted"]
    assert (balance(row), told) == (10, [[lena.pk]])
    assert event.after == {"credits": 10, "pass": "Day pass", "until": "2027-05-24"}


def test_a_line_is_credited_once(hafen):
    lena = make_member(hafen)
    rows = {make_pass(lena, source_line=7).pk for _ in range(3)}
    assert (len(rows), DayPassEntry.objects.count()) == (1, 1)


def test_a_companys_pass_tells_all_its_people(hafen, told, django_capture_on_commit_callbacks):
    company = make_company(hafen)
    people = [make_member(hafen, company=company) for _ in range(3)]
    with django_capture_on_commit_callbacks(execute=True):
        make_pass(company=company)
    assert told == [sorted(person.pk for person in people)]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"member": None}, "one_holder"),
        ({"credits": 0}, "nothing_to_credit"),
        ({"valid_from": TODAY, "valid_until": date(2026, 11, 25)}, "nothing_to_credit"),
    ],
)
def test_grant_refuses_what_is_no_pass(hafen, facts, code):
    wanted = {"member": make_member(hafen), "valid_from": TODAY, **facts}
    with pytest.raises(DomainError) as refused:
        grant(by=BY, location=hafen, **wanted)
    assert (refused.value.code, DayPass.objects.count()) == (code, 0)


def test_use_and_give_back_are_entries(hafen):
    lena = make_member(hafen)
    row = make_pass(lena, count=3)
    entry = use_one(row, lena)
    assert balance(row) == 2
    give_back(by=BY, entry=entry, reason="Wrong person", now=NOW)
    assert (balance(row), list(row.entries.values_list("kind", "credits"))) == (
        3,
        [("granted", 3), ("used", -1), ("given_back", 1)],
    )


def test_a_whole_day_takes_two_half_days(hafen):
    lena = make_member(hafen)
    row = make_pass(lena, count=2, is_half=True)
    use_one(row, lena)
    assert balance(row) == 0


def test_an_empty_pass_cannot_be_used(hafen):
    lena = make_member(hafen)
    row = make_pass(lena)
    use_one(row, lena)
    with pytest.raises(Conflict):
        use_one(row, lena)
    assert balance(row) == 0


def test_only_a_use_is_given_back(hafen):
    row = make_pass(make_member(hafen))
    with pytest.raises(DomainError):
        give_back(by=BY, entry=row.entries.get(), reason="", now=NOW)


def test_revoke_takes_the_rest_and_the_seat(hafen, told, django_capture_on_commit_callbacks):
    lena = make_member(hafen)
    row = make_pass(lena, count=5, source_line=7)
    capacity.sell(location=hafen, on=TODAY, part=FULL, source_line=7, now=NOW)
    use_one(row, lena)
    with django_capture_on_commit_callbacks(execute=True):
        revoke(by=BY, day_pass=row, reason="Refunded", now=NOW)
    assert (balance(row), passes_of(lena, hafen, on=TODAY), told) == (0, [], [[lena.pk]])
    assert capacity.SeatHold.objects.get().state == "released"
    with pytest.raises(Conflict):
        revoke(by=BY, day_pass=row, reason="Refunded", now=NOW)


def test_revoke_wants_a_reason(hafen):
    with pytest.raises(DomainError):
        revoke(by=BY, day_pass=make_pass(make_member(hafen)), reason=" ", now=NOW)


def test_a_revoked_pass_gets_nothing_back(hafen):
    lena = make_member(hafen)
    row = make_pass(lena, count=2)
    entry = use_one(row, lena)
    revoke(by=BY, day_pass=row, reason="Refunded", now=NOW)
    with pytest.raises(Conflict):
        give_back(by=BY, entry=entry, reason="", now=NOW)


def test_passes_of_shows_own_and_shared_ones_what_expires_first_at_the_top(hafen, kiyosumi):
    company = make_company(hafen)
    lena = make_member(hafen, company=company)
    never, soon = make_pass(lena, count=4), make_pass(company=company, count=9, until=date(2026, 12, 1))
    make_pass(lena, until=date(2026, 11, 25))  # expired
    make_pass(make_member(hafen))  # somebody else's
    make_pass(lena, location=kiyosumi)  # good at another place
    assert [(one.row, one.left) for one in passes_of(lena, hafen, on=TODAY)] == [(soon, 9), (never, 4)]


@pytest.mark.parametrize("count", [1, 3])
def test_balances_take_constant_queries(hafen, count, django_assert_num_queries):
    company = make_company(hafen)
    people = [make_member(hafen, company=company) for _ in range(count)]
    make_pass(company=company, count=5)
    for person in people:
        make_pass(person, count=2)
        make_pass(person, count=1)
    with django_assert_num_queries(1):
        assert credits_left(people, hafen, on=TODAY) == dict.fromkeys([person.pk for person in people], 8)
    with django_assert_num_queries(2):
        assert [one.left for one in passes_of(people[0], hafen, on=TODAY)] == [5, 2, 1]


def test_entries_cannot_be_rewritten(hafen):
    from django.db import DatabaseError  # noqa: PLC0415

    row = make_pass(make_member(hafen))
    with pytest.raises(DatabaseError), transaction.atomic():
        row.entries.update(credits=99)
