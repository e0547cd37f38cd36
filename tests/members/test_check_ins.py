"""Checking in: the right that is used, the seat that is taken, and taking it back."""

from datetime import UTC, date, datetime, timedelta

import pytest

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from members.enums import DayPart
from members.models import CheckIn, DayPassEntry, MembershipPause, SeatHold
from members.queries.passes import in_house, seats_on, visits
from members.services import capacity
from members.services.capacity import HouseFull
from members.services.check_ins import check_in, undo
from members.services.day_passes import balance, revoke
from members.services.members import archive_member
from tests.factories.members import make_company, make_member
from tests.factories.passes import hold_plan, make_pass

pytestmark = pytest.mark.django_db
BY = Actor.job("test")
NOW = datetime(2026, 11, 26, 8, 2, tzinfo=UTC)
TODAY = date(2026, 11, 26)
HALF_LEFT = (
    "Lena Fischer has a half day left, which is not enough for a whole day. "
    "Check in for half of the day, or sell a day pass."
)
FULL, MORNING, AFTERNOON = DayPart.FULL, DayPart.MORNING, DayPart.AFTERNOON


def arrive(member, *, part=FULL, now=NOW, **more):
    return check_in(by=BY, member=member, location=more.pop("at", member.location), part=part, now=now, **more)


def test_a_membership_lets_in_and_spares_the_pass(hafen, told, django_capture_on_commit_callbacks):
    lena = make_member(hafen)
    membership, row = hold_plan(lena), make_pass(lena)
    told.clear()
    with django_capture_on_commit_callbacks(execute=True):
        made = arrive(lena, warnings=["Owes €120.00"])
    assert (made.membership, made.entry, made.warnings, balance(row)) == (membership, None, ["Owes €120.00"], 1)
    assert (told[-1], SeatHold.objects.count(), in_house(hafen, TODAY)) == ([lena.pk], 0, [made])


@pytest.mark.parametrize("whose", ["person", "company"])
def test_a_companys_membership_lets_its_people_in(hafen, whose):
    company = make_company(hafen)
    lena = make_member(hafen, company=company)
    membership = hold_plan(company=company, person=lena if whose == "person" else None)
    assert arrive(lena).membership == membership
    if whose == "person":
        with pytest.raises(DomainError):
            arrive(make_member(hafen, company=company))


@pytest.mark.parametrize("when", ["paused", "over", "not begun", "elsewhere"])
def test_a_membership_that_is_not_in_force_leaves_the_pass_to_pay(hafen, kiyosumi, when):
    lena = make_member(hafen)
    row = make_pass(lena)
    if when == "elsewhere":
        hold_plan(make_member(kiyosumi))
    elif when == "paused":
        MembershipPause.objects.create(membership=hold_plan(lena), from_date=TODAY)
    elif when == "over":
        hold_plan(lena, ends_on=TODAY - timedelta(days=1))
    else:
        hold_plan(lena, starts_on=TODAY + timedelta(days=1))
    assert (arrive(lena).membership, balance(row)) == (None, 0)


def test_a_pause_that_ended_lets_in_again(hafen):
    lena = make_member(hafen)
    membership = hold_plan(lena)
    MembershipPause.objects.create(membership=membership, from_date=TODAY - timedelta(days=9), until=TODAY)
    assert arrive(lena).membership == membership


def test_the_pass_that_expires_first_pays_also_when_it_is_the_companys(hafen):
    company = make_company(hafen)
    lena = make_member(hafen, company=company)
    own, shared = make_pass(lena), make_pass(company=company, until=TODAY)
    made = arrive(lena)
    assert (made.entry.day_pass, made.entry.used_by, balance(own), balance(shared)) == (shared, lena, 1, 0)


def test_again_is_the_same_check_in(hafen):
    lena = make_member(hafen)
    row = make_pass(lena, count=5)
    assert {arrive(lena).pk for _ in range(3)} == {CheckIn.objects.get().pk}
    assert balance(row) == 4


def test_who_came_for_the_morning_stays_for_the_afternoon_only(hafen):
    lena = make_member(hafen)
    halves = make_pass(lena, count=2, is_half=True)
    arrive(lena, part=MORNING)
    assert (arrive(lena, part=FULL).part, balance(halves)) == ("afternoon", 0)
    arrive(lena, part=FULL)
    assert CheckIn.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (None, "Lena Fischer has no membership today and no day pass. Sell a day pass."),
        ({"until": date(2026, 11, 20)}, "Lena Fischer’s last day pass expired on Fri 20 Nov. Sell a day pass."),
        ({"on": date(2026, 12, 2)}, "Lena Fischer’s day pass is for Wed 2 Dec. Sell a day pass."),
        (
            {"is_half": True},
            HALF_LEFT,
        ),
    ],
)
def test_without_a_right_nobody_is_checked_in_and_the_reason_is_said(hafen, given, sentence):
    lena = make_member(hafen)
    if given:
        make_pass(lena, **given)
    with pytest.raises(DomainError) as refused:
        arrive(lena)
    assert (refused.value.code, refused.value.message, CheckIn.objects.count()) == ("no_right", sentence, 0)
    assert not DayPassEntry.objects.filter(kind="used").exists()


