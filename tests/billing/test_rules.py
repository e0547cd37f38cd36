"""Which lines of an invoice are paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules import credit, paid_in_full
from billing.tax import Item, tax_lines

grosses = st.lists(st.integers(-5_000, 50_000), max_size=8)


@pytest.mark.parametrize(
    ("lines", "paid", "full"),
    [
        ([2500, 1000], 0, [False, False]),
        ([2500, 1000], 2499, [False, False]),
        ([2500, 1000], 2500, [True, False]),
        ([2500, 1000], 3499, [True, False]),
        ([2500, 1000], 3500, [True, True]),
        ([2500, 0, 1000], 0, [False, True, False]),
        ([2500, -2500], 0, [True, True]),
        ([18900, -2500], 16399, [False, True]),
        ([1500, 10_000, -1500], 0, [False, False, True]),
        ([1500, 10_000, -1500], 1500, [True, False, True]),
        ([1500, 10_000, -1500], 10_000, [True, True, True]),
        ([18900, -2500], 16400, [True, True]),
        ([], 0, []),
    ],
)
def test_money_goes_to_the_lines_in_order(lines, paid, full):
    assert paid_in_full(lines, paid) == full


@given(lines=grosses, paid=st.integers(0, 500_000))
def test_a_total_that_is_paid_pays_every_line_and_less_does_not(lines, paid):
    total = sum(lines)
    if total < 0:
        return
    assert all(paid_in_full(lines, paid)) == (paid >= total or not any(gross > 0 for gross in lines))


@given(lines=grosses, paid=st.integers(0, 500_000), more=st.integers(0, 10_000))
def test_more_money_never_takes_a_line_back(lines, paid, more):
    before, after = paid_in_full(lines, paid), paid_in_full(lines, paid + more)
    assert all(now for was, now in zip(before, after, strict=True) if was)
    positive = [full for full, gross in zip(before, lines, strict=True) if gross > 0]
    assert positive == sorted(positive, reverse=True)  # the first ones first


RATES = [("", 0), ("VAT", 700), ("VAT", 1900), ("Tax", 1000)]


@st.composite
def an_item(draw, step):
    return Item(draw(st.integers(0, 400)) * step * draw(st.sampled_from([1, 97])), *draw(st.sampled_from(RATES)))


@given(data=st.data(), step=st.sampled_from([1, 10, 100]), included=st.booleans())
def test_a_pass_takes_off_what_it_cost_and_never_more_than_the_first_days(data, step, included):
    paid, first = data.draw(an_item(step)), data.draw(an_item(step))
    off = credit(paid, first, included=included, step=step)
    [cost], [price] = (tax_lines([item], included=included, step=step) for item in (paid, first))
    less = Item(-off, paid.tax_name, paid.basis_points)
    together = sum(part.gross for part in tax_lines([first, less], included=included, step=step))
    assert (off % step, 0 <= off <= paid.amount) == (0, True)
    assert 0 <= together <= price.gross
    if cost.gross + step <= price.gross:  # a step: tax is rounded once for both
        assert off == paid.amount
    else:
        assert together <= 2 * step


@pytest.mark.parametrize(
    ("paid", "first", "included", "off"),
    [
        (2500, 7973, True, 2500),
        (2500, 997, True, 997),
        (2500, 0, True, 0),
        (2101, 6700, False, 2101),
        (2101, 838, False, 838),
    ],
)
def test_what_a_pass_takes_off(paid, first, included, off):
    tax = ("VAT", 1900)
    assert credit(Item(paid, *tax), Item(first, *tax), included=included, step=1) == off
