"""Twenty threads at one moment, on PostgreSQL: cap, credits and passes. Each race is run without its guard too."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from billing.services.invoicing import NewLine
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.money import Money
from members.enums import DayPart
from members.models import CapacityDay, CheckIn, DayPass, DayPassEntry, SeatHold
from members.queries.passes import seats_on
from members.services import capacity
from members.services.capacity import HOLD, HouseFull
from members.services.check_ins import check_in, undo
from members.services.day_passes import balance
from members.services.fulfilment import PaidLine, fulfil
from tests.factories.billing import make_issued_invoice, make_payment
from tests.factories.members import make_company, make_member
from tests.factories.passes import make_pass, make_product
from tests.races import THREADS, at_once, both, guard, row_locks

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
BY = Actor.job("test")
NOW = datetime(2026, 11, 26, 8, 2, tzinfo=UTC)
TODAY = date(2026, 11, 26)
FULL = DayPart.FULL
CAP = 5


@pytest.fixture
def small(hafen):
    """Return Hafenplatz with five day passes a day, and the row of today."""
    hafen.day_pass_capacity = CAP
    hafen.save()
    CapacityDay.objects.create(location=hafen, on_date=TODAY)
    return hafen


def names(results):
    return sorted({type(result).__name__ for result in results if isinstance(result, Exception)})


@both
def test_twenty_desks_hold_a_seat(small, on):
    def hold(number):
        return capacity.hold(location=small, on=TODAY, part=FULL, source_line=number, until=NOW + HOLD, now=NOW)

    with row_locks(on=on):
        results = at_once(hold)
    held = SeatHold.objects.filter(state="held").count()
    if on:
        assert (held, names(results), seats_on(small, TODAY, now=NOW).left()) == (CAP, ["HouseFull"], 0)
    else:
        assert held > CAP


@both
def test_twenty_desks_sell_and_take_seats_at_once(small, on):
    def deed(number):
        if number % 2:
            return capacity.sell(location=small, on=TODAY, part=FULL, source_line=number, now=NOW)
        return capacity.take(location=small, on=TODAY, part=FULL, now=NOW)

    with row_locks(on=on):
        results = at_once(deed)
    sold = SeatHold.objects.filter(state="sold").count()
    assert (sold == CAP) is on
    if on:
        assert names(results) == ["HouseFull"]


@both
def test_twenty_people_share_a_pack_of_five(hafen, on):
    company = make_company(hafen)
    people = [make_member(hafen, company=company) for _ in range(THREADS)]
    pack = make_pass(company=company, count=5)
    CapacityDay.objects.create(location=hafen, on_date=TODAY)
    with row_locks(on=on):
        results = at_once(lambda number: check_in(by=BY, member=people[number], location=hafen, now=NOW))
    used = DayPassEntry.objects.filter(kind="used").count()
    if on:
        assert (used, balance(pack), CheckIn.objects.count(), names(results)) == (5, 0, 5, ["DomainError"])
    else:
        assert (used > 5, balance(pack) < 0) == (True, True)


@both
def test_one_person_is_checked_in_by_twenty_desks(hafen, on):
    lena = make_member(hafen)
    row = make_pass(lena, count=THREADS)
    CapacityDay.objects.create(location=hafen, on_date=TODAY)
    with guard(CheckIn, "check_in_once", on=on), row_locks(on=on):
        results = at_once(lambda _: check_in(by=BY, member=lena, location=hafen, now=NOW).pk)
        made = CheckIn.objects.count()
    if on:
        assert (made, balance(row), set(results)) == (1, THREADS - 1, {CheckIn.objects.get().pk})
    else:
        assert made > 1


@both
def test_one_line_is_fulfilled_by_twenty_workers(hafen, on):
    lena, product = make_member(hafen), make_product(hafen)
    line = PaidLine(7, hafen, product, 1, TODAY, member=lena)
    with guard(DayPass, "source_line", on=on):
        results = at_once(lambda _: [row.pk for row in fulfil(by=BY, lines=[line], now=NOW)])
        credited = DayPassEntry.objects.filter(kind="granted").count()
    assert (credited == 1) is on
    if on:
        assert results == [results[0]] * THREADS


def test_one_line_with_a_seat_and_a_check_in_is_fulfilled_by_twenty_workers(small):
    lena, product = make_member(small), make_product(small)
    line = PaidLine(7, small, product, 1, TODAY, member=lena, on_date=TODAY, check_in=True)
    results = at_once(lambda _: [row.pk for row in fulfil(by=BY, lines=[line], now=NOW)])
    counts = [model.objects.count() for model in (DayPass, SeatHold, CheckIn)]
    assert (results, counts) == ([results[0]] * THREADS, [1, 1, 1])
    assert balance(DayPass.objects.get()) == 0


def test_a_check_in_is_undone_once_by_twenty_desks(hafen):
    lena = make_member(hafen)
    row = make_pass(lena, count=3)
    made = check_in(by=BY, member=lena, location=hafen, now=NOW)
    results = at_once(lambda _: undo(by=BY, check_in=made, now=NOW))
    assert (names(results), balance(row)) == (["Conflict"], 3)


def test_seats_passes_and_days_are_locked_in_one_order(small):
    """Sales, arrivals and repairs of several days at once end in results, never in a deadlock."""
    product = make_product(small)
    people = [make_member(small) for _ in range(THREADS)]
    for person in people:
        make_pass(person, count=2)
    days = [date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 28)]

    def deed(number):
        person = people[number]
        if number % 3 == 0:
            return check_in(by=BY, member=person, location=small, now=NOW)
        if number % 3 == 1:
            lines = [
                PaidLine(100 * number + index, small, product, 1, TODAY, member=person, on_date=day, check_in=True)
                for index, day in enumerate(days if number % 2 else days[::-1])
            ]
            return fulfil(by=BY, lines=lines, now=NOW)
        return capacity.release_expired(now=NOW)

    results = at_once(deed)
    assert [one for one in results if isinstance(one, Exception) and not isinstance(one, HouseFull | DomainError)] == []
    for day in days:
        assert seats_on(small, day, now=NOW).taken(FULL) <= CAP


def test_one_invoice_paid_by_twenty_payments_gives_one_pass(small):
    lena = make_member(small)
    line = NewLine("Day pass", Money(2500, "EUR"), product=make_product(small), on_date=small.today(timezone.now()))
    invoice = make_issued_invoice(small, lines=[line], member=lena, now=timezone.now())
    results = at_once(lambda number: make_payment(invoice, 2500, reference=f"pi_{number}").pk)
    assert (names(results), DayPass.objects.count(), SeatHold.objects.count()) == ([], 1, 1)
