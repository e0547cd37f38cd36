"""No card number gets into a free text."""

import pytest

from flexspace.core.cards import holds_card_number, refuse_card_number
from flexspace.core.errors import DomainError


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424242",
        "4242 4242 4242 4242",
        "his card: 4242-4242-4242-4242.",
        "amex 378282246310005",
        "3782 822463 10005",
        "room 12 4242 4242 4242 4242 exp 12/28",
        "４２４２４２４２４２４２４２４２",
        "4242\u00a04242\u00a04242\u00a04242",
        "4222222222222",
        "6304000000000000000",
    ],
)
def test_card_number_in_text_is_found(text):
    assert holds_card_number(text)
    with pytest.raises(DomainError, match="Card numbers may not be stored"):
        refuse_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4242",
        "+49 176 5550 1420",
        "4242424242424241",
        "DE89 3704 0044 0532 0130 00",
        "0000000000000000",
        "2026-11-23",
    ],
)
def test_text_without_card_number_passes(text):
    assert refuse_card_number(text) == text


def test_international_phone_number_is_no_card_number():
    assert holds_card_number("+49 151 2345 6704") is False
    assert holds_card_number("4915123456704") is True
