"""Why a bill differs from the last one: each reason by itself, and always to the cent."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.dues.changes import by_group, compare
from billing.dues.facts import LastBill, Month, Part
from billing.dues.lines import dues
from members.calendars import Cycle, Period
from members.proration import Discount, Pause, Price
from tests.factories.dues import LONG_AGO, day, held, payer, used

NOVEMBER, DECEMBER = Month(date(2026, 11, 1)), Month(date(2026, 12, 1))


def parts_of(one, month, *, tax=1900):
    """Return the bill of ``month`` as a comparison sees it; prices hold their tax."""
    return tuple(
        Part(line.quantity * line.unit, line.membership_id, line.usage_id is not None, line.what, tax, line.why)
        for line in dues(one, month=month, since=LONG_AGO).lines
    )


def after(one, month):
    """Return the payer once the bill of ``month`` is written."""
    bill = dues(one, month=month, since=LONG_AGO).lines
    done = {line.membership_id: [] for line in bill}
    for line in bill:
        done[line.membership_id].append(line.period)
    kept = tuple(replace(each, billed=(*each.billed, *done.get(each.membership_id, ()))) for each in one.held)
    return replace(one, held=kept, used=(), last=LastBill(parts_of(one, month)))


def reasons(one, month=DECEMBER, *, tax=1900, unpriced=()):
    changes = compare(one, parts_of(one, month, tax=tax), month=month, unpriced=unpriced)
    return [(change.code.value, change.amount) for change in changes]


def then(one, **agreed):
    """Return the payer with the first membership agreed on anew."""
    first, *others = one.held
    return replace(one, held=(replace(first, terms=replace(first.terms, **agreed)), *others))


def since_november(*memberships):
    return payer(*(memberships or [held(starts_on="2026-11-01")]))


def test_same_bill_has_no_reason():
    assert reasons(after(since_november(), NOVEMBER)) == []


def test_nothing_is_compared_when_no_run_came_before():
    assert reasons(since_november()) == []


def test_somebody_new_joined():
    one = replace(payer(held(starts_on="2026-11-20")), last=LastBill())
    assert reasons(one) == [("joined", 41000)]
    [change] = compare(one, parts_of(one, DECEMBER), month=DECEMBER)
    assert change.stored() == {"code": "joined", "amount": 41000, "plan": "Hot desk", "on": "2026-11-20"}


def test_part_of_the_month_of_joining_makes_the_next_bill_less():
    november = after(replace(payer(held(starts_on="2026-11-20")), last=LastBill()), DECEMBER)
    assert reasons(november, DECEMBER.plus(1)) == [("days", -11000)]


def test_end_leaves():
    gone = then(after(since_november(), NOVEMBER), ends_on=day("2026-11-30"))
    assert reasons(gone) == [("left", -30000)]
    nowhere = replace(after(since_november(), NOVEMBER), held=())
    assert reasons(nowhere) == [("left", -30000)]


def test_end_in_the_month_bills_the_rest():
    assert reasons(then(after(since_november(), NOVEMBER), ends_on=day("2026-12-10"))) == [("ends", -20323)]


def test_price_from_a_date():
    dearer = (Price(LONG_AGO, 30000), Price(day("2026-12-01"), 33000))
    changes = compare(
        one := then(after(since_november(), NOVEMBER), prices=dearer), parts_of(one, DECEMBER), month=DECEMBER
    )
    assert [change.stored() for change in changes] == [
        {"code": "price", "amount": 3000, "plan": "Hot desk", "was": 30000, "price": 33000}
    ]


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ((), (Discount(day("2026-12-01"), None, 1000),), [("discount_began", -3000)]),
        ((Discount(LONG_AGO, day("2026-12-01"), 1000),), (), [("discount_ended", 3000)]),
        ((Discount(LONG_AGO, None, 1000),), (Discount(LONG_AGO, None, 2000),), [("discount_changed", -3000)]),
        ((), (Discount(LONG_AGO, None, amount=500),), [("discount_began", -500)]),
    ],
)
def test_discounts(before, now, expected):
    one = after(since_november(held(starts_on="2026-11-01", discounts=before)), NOVEMBER)
    assert reasons(then(one, discounts=now)) == expected


def test_pause_and_what_comes_after_it():
    paused = then(after(since_november(), NOVEMBER), pauses=(Pause(day("2026-12-11"), day("2027-01-01")),))
    assert reasons(paused) == [("paused", -20323)]
    assert reasons(after(paused, DECEMBER), DECEMBER.plus(1)) == [("resumed", 20323)]
    all_of_it = then(after(since_november(), NOVEMBER), pauses=(Pause(day("2026-12-01")),))
    assert reasons(all_of_it) == [("paused", -30000)]


def test_price_and_discount_at_once_are_told_apart():
    one = then(
        after(since_november(), NOVEMBER),
        prices=(Price(LONG_AGO, 40000),),
        discounts=(Discount(LONG_AGO, None, 1000),),
    )
    assert reasons(one) == [("price", 10000), ("discount_began", -4000)]


def test_other_plan():
    one = after(since_november(), NOVEMBER)
    ended = then(one, ends_on=day("2026-11-30"))
    new = held(2, "Fixed desk", starts_on="2026-12-01", price=45000, previous=1)
    changes = compare(moved := replace(ended, held=(*ended.held, new)), parts_of(moved, DECEMBER), month=DECEMBER)
    assert [(change.code.value, change.amount, change.facts["was"]) for change in changes] == [
        ("plan_changed", 15000, "Hot desk")
    ]


def test_quarter_is_due_and_then_not():
    one = payer(held(starts_on="2026-01-01", cycle=Cycle.calendar(3), interval=3,
                     billed=[Period(day("2026-01-01"), day("2026-10-01"))]))  # fmt: skip
    october = Month(day("2026-10-01"))
    due = replace(one, last=LastBill())
    assert reasons(due, october) == [("due", 30000)]
    assert reasons(after(due, october), NOVEMBER) == [("not_due", -30000)]


def test_bill_that_was_paid_at_the_desk_is_missing_here():
    one = after(since_november(), NOVEMBER)
    paid = replace(one.held[0], billed=(*one.held[0].billed, Period(day("2026-12-01"), day("2027-01-01"))))
    assert reasons(replace(one, held=(paid,))) == [("already", -30000)]


def test_membership_that_was_left_out_is_back():
    one = held(starts_on="2026-01-01", billed=[Period(day("2026-01-01"), day("2026-11-01"))])
    assert reasons(replace(payer(one), last=LastBill())) == [("back", 60000)]


def test_missing_price_is_the_reason():
    one = after(since_november(), NOVEMBER)
    assert reasons(then(one, prices=()), unpriced=[1]) == [("no_price", -30000)]


def test_usage_more_and_less():
    one = after(replace(since_november(), used=(used(1, unit=500),)), NOVEMBER)
    assert reasons(replace(one, used=(used(2, unit=800),))) == [("usage", 300)]
    assert reasons(one) == [("usage", -500)]


def test_tax_on_top_changes_the_bill():
    one = after(since_november(), NOVEMBER)
    dearer = tuple(replace(part, amount=part.amount + 300, tax_basis_points=2000) for part in parts_of(one, DECEMBER))
    assert [(c.code.value, c.amount) for c in compare(one, dearer, month=DECEMBER)] == [("tax", 300)]


def test_line_by_hand_on_the_last_bill_is_other():
    one = after(since_november(), NOVEMBER)
    by_hand = replace(one, last=LastBill((*one.last.parts, Part(700, what="Key deposit"))))
    assert reasons(by_hand) == [("other", -700)]


def test_groups_of_the_picture_add_up():
    stored = [{"code": "joined", "amount": 5}, {"code": "tax", "amount": 1}, {"code": "price", "amount": 2},
              {"code": "paused", "amount": -4}, {"code": "usage", "amount": 0}]  # fmt: skip
    assert by_group(stored) == {"joined": 5, "price": 3, "other": -4}


MONTHLY = st.integers(1, 4).map(lambda number: day(f"2026-{number + 8:02}-05") + timedelta(days=number * 9))
WHENS = st.sampled_from([day(f"2026-{month:02}-{number:02}") for month in (10, 11, 12) for number in (1, 11, 28)])


@st.composite
def memberships(draw, pk):
    begins = draw(MONTHLY)
    return held(
        pk,
        f"Plan {pk}",
        starts_on=begins.isoformat(),
        ends_on=draw(st.none() | WHENS.map(date.isoformat)),
        interval=(interval := draw(st.sampled_from([1, 1, 3]))),
        cycle=Cycle.anniversary(interval, begins) if draw(st.booleans()) else Cycle.calendar(interval),
        prices=[Price(LONG_AGO, draw(st.integers(0, 999))), Price(draw(WHENS), draw(st.integers(0, 999)))],
        pauses=[Pause(draw(WHENS), None)] if draw(st.booleans()) else (),
        discounts=[Discount(draw(WHENS), None, draw(st.integers(1, 10000)))] if draw(st.booleans()) else (),
        previous=draw(st.sampled_from([None, *range(1, pk)])),
    )


@given(st.tuples(memberships(1), memberships(2), memberships(3)), st.integers(0, 900))
def test_reasons_add_up_to_the_difference(several, spent):
    one = replace(payer(*several, used=(used(1, on="2026-10-09", unit=spent),)), last=LastBill())
    for month in (Month(day("2026-10-01")), NOVEMBER, DECEMBER):
        parts = parts_of(one, month)
        changes = compare(one, parts, month=month)
        assert sum(change.amount for change in changes) == sum(part.amount for part in parts) - one.last.total
        assert "other" not in {change.code.value for change in changes}
        one = after(one, month)
