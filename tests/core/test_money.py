"""Money: whole minor units, Stripe's exponents, nothing lost in a split."""

import ast
from pathlib import Path

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from flexspace.core import money
from flexspace.core.money import CurrencyMismatch, Money, MoneyError, exponent, step

CURRENCIES = ["EUR", "USD", "JPY", "KRW", "KWD", "BHD", "HUF", "TWD", "ISK", "UGX"]


@st.composite
def amounts(draw, minimum=-99_999_000):
    currency = draw(st.sampled_from(CURRENCIES))
    unit = step(currency)
    return Money(draw(st.integers(minimum // unit, 99_999_000 // unit)) * unit, currency)


@given(amounts())
def test_plain_text_is_read_back(value):
    assert Money.parse(value.plain(), value.currency) == value


@given(amounts(), amounts())
def test_sum_and_difference_undo_each_other(one, other):
    other = Money(other.amount, one.currency)
    assert one + other - other == one


@given(amounts(minimum=0), st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any))
def test_split_adds_up_and_is_fair(value, weights):
    parts = value.split(weights)
    assert Money.sum(parts, value.currency) == value
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.amount * sum(weights) - value.amount * weight) < sum(weights)


@pytest.mark.parametrize(
    ("currency", "decimals", "smallest"),
    [
        ("EUR", 2, 1),
        ("JPY", 0, 1),
        ("KWD", 3, 10),
        ("BHD", 3, 10),
        ("HUF", 2, 1),
        ("TWD", 2, 1),
        ("ISK", 2, 100),
        ("UGX", 2, 100),
    ],
)
def test_exponents_are_stripes(currency, decimals, smallest):
    assert exponent(currency) == decimals
    assert step(currency) == smallest


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("25", "EUR", 2500),
        ("25.5", "EUR", 2550),
        ("12,50", "EUR", 1250),
        ("1,250", "EUR", 125_000),
        ("1,250.50", "EUR", 125_050),
        ("1.250,50", "EUR", 125_050),
        ("1 250,50", "EUR", 125_050),
        ("1'250.50", "CHF", 125_050),
        ("-3.20", "EUR", -320),
        ("1,200", "JPY", 1200),
        ("5.120", "KWD", 5120),
        ("1500", "ISK", 150_000),
        ("1500", "HUF", 150_000),
        ("99.90", "HUF", 9990),
    ],
)
def test_parse_reads_what_people_type(text, currency, minor):
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"),
        ("x", "EUR"),
        ("1e5", "EUR"),
        ("NaN", "EUR"),
        ("--5", "EUR"),
        ("5-", "EUR"),
        ("1.2.3", "EUR"),
        ("12.345", "EUR"),
        ("1.500", "EUR"),  # fifteen hundred where people group with points, one and a half elsewhere
        ("1.000", "JPY"),
        ("0,500", "EUR"),
        ("1,250,00", "EUR"),
        ("1,2,3.50", "EUR"),
        ("10.5", "JPY"),
        ("5.124", "KWD"),
        ("10.50", "ISK"),
        ("1000000.00", "EUR"),
        ("٣", "EUR"),
        ("²", "EUR"),
        (".", "EUR"),
        ("-", "EUR"),
    ],
)
def test_parse_refuses_with_a_sentence(text, currency):
    with pytest.raises(MoneyError) as caught:
        Money.parse(text, currency)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("amount", [1.0, "1", True, None])
def test_amount_is_a_whole_number_only(amount):
    with pytest.raises(MoneyError):
        Money(amount, "EUR")


@pytest.mark.parametrize("currency", ["eur", "EU", "EURO", "E1R", ""])
def test_currency_is_a_code_only(currency):
    with pytest.raises(MoneyError):
        Money(1, currency)


def test_currencies_do_not_mix():
    with pytest.raises(CurrencyMismatch):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(CurrencyMismatch):
        _ = Money(1, "EUR") < Money(1, "JPY")
    with pytest.raises(CurrencyMismatch):
        Money.sum([Money(1, "USD")], "EUR")


def test_multiplying_by_a_fraction_is_refused():
    with pytest.raises(MoneyError):
        Money(100, "EUR") * 1.5  # type: ignore[operator]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [2, -1]])
def test_split_needs_positive_weights(weights):
    with pytest.raises(MoneyError):
        Money(100, "EUR").split(weights)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Money(2500, "EUR"), "€25.00"),
        (Money(-2500, "EUR"), "−€25.00"),
        (Money(1200, "JPY"), "¥1,200"),
        (Money(5120, "KWD"), "KWD\u00a05.120"),
        (Money(150_000, "ISK"), "ISK\u00a01,500"),
        (Money(150_000, "HUF"), "HUF\u00a01,500.00"),
        (Money(123_456_789, "USD"), "$1,234,567.89"),
    ],
)
def test_format_is_what_people_read(value, text):
    assert value.format() == text


def test_filter_refuses_a_bare_number():
    template = Template("{{ value|money }}")
    assert template.render(Context({"value": Money(100, "EUR")})) == "€1.00"
    assert template.render(Context({"value": None})) == ""
    with pytest.raises(TypeError, match="takes Money"):
        template.render(Context({"value": 100}))


def test_module_has_no_float_and_no_true_division():
    tree = ast.parse(Path(money.__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), node.lineno
        assert not (isinstance(node, ast.Name) and node.id == "float"), node.lineno
        assert not isinstance(node, ast.Div), "true division"
