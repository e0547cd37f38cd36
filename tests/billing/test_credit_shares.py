"""A credit takes tax off by the invoice's rates: in whatever parts it comes, all of them together are the invoice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.tax import Item, RateTotal, credit_shares, rate_totals, tax_lines

ITEMS = st.lists(
    st.builds(Item, st.integers(1, 50_000), st.just("VAT"), st.sampled_from([0, 700, 1900, 2500])),
    min_size=1, max_size=5,
)  # fmt: skip


def test_half_of_two_rates():
    left = [RateTotal("VAT", 1900, 10_000, 1900), RateTotal("VAT", 700, 10_000, 700)]
    assert credit_shares(left, 11_300) == [RateTotal("VAT", 1900, 5000, 950), RateTotal("VAT", 700, 5000, 350)]


def test_a_cent_goes_to_one_rate_and_the_other_is_left_out():
    left = [RateTotal("VAT", 1900, 84, 16), RateTotal("VAT", 700, 93, 7)]
    assert credit_shares(left, 1) == [RateTotal("VAT", 1900, 1, 0)]


def test_steps_of_a_whole_currency_are_kept():
    left = [RateTotal("VSK", 2400, 10_000, 2400), RateTotal("VSK", 1100, 10_000, 1100)]
    shares = credit_shares(left, 100, step=100)
    assert [(share.net % 100, share.tax % 100) for share in shares] == [(0, 0)]


@pytest.mark.parametrize("amount", [0, -1, 101])
def test_nothing_and_more_than_there_is_are_refused(amount):
    with pytest.raises(ValueError, match="cannot be taken off"):
        credit_shares([RateTotal("", 0, 100, 0)], amount)


@given(items=ITEMS, cuts=st.lists(st.integers(1, 9), min_size=1, max_size=6), included=st.booleans())
def test_credits_in_any_parts_add_up_to_the_invoice(items, cuts, included):
    rates = rate_totals(items, tax_lines(items, included=included))
    left, total = list(rates), sum(rate.net + rate.tax for rate in rates)
    while total:
        amount = max(1, total // (cuts.pop() + 1)) if cuts else total
        shares = credit_shares(left, amount)
        assert sum(share.net + share.tax for share in shares) == amount
        taken = {share.basis_points: share for share in shares}
        left = [
            RateTotal(one.tax_name, one.basis_points, one.net - share.net, one.tax - share.tax)
            if (share := taken.get(one.basis_points)) else one
            for one in left
        ]  # fmt: skip
        assert all(one.net >= 0 and one.tax >= 0 for one in left)
        total -= amount
    assert {(one.net, one.tax) for one in left} == {(0, 0)}
