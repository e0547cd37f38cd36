"""What a paid line promises is given once: the pass, the seat, and the way in."""

from datetime import UTC, date, datetime, timedelta

import pytest

from flexspace.core.actors import Actor
from members.enums import DayPart, ProductKind
from members.models import CheckIn, DayPass, SeatHold, UsageCharge
from members.passes import PassView
from members.queries.passes import passes_of, seats_on
from members.services import capacity
from members.services.capacity import HOLD
from members.services.day_passes import balance
from members.services.fulfilment import PaidLine, fulfil, let_go, take_back
from tests.factories.members import make_company, make_member
from tests.factories.passes import make_pass, make_product

pytestmark = pytest.mark.django_db
BY = Actor.job("test")
NOW = datetime(2026, 11, 26, 8, 2, tzinfo=UTC)
TODAY = date(2026, 11, 26)
FULL, MORNING = DayPart.FULL, DayPart.MORNING


def paid(product, *, pk=7, quantity=1, now=NOW, **facts):
    line = PaidLine(pk, product.location, product, quantity, product.location.today(now), **facts)
    [row] = fulfil(by=BY, lines=[line], now=now)
    return row


def test_a_pass_without_a_day_holds_from_the_day_it_is_paid(hafen):
    lena = make_member(hafen)
    row = paid(make_product(hafen, valid_days=30), member=lena)
    assert (row.member, row.valid_from, row.valid_until, balance(row)) == (lena, TODAY, date(2026, 12, 25), 1)


def test_a_pack_credits_all_its_passes(hafen):
    pack = make_product(hafen, name="10 days", kind=ProductKind.PACK, credits=10)
    row = paid(pack, member=make_member(hafen), quantity=2)
    assert (balance(row), row.valid_until) == (20, None)


def test_a_pass_for_a_day_sells_the_seat_that_was_held(hafen):
    day = date(2026, 12, 2)
    capacity.hold(location=hafen, on=day, part=FULL, source_line=7, until=NOW + HOLD, now=NOW)
    row = paid(make_product(hafen, valid_days=30), member=make_member(hafen), on_date=day)
    assert (row.valid_from, row.valid_until, SeatHold.objects.get().state) == (day, day, "sold")


def test_again_changes_nothing(hafen):
    product, lena = make_product(hafen), make_member(hafen)
    rows = {paid(product, member=lena, on_date=TODAY, check_in=True).pk for _ in range(3)}
    counts = [model.objects.count() for model in (DayPass, SeatHold, CheckIn)]
    assert (len(rows), counts, balance(DayPass.objects.get())) == (1, [1, 1, 1], 0)


def test_somebody_else_may_get_what_is_paid(hafen):
    lena, amara = make_member(hafen), make_member(hafen, name="Amara Osei")
    assert paid(make_product(hafen), member=lena, for_member=amara).member == amara


@pytest.mark.parametrize(
    ("shared", "named", "whose"), [(True, True, "company"), (False, True, "lena"), (False, False, "company")]
)
def test_who_gets_what_a_company_pays(hafen, shared, named, whose):
    company = make_company(hafen)
    lena = make_member(hafen, company=company)
    row = paid(make_product(hafen, is_shared=shared), company=company, for_member=lena if named else None)
    assert (row.company, row.member) == ((company, None) if whose == "company" else (None, lena))


def test_who_waits_at_the_counter_is_checked_in_by_the_money(hafen):
    lena = make_member(hafen)
    row = paid(make_product(hafen), member=lena, on_date=TODAY, check_in=True)
    made = CheckIn.objects.get()
    assert (made.member, made.entry.day_pass, made.at, balance(row)) == (lena, row, NOW, 0)
    assert SeatHold.objects.get().check_in == made


def test_a_pack_bought_at_the_counter_is_used_for_today(hafen):
    pack = make_product(hafen, name="10 days", kind=ProductKind.PACK, credits=10)
    row = paid(pack, member=make_member(hafen), on_date=TODAY, check_in=True)
    assert (balance(row), row.valid_until, CheckIn.objects.count()) == (9, None, 1)


def test_a_half_day_is_checked_in_for_its_half(hafen):
    half = make_product(hafen, name="Half day", kind=ProductKind.HALF_DAY)
    row = paid(half, member=make_member(hafen), on_date=TODAY, part=MORNING, check_in=True)
    assert (row.is_half, CheckIn.objects.get().part) == (True, "morning")


def test_a_pass_for_another_day_checks_nobody_in(hafen):
    paid(make_product(hafen), member=make_member(hafen), on_date=TODAY + timedelta(days=1), check_in=True)
    assert CheckIn.objects.count() == 0


