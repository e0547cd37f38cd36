"""Tax adds up: lines, rates and total, in every kind of currency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.tax import Item, RateTotal, Taxed, rate_totals, tax_lines
from flexspace.core.money import step

RATES = [("VAT 19 %", 1900), ("VAT 7 %", 700), ("None", 0), ("GST 5 %", 500), ("Sales tax 8.875 %", 888)]
CURRENCIES = ["JPY", "EUR", "KWD", "ISK"]  # exponents 0, 2, 3 and whole units of a two-decimal currency


@st.composite
def invoices(draw):
    unit = step(draw(st.sampled_from(CURRENCIES)))
    amounts = draw(st.lists(st.integers(-2_000_000, 20_000_000), min_size=1, max_size=30))
    return unit, [Item(amount * unit, *draw(st.sampled_from(RATES))) for amount in amounts]


def exact_tax(items, points, included):
    amount = sum(item.amount for item in items if item.basis_points == points)
    return amount * points, (10_000 + points if included else 10_000)


@given(invoices(), st.booleans())
def test_tax_lines_keep_what_was_typed(invoice, included):
    unit, items = invoice
    for item, part in zip(items, tax_lines(items, included=included, step=unit), strict=True):
        assert (part.gross if included else part.net) == item.amount


@given(invoices(), st.booleans())
def test_tax_of_a_rate_is_rounded_once_and_its_lines_add_up(invoice, included):
    unit, items = invoice
    taxed = tax_lines(items, included=included, step=unit)
    for rate in rate_totals(items, taxed):
        exact, over = exact_tax(items, rate.basis_points, included)
        assert 2 * abs(rate.tax * over - exact) <= over * unit
    assert sum(rate.tax for rate in rate_totals(items, taxed)) == sum(part.tax for part in taxed)
    assert sum(rate.net for rate in rate_totals(items, taxed)) == sum(part.net for part in taxed)


@given(invoices(), st.booleans())
def test_tax_of_a_line_is_within_one_step_of_its_exact_share(invoice, included):
    unit, items = invoice
    for item, part in zip(items, tax_lines(items, included=included, step=unit), strict=True):
        exact, over = item.amount * item.basis_points, (10_000 + item.basis_points if included else 10_000)
        assert abs(part.tax * over - exact) < over * unit or part.tax * over == exact + over * unit
        assert part.tax % unit == 0


@given(invoices())
def test_tax_lines_without_tax_leave_net_and_gross_alike(invoice):
    unit, items = invoice
    untaxed = [Item(item.amount, "None", 0) for item in items]
    assert [part.tax for part in tax_lines(untaxed, included=True, step=unit)] == [0] * len(items)


@pytest.mark.parametrize(
    ("amount", "included", "expected"),
    [
        (18000, True, Taxed(15126, 2874)),
        (15126, False, Taxed(15126, 2874)),
        (1, True, Taxed(1, 0)),
        (0, False, Taxed(0, 0)),
        (-18000, True, Taxed(-15126, -2874)),
    ],
)
def test_tax_lines_of_one_line(amount, included, expected):
    assert tax_lines([Item(amount, "VAT", 1900)], included=included) == [expected]


def test_tax_lines_give_the_rounding_to_the_largest_remainder():
    items = [Item(33, "VAT", 1900), Item(33, "VAT", 1900), Item(34, "VAT", 1900)]
    assert tax_lines(items, included=False) == [Taxed(33, 6), Taxed(33, 6), Taxed(34, 7)]


def test_rate_totals_start_with_the_highest_rate():
    items = [Item(100, "Food", 700), Item(200, "VAT", 1900), Item(100, "Food", 700)]
    assert rate_totals(items, tax_lines(items, included=False)) == [
        RateTotal("VAT", 1900, 200, 38),
        RateTotal("Food", 700, 200, 14),
    ]