def test_the_day_is_the_locations(hafen, kiyosumi):
    late = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)  # the 27th in Tokyo
    lena, yui = make_member(hafen), make_member(kiyosumi)
    for one in (lena, yui):
        make_pass(one)
    assert (arrive(lena, now=late).on_date, arrive(yui, now=late).on_date) == (TODAY, TODAY + timedelta(days=1))


def test_an_archived_member_is_not_checked_in(hafen):
    lena = make_member(hafen)
    make_pass(lena)
    with pytest.raises(Conflict):
        arrive(archive_member(by=BY, member=lena, now=NOW))


def test_a_pack_takes_a_seat_and_a_full_house_is_staffs_decision(hafen):
    hafen.day_pass_capacity = 1
    hafen.save()
    lena, amara = make_member(hafen), make_member(hafen, name="Amara Osei")
    for one in (lena, amara):
        make_pass(one, count=10)
    arrive(lena)
    with pytest.raises(HouseFull):
        arrive(amara)
    assert balance(amara.day_passes.get()) == 10
    arrive(amara, anyway=True)
    assert (CheckIn.objects.count(), seats_on(hafen, TODAY, now=NOW).taken(FULL)) == (2, 2)


def test_the_seat_that_was_sold_with_the_pass_is_the_one_taken(hafen):
    lena = make_member(hafen)
    make_pass(lena, source_line=7, on=TODAY, until=TODAY)
    seat = capacity.sell(location=hafen, on=TODAY, part=FULL, source_line=7, now=NOW)
    made = arrive(lena)
    seat.refresh_from_db()
    assert (seat.check_in, SeatHold.objects.count()) == (made, 1)


def test_who_comes_in_the_other_half_gives_the_sold_half_back(hafen):
    lena = make_member(hafen)
    make_pass(lena, source_line=7, is_half=True, on=TODAY, until=TODAY)
    capacity.sell(location=hafen, on=TODAY, part=AFTERNOON, source_line=7, now=NOW)
    arrive(lena, part=MORNING)
    seats = seats_on(hafen, TODAY, now=NOW)
    assert (seats.morning, seats.afternoon) == (1, 0)


def test_undo_gives_credit_and_seat_back_once(hafen, told, django_capture_on_commit_callbacks):
    lena = make_member(hafen)
    row = make_pass(lena, count=3)
    made = arrive(lena)
    with django_capture_on_commit_callbacks(execute=True):
        undo(by=BY, check_in=made, now=NOW, reason="Wrong Lena")
    assert (balance(row), in_house(hafen, TODAY), visits(lena)) == (3, [], [])
    assert (seats_on(hafen, TODAY, now=NOW).taken(FULL), told[-1]) == (0, [lena.pk])
    with pytest.raises(Conflict):
        undo(by=BY, check_in=made, now=NOW)
    assert balance(row) == 3
    assert arrive(lena).pk != made.pk


def test_undo_leaves_a_sold_seat_with_its_buyer(hafen):
    lena = make_member(hafen)
    make_pass(lena, source_line=7, on=TODAY, until=TODAY)
    capacity.sell(location=hafen, on=TODAY, part=FULL, source_line=7, now=NOW)
    undo(by=BY, check_in=arrive(lena), now=NOW)
    assert seats_on(hafen, TODAY, now=NOW).taken(FULL) == 1
    arrive(lena)
    assert SeatHold.objects.count() == 1


def test_undo_after_the_pass_was_taken_back_gives_nothing_back(hafen):
    lena = make_member(hafen)
    row = make_pass(lena)
    made = arrive(lena)
    revoke(by=BY, day_pass=row, reason="Refunded", now=NOW)
    undo(by=BY, check_in=made, now=NOW)
    assert (balance(row), in_house(hafen, TODAY)) == (0, [])


def test_what_happened_reads_as_sentences(hafen):
    from flexspace.core.sentences import tell  # noqa: PLC0415

    lena = make_member(hafen)
    make_pass(lena, count=2, until=date(2026, 12, 31))
    undo(by=BY, check_in=arrive(lena), now=NOW, reason="Wrong Lena")
    told = [tell(event).sentence for event in audit.timeline(lena)]
    assert told[::-1] == [
        "Lena Fischer added",
        "2 × Day pass credited, valid until 31 Dec 2026",
        "Day pass used, 1 left",
        "Lena Fischer checked in by Day pass",
        "Day pass given back, 2 left",
        "Check-in of Lena Fischer undone",
    ]