def test_money_that_comes_when_the_seat_is_gone_buys_a_pass_for_another_day(hafen):
    hafen.day_pass_capacity = 1
    hafen.save()
    lena = make_member(hafen)
    capacity.hold(location=hafen, on=TODAY, part=FULL, source_line=7, until=NOW + HOLD, now=NOW)
    late = NOW + HOLD
    capacity.sell(location=hafen, on=TODAY, part=FULL, source_line=8, now=late)
    row = paid(make_product(hafen, valid_days=30), member=lena, on_date=TODAY, check_in=True, now=late)
    assert (balance(row), row.valid_until, CheckIn.objects.count()) == (1, date(2026, 12, 25), 0)
    assert seats_on(hafen, TODAY, now=late).taken(FULL) == 1


def test_money_that_comes_after_the_day_still_buys_something(hafen):
    late = NOW + timedelta(days=3)
    row = paid(make_product(hafen), member=make_member(hafen), on_date=TODAY, now=late)
    view = PassView(row.pk, row.is_half, 1, row.valid_from, row.valid_until)
    assert view.holds(hafen.today(late))


def test_who_cannot_be_checked_in_keeps_what_was_paid(hafen):
    lena = make_member(hafen)
    lena.archived_at = NOW
    lena.save()
    row = paid(make_product(hafen), member=lena, on_date=TODAY, check_in=True)
    assert (balance(row), CheckIn.objects.count()) == (1, 0)


def test_who_is_here_already_keeps_the_pass(hafen):
    from members.services.check_ins import check_in  # noqa: PLC0415

    lena = make_member(hafen)
    make_pass(lena)
    check_in(by=BY, member=lena, location=hafen, now=NOW)
    row = paid(make_product(hafen), member=lena, on_date=TODAY, check_in=True)
    assert (balance(row), CheckIn.objects.count()) == (1, 1)


def test_a_service_credits_nothing(hafen):
    service = make_product(hafen, name="Printing", kind=ProductKind.SERVICE)
    line = PaidLine(7, hafen, service, 3, TODAY, member=make_member(hafen))
    assert fulfil(by=BY, lines=[line], now=NOW) == []
    assert DayPass.objects.count() == 0


def test_a_pass_that_was_used_before_it_was_billed_is_not_credited_again(hafen):
    lena, product = make_member(hafen), make_product(hafen)
    UsageCharge.objects.create(
        location=hafen, member=lena, product=product, unit_amount=2500, on_date=TODAY, billed_line=7
    )
    line = PaidLine(7, hafen, product, 1, TODAY, member=lena, on_date=TODAY)
    assert fulfil(by=BY, lines=[line], now=NOW) == []
    assert (DayPass.objects.count(), SeatHold.objects.count()) == (0, 0)


def test_what_nobody_pays_is_set_free(hafen):
    lena = make_member(hafen)
    capacity.hold(location=hafen, on=TODAY, part=FULL, source_line=7, until=NOW + HOLD, now=NOW)
    usage = UsageCharge.objects.create(
        location=hafen, member=lena, product=make_product(hafen), unit_amount=100, on_date=TODAY, billed_line=8
    )
    let_go(lines=[7, 8])
    usage.refresh_from_db()
    assert (SeatHold.objects.get().state, usage.billed_line) == ("released", None)


def test_take_back_revokes_the_pass_and_frees_the_seat(hafen):
    lena = make_member(hafen)
    paid(make_product(hafen), member=lena, on_date=TODAY)
    take_back(by=BY, lines=[7], reason="Voided", now=NOW)
    assert (passes_of(lena, hafen, on=TODAY), seats_on(hafen, TODAY, now=NOW).taken(FULL)) == ([], 0)


def test_take_back_leaves_the_seat_somebody_sits_on(hafen):
    paid(make_product(hafen), member=make_member(hafen), on_date=TODAY, check_in=True)
    take_back(by=BY, lines=[7], reason="Voided", now=NOW)
    assert (SeatHold.objects.get().state, CheckIn.objects.get().undone_at) == ("sold", None)


def test_several_lines_of_several_days_are_given_together(hafen):
    product, lena = make_product(hafen), make_member(hafen)
    lines = [
        PaidLine(pk, hafen, product, 1, TODAY, member=lena, on_date=TODAY + timedelta(days=3 - pk)) for pk in range(3)
    ]
    rows = fulfil(by=BY, lines=lines, now=NOW)
    assert [row.valid_from for row in rows] == [TODAY + timedelta(days=ahead) for ahead in (3, 2, 1)]
