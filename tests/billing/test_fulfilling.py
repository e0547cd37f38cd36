"""A line that is paid gives what it promises: once, whatever way the money came."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.enums import PaymentMethod
from billing.models import BilledPeriod, InvoiceLine
from billing.services.invoicing import NewLine, add_line, create_draft, issue, remove_line, replace_lines, void
from billing.services.payments import record_by_hand, record_payment
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money
from members.enums import DayPart, ProductKind
from members.models import DayPass, SeatHold, UsageCharge
from members.queries.passes import seats_on
from members.services.capacity import HouseFull
from members.services.day_passes import balance
from tests.factories.billing import make_draft, make_payment
from tests.factories.members import make_member
from tests.factories.passes import hold_plan, make_product

pytestmark = pytest.mark.django_db
BY = Actor.job("test")
NOW = datetime(2026, 11, 26, 8, 2, tzinfo=UTC)
TODAY = date(2026, 11, 26)


@pytest.fixture(autouse=True)
def _now(morning):
    """Let it be two past nine in Berlin."""


@pytest.fixture
def lena(hafen):
    return make_member(hafen)


def day_pass(place, **facts):
    product = make_product(place)
    return NewLine("Day pass", Money(2500, "EUR"), product=product, **facts)


def plain(amount=1000):
    return NewLine("Printing", Money(amount, "EUR"))


def issued(place, *lines, **draft):
    return issue(by=BY, invoice=make_draft(place, lines=list(lines), **draft), now=NOW)


def taken(place, day=TODAY):
    return seats_on(place, day, now=NOW).taken(DayPart.FULL)


@pytest.mark.parametrize("method", list(PaymentMethod))
def test_every_way_to_pay_credits_the_pass(hafen, lena, method):
    invoice = issued(hafen, day_pass(hafen), member=lena)
    make_payment(invoice, method=method, received_at=NOW)
    row = DayPass.objects.get()
    assert (row.member, row.valid_from, balance(row), row.source_line) == (lena, TODAY, 1, invoice.lines.get().pk)
    assert invoice.lines.get().fulfilled_at == NOW


def test_cash_at_the_desk_credits_the_pass(hafen, lena):
    invoice = issued(hafen, day_pass(hafen), member=lena)
    record_by_hand(
        by=BY, invoices=[invoice], amount=invoice.open, method=PaymentMethod.CASH, reason="Paid at the desk",
        received_at=NOW, now=NOW,
    )  # fmt: skip
    assert balance(DayPass.objects.get()) == 1


def test_a_payment_that_is_booked_again_gives_nothing_more(hafen, lena):
    invoice = issued(hafen, day_pass(hafen), member=lena)
    for _ in range(2):
        make_payment(invoice, reference="pi_1")
    make_payment(invoice, 2500, reference="pi_2")  # paid twice: a surplus, not a second pass
    assert (DayPass.objects.count(), balance(DayPass.objects.get())) == (1, 1)


def test_a_part_pays_the_first_lines(hafen, lena):
    invoice = issued(hafen, plain(), day_pass(hafen), plain(500), member=lena)
    make_payment(invoice, 1000)
    done = [bool(row.fulfilled_at) for row in invoice.lines.all()]
    assert (done, DayPass.objects.count()) == ([True, False, False], 0)
    make_payment(invoice, 2600)
    done = [bool(row.fulfilled_at) for row in invoice.lines.all()]
    assert (done, DayPass.objects.count()) == ([True, True, False], 1)


def test_one_payment_fulfils_several_invoices(hafen, lena):
    invoices = [issued(hafen, day_pass(hafen), member=lena) for _ in range(2)]
    record_payment(
        by=BY, location=hafen, member=lena, company=None, method=PaymentMethod.CARD_READER,
        amount=Money(5000, "EUR"), reference="pi_1", allocations=[(invoice.pk, 2500) for invoice in invoices],
        received_at=NOW,
    )  # fmt: skip
    assert DayPass.objects.count() == 2


def test_a_line_that_costs_nothing_is_given_when_issued(hafen, lena):
    free = NewLine("Trial day", Money(0, "EUR"), product=make_product(hafen))
    invoice = issued(hafen, free, plain(), member=lena)
    assert (balance(DayPass.objects.get()), [bool(row.fulfilled_at) for row in invoice.lines.all()]) == (
        1,
        [True, False],
    )


def test_an_invoice_over_nothing_gives_everything_when_issued(hafen, lena):
    credit = NewLine("Credit", Money(-2500, "EUR"))
    issued(hafen, day_pass(hafen), credit, member=lena)
    assert DayPass.objects.count() == 1


def test_money_for_a_void_invoice_gives_nothing(hafen, lena):
    invoice = issued(hafen, day_pass(hafen, on_date=TODAY), member=lena)
    void(by=BY, invoice=invoice, reason="Mistake", now=NOW)
    make_payment(invoice, 2500)
    assert (DayPass.objects.count(), taken(hafen)) == (0, 0)


def test_a_draft_holds_the_seats_of_its_lines(hafen, lena):
    draft = make_draft(hafen, lines=[day_pass(hafen, on_date=TODAY)], member=lena)
    assert (taken(hafen), SeatHold.objects.get().source_line) == (1, draft.lines.get().pk)
    assert SeatHold.objects.get().held_until == NOW + timedelta(minutes=60)


def test_a_full_house_leaves_the_draft_as_it_was(hafen, lena):
    hafen.day_pass_capacity = 1
    hafen.save()
    make_draft(hafen, lines=[day_pass(hafen, on_date=TODAY)])
    draft = make_draft(hafen, lines=[plain()], member=lena)
    with pytest.raises(HouseFull):
        add_line(by=BY, invoice=draft, line=day_pass(hafen, on_date=TODAY))
    assert (draft.lines.count(), taken(hafen)) == (1, 1)


def test_lines_keep_their_ids_and_seats_while_others_come_and_go(hafen, lena):
    draft = make_draft(hafen, lines=[plain(), day_pass(hafen, on_date=TODAY), plain(300)], member=lena)
    ids = {row.description: row.pk for row in draft.lines.all()}
    remove_line(by=BY, invoice=draft, position=1)
    add_line(by=BY, invoice=draft, line=plain(700))
    rows = list(draft.lines.all())
    assert [(row.position, row.gross_amount) for row in rows] == [(1, 2500), (2, 300), (3, 700)]
    assert (rows[0].pk, taken(hafen)) == (ids["Day pass"], 1)


def test_a_line_that_goes_takes_its_seat_with_it(hafen, lena):
    draft = make_draft(hafen, lines=[day_pass(hafen, on_date=TODAY), plain()], member=lena)
    remove_line(by=BY, invoice=draft, position=1)
    assert (taken(hafen), draft.lines.count()) == (0, 1)
    replace_lines(by=BY, invoice=draft, lines=[day_pass(hafen, on_date=TODAY)])
    assert taken(hafen) == 1
    replace_lines(by=BY, invoice=draft, lines=[])
    assert taken(hafen) == 0


@pytest.mark.parametrize("state", ["draft", "issued"])
def test_void_frees_seats_periods_and_usage(hafen, lena, state):
    plan = hold_plan(lena)
    period = NewLine(
        "November", Money(9900, "EUR"), membership=plan, period_start=date(2026, 11, 1), period_end=date(2026, 12, 1)
    )
    invoice = make_draft(hafen, lines=[day_pass(hafen, on_date=TODAY), period], member=lena)
    usage = UsageCharge.objects.create(
        location=hafen, member=lena, product=make_product(hafen), unit_amount=100, on_date=TODAY,
        billed_line=invoice.lines.first().pk,
    )  # fmt: skip
    if state == "issued":
        invoice = issue(by=BY, invoice=invoice, now=NOW)
    void(by=BY, invoice=invoice, reason="Mistake", now=NOW)
    usage.refresh_from_db()
    assert (taken(hafen), BilledPeriod.objects.get().released_at, usage.billed_line) == (0, NOW, None)
    make_draft(hafen, lines=[period], member=lena)
    assert BilledPeriod.objects.filter(released_at=None).count() == 1


def test_void_takes_back_what_was_given_for_nothing(hafen, lena):
    free = NewLine("Trial day", Money(0, "EUR"), product=make_product(hafen), on_date=TODAY)
    invoice = issued(hafen, free, plain(), member=lena)
    assert taken(hafen) == 1
    void(by=BY, invoice=invoice, reason="Mistake", now=NOW)
    row = DayPass.objects.get()
    assert (bool(row.revoked_at), balance(row), taken(hafen)) == (True, 0, 0)


def test_the_same_days_are_not_billed_twice(hafen, lena):
    plan = hold_plan(lena)
    period = NewLine(
        "November", Money(9900, "EUR"), membership=plan, period_start=date(2026, 11, 1), period_end=date(2026, 12, 1)
    )
    draft = make_draft(hafen, lines=[period], member=lena)
    with pytest.raises(Conflict) as refused:
        make_draft(hafen, lines=[period], member=lena)
    assert refused.value.code == "period_billed"
    remove_line(by=BY, invoice=draft, position=1)
    make_draft(hafen, lines=[period], member=lena)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"on_date": TODAY, "quantity": 2}, "day_quantity"),
        ({"period_start": TODAY}, "period"),
        ({"period_start": TODAY, "period_end": TODAY + timedelta(days=1)}, "period"),
    ],
)
def test_a_line_that_cannot_be_is_refused(hafen, lena, facts, code):
    with pytest.raises(DomainError) as refused:
        make_draft(hafen, lines=[day_pass(hafen, **facts)], member=lena)
    assert (refused.value.code, InvoiceLine.objects.count()) == (code, 0)


def test_only_a_pass_is_for_a_day(hafen, lena):
    service = make_product(hafen, name="Printing", kind=ProductKind.SERVICE)
    line = NewLine("Printing", Money(100, "EUR"), product=service, on_date=TODAY)
    with pytest.raises(DomainError) as refused:
        make_draft(hafen, lines=[line], member=lena)
    assert refused.value.code == "day_without_pass"


def test_another_locations_product_is_refused(hafen, kiyosumi, lena):
    line = NewLine("Day pass", Money(2500, "EUR"), product=make_product(kiyosumi))
    with pytest.raises(DomainError) as refused:
        create_draft(by=BY, location=hafen, member=lena, lines=[line])
    assert refused.value.code == "other_location"


def test_issue_copies_the_seller_and_when_is_supplied(hafen, lena):
    hafen.legal_name, hafen.tax_id, hafen.line1, hafen.postal_code = "Hafen GmbH", "DE1", "Kai 4", "10963"
    hafen.save()
    period = NewLine(
        "December", Money(9900, "EUR"), membership=hold_plan(lena), period_start=date(2026, 12, 1),
        period_end=date(2027, 1, 1),
    )  # fmt: skip
    invoice = issued(hafen, day_pass(hafen, on_date=date(2026, 11, 28)), period, member=lena)
    assert (invoice.seller_name, invoice.seller_tax_id) == ("Hafen GmbH", "DE1")
    assert (invoice.supply_from, invoice.supply_until) == (date(2026, 11, 28), date(2026, 12, 31))
    hafen.legal_name = ""
    hafen.save()
    simple = issued(hafen, plain(), member=lena)
    assert (simple.seller_name, simple.supply_from, simple.supply_until) == ("Hafenplatz", None, None)


def test_paying_takes_constant_queries_whatever_is_on_the_invoice(hafen, lena):
    counts = []
    for lines in (1, 3):
        invoice = issued(hafen, *[plain() for _ in range(lines)], member=lena)
        with CaptureQueriesContext(connection) as queries:
            make_payment(invoice)
        counts.append(len(queries))
    assert counts[0] == counts[1]
