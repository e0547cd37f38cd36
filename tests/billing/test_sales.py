"""Sales at the counter: opened, changed, parked, issued, dropped; nothing is lost and no seat is sold twice."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billing.enums import InvoiceState
from billing.models import Invoice, Sale
from billing.services import sales
from billing.tasks import drop_left_sales
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from members.enums import DayPart, ProductKind
from members.models import CheckIn, DayPass, SeatHold
from members.queries.passes import seats_on
from members.services import capacity
from members.services.capacity import HOLD, HouseFull
from members.tasks import release_expired_seats
from tests.factories.billing import make_issued_invoice, make_payment, make_tax_rate
from tests.factories.members import make_company, make_member
from tests.factories.passes import make_product

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 8, 2, tzinfo=UTC)
TODAY, TOMORROW = date(2026, 11, 26), date(2026, 11, 27)
FULL, MORNING, AFTERNOON = DayPart.FULL, DayPart.MORNING, DayPart.AFTERNOON


@pytest.fixture(autouse=True)
def _now(morning):
    """Let it be two past nine in Berlin."""


@pytest.fixture
def lena(hafen):
    return make_member(hafen)


@pytest.fixture
def by(ben):
    return Actor.of(ben)


def start(by, payer, *, now=NOW, **more):
    return sales.open_sale(by=by, location=payer.location, payer=payer, now=now, **more)


def add(by, sale, product=None, *, day=TODAY, part=FULL, now=NOW, **more):
    product = product or make_product(sale.invoice.location)
    return sales.add(by=by, sale=sale, product=product, day=day, part=part, now=now, **more)


def taken(place, day=TODAY, now=NOW):
    return seats_on(place, day, now=now).taken(FULL)


def again(sale):
    return Sale.objects.select_related("invoice__location").get(pk=sale.pk)


def test_a_sale_is_a_draft_with_the_price_of_the_day_and_the_tax_of_the_product(hafen, lena, by):
    product = make_product(hafen, tax_rate=make_tax_rate(hafen))
    sale = start(by, lena)
    line = add(by, sale, product)
    assert (again(sale).invoice.total_amount, again(sale).invoice.tax_amount) == (2500, 399)
    assert (line.description, line.for_member, line.on_date, line.part) == ("Day pass, Thu 26 Nov", None, TODAY, "full")
    assert (again(sale).invoice.state, again(sale).opened_by, taken(hafen)) == ("draft", by_user(by), 1)


def by_user(by):
    from flexspace.core.models import User  # noqa: PLC0415

    return User.objects.get(pk=by.user_id)


def test_a_pass_for_somebody_else_says_for_whom(lena, by):
    amara = make_member(lena.location, name="Amara Osei")
    line = add(by, start(by, lena), for_member=amara)
    assert (line.description, line.for_member) == ("Day pass for Amara Osei, Thu 26 Nov", amara)


@pytest.mark.parametrize(
    ("facts", "more", "code"),
    [
        ({}, {"day": date(2026, 11, 25)}, "day_over"),
        ({"is_active": False}, {}, "product_withdrawn"),
    ],
)
def test_what_cannot_be_sold_leaves_the_sale_as_it_was(hafen, lena, by, facts, more, code):
    product = make_product(hafen)
    for name, value in facts.items():
        setattr(product, name, value)
    sale = start(by, lena)
    with pytest.raises(DomainError) as refused:
        add(by, sale, product, **more)
    assert (refused.value.code, again(sale).invoice.lines.count()) == (code, 0)


def test_a_product_without_a_price_is_not_sold(hafen, lena, by):
    product = make_product(hafen)
    product.prices.update(from_date=TOMORROW)
    with pytest.raises(DomainError) as refused:
        add(by, start(by, lena), product)
    assert refused.value.code == "no_price"


def test_a_pass_moves_to_another_day_with_its_seat(hafen, lena, by):
    sale = start(by, lena)
    line = add(by, sale)
    sales.move(by=by, sale=sale, line_id=line.pk, day=TOMORROW, part=FULL, now=NOW)
    line.refresh_from_db()
    assert (line.description, line.on_date) == ("Day pass, Fri 27 Nov", TOMORROW)
    assert (taken(hafen), taken(hafen, TOMORROW)) == (0, 1)


def test_a_full_day_leaves_the_pass_on_its_own_day(hafen, lena, by):
    sale = start(by, lena)
    line = add(by, sale)
    capacity.set_capacity(by=by, location=hafen, on=TOMORROW, capacity=0)
    with pytest.raises(HouseFull):
        sales.move(by=by, sale=sale, line_id=line.pk, day=TOMORROW, part=FULL, now=NOW)
    line.refresh_from_db()
    assert (line.on_date, taken(hafen)) == (TODAY, 1)


def test_a_half_day_moves_to_the_afternoon_but_never_to_the_whole_day(hafen, lena, by):
    half = make_product(hafen, name="Half day", kind=ProductKind.HALF_DAY)
    sale = start(by, lena)
    line = add(by, sale, half, part=MORNING)
    sales.move(by=by, sale=sale, line_id=line.pk, day=TODAY, part=AFTERNOON, now=NOW)
    line.refresh_from_db()
    assert (line.description, line.part) == ("Half day, Thu 26 Nov, afternoon", "afternoon")
    with pytest.raises(DomainError) as refused:
        sales.move(by=by, sale=sale, line_id=line.pk, day=TODAY, part=FULL, now=NOW)
    assert refused.value.code == "part"


def test_a_line_that_is_gone_cannot_move_and_is_removed_quietly(hafen, lena, by):
    sale = start(by, lena)
    line = add(by, sale)
    for _ in range(2):
        sales.remove(by=by, sale=sale, line_id=line.pk, now=NOW)
    assert (again(sale).invoice.total_amount, taken(hafen)) == (0, 0)
    with pytest.raises(Conflict):
        sales.move(by=by, sale=sale, line_id=line.pk, day=TODAY, part=FULL, now=NOW)


def test_only_invoices_of_the_payer_here_are_paid_with_it(hafen, kiyosumi, lena, by):
    mine, other = make_issued_invoice(hafen, member=lena), make_issued_invoice(hafen)
    elsewhere = make_issued_invoice(kiyosumi, member=lena)
    sale = start(by, lena, also=[mine, other, elsewhere])
    assert list(sale.also.all()) == [mine]
    sales.choose(sale=sale, also=[], check_in=False, now=NOW)
    assert (list(sale.also.all()), again(sale).check_in) == ([], False)


def test_touching_keeps_the_seat_for_another_hour(hafen, lena, by):
    sale = start(by, lena)
    add(by, sale)
    later = NOW + timedelta(minutes=50)
    sales.park(sale=sale, now=later)
    assert (again(sale).parked_at, SeatHold.objects.get().held_until) == (later, later + HOLD)


def test_a_parked_seat_is_let_go_after_an_hour_and_the_sale_stays(hafen, lena, by, morning):
    sale = start(by, lena)
    add(by, sale)
    sales.park(sale=sale, now=NOW)
    morning.shift(HOLD)
    release_expired_seats()
    assert (SeatHold.objects.get().state, again(sale).invoice.state) == ("released", "draft")


def test_a_seat_that_was_let_go_is_taken_again_when_the_money_way_is_chosen(hafen, lena, by):
    sale, later = start(by, lena), NOW + HOLD
    add(by, sale)
    capacity.release_expired(now=later)
    sales.resume(sale=sale, now=later)
    sales.issue(by=by, sale=sale, now=later)
    assert (taken(hafen, now=later), again(sale).invoice.state) == (1, "issued")


def test_a_seat_that_somebody_else_got_meanwhile_is_not_charged(hafen, lena, by):
    hafen.day_pass_capacity = 1
    hafen.save()
    sale, later = start(by, lena), NOW + HOLD
    add(by, sale)
    other = start(by, make_member(hafen), now=later)
    add(by, other, now=later)
    with pytest.raises(HouseFull):
        sales.issue(by=by, sale=sale, now=later)
    assert again(sale).invoice.state == "draft"


def test_an_empty_sale_is_not_issued(lena, by):
    with pytest.raises(DomainError) as refused:
        sales.issue(by=by, sale=start(by, lena), now=NOW)
    assert refused.value.code == "no_lines"


def test_issuing_again_returns_the_same_invoice(lena, by):
    sale = start(by, lena)
    add(by, sale)
    assert len({sales.issue(by=by, sale=sale, now=NOW).pk for _ in range(2)}) == 1


def test_paying_checks_the_buyer_in_for_who_sold_it(hafen, lena, by):
    sale = start(by, lena)
    add(by, sale)
    make_payment(sales.issue(by=by, sale=sale, now=NOW), received_at=NOW)
    made = CheckIn.objects.get()
    assert (made.member, made.actor_label, DayPass.objects.get().member) == (lena, "Ben", lena)


def test_a_sale_without_the_wish_checks_nobody_in(lena, by):
    sale = start(by, lena)
    add(by, sale)
    sales.choose(sale=sale, also=[], check_in=False, now=NOW)
    make_payment(sales.issue(by=by, sale=sale, now=NOW), received_at=NOW)
    assert (CheckIn.objects.count(), DayPass.objects.count()) == (0, 1)


def test_a_companys_sale_checks_in_whom_it_is_for(hafen, by):
    company = make_company(hafen)
    amara = make_member(hafen, name="Amara Osei", company=company)
    sale = start(by, company)
    add(by, sale, for_member=amara)
    make_payment(sales.issue(by=by, sale=sale, now=NOW), received_at=NOW)
    assert CheckIn.objects.get().member == amara


def test_an_issued_sale_that_nobody_paid_is_opened_again_by_a_change(hafen, lena, by):
    hafen.day_pass_capacity = 1
    hafen.save()
    sale = start(by, lena)
    line = add(by, sale)
    old = sales.issue(by=by, sale=sale, now=NOW)
    service = make_product(hafen, name="Printing", kind=ProductKind.SERVICE, price=300)
    add(by, sale, service, day=None)
    old.refresh_from_db()
    fresh = again(sale).invoice
    assert (old.state, old.void_reason) == ("void", "Changed at the counter before it was paid")
    assert (fresh.state, fresh.total_amount, taken(hafen)) == ("draft", 2800, 1)
    assert [row.description for row in fresh.lines.all()] == [line.description, "Printing"]
    issued = sales.issue(by=by, sale=sale, now=NOW)
    sales.remove(by=by, sale=sale, line_id=issued.lines.last().pk, now=NOW)
    assert [row.description for row in again(sale).invoice.lines.all()] == [line.description]


def test_a_sale_that_was_paid_does_not_change(lena, by):
    sale = start(by, lena)
    line = add(by, sale)
    make_payment(sales.issue(by=by, sale=sale, now=NOW))
    for change in (
        lambda: add(by, sale),
        lambda: sales.remove(by=by, sale=sale, line_id=line.pk, now=NOW),
        lambda: sales.drop(by=by, sale=sale, reason="Oops", now=NOW),
    ):
        with pytest.raises(Conflict):
            change()
    assert (DayPass.objects.count(), again(sale).invoice.paid_amount) == (1, 2500)


@pytest.mark.parametrize("issued", [False, True])
def test_a_dropped_sale_frees_its_seat_and_takes_nothing_more(hafen, lena, by, issued):
    sale = start(by, lena)
    add(by, sale)
    if issued:
        sales.issue(by=by, sale=sale, now=NOW)
    sales.drop(by=by, sale=sale, reason="Left without paying", now=NOW)
    assert (again(sale).invoice.state, taken(hafen)) == (InvoiceState.VOID, 0)
    with pytest.raises(Conflict) as refused:
        add(by, again(sale))
    assert refused.value.code == "sale_dropped"


def test_drafts_that_were_left_are_dropped_and_others_are_not(lena, by, morning):
    left, fresh, issued = start(by, lena), start(by, lena), start(by, lena)
    for sale in (left, fresh, issued):
        add(by, sale)
    sales.issue(by=by, sale=issued, now=NOW)
    sales.touch(sale=fresh, now=NOW + timedelta(hours=1))
    morning.shift(sales.LEFT_FOR)
    drop_left_sales()
    states = {sale.pk: again(sale).invoice.state for sale in (left, fresh, issued)}
    assert states == {left.pk: "void", fresh.pk: "draft", issued.pk: "issued"}
    assert Invoice.objects.get(sale=left).void_reason == "Left at the counter"
