"""How names, addresses and numbers become words to find."""

import pytest

from members.rules import email_terms, fold, phone_digits, phone_terms, sort_name, typed_terms, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Müller", "muller"),
        ("MÜLLER", "muller"),
        ("Straße", "strasse"),
        ("Øyvind", "oyvind"),
        ("Łukasz", "lukasz"),
        ("ＭＥＩ", "mei"),
        ("ﬁne", "fine"),
        ("İzmir", "izmir"),
        ("佐藤", "佐藤"),
    ],
)
def test_fold_strips_case_accents_and_width(text, folded):
    assert fold(text) == folded
    assert fold(folded) == folded


def test_words_are_split_at_everything_that_is_no_letter_or_digit():
    assert words("Anne-Marie O’Neill (Carter & Sons) 2") == ["anne", "marie", "o", "neill", "carter", "sons", "2"]


def test_sort_name_ignores_accents():
    assert sort_name("  Élodie   Zürn ") == "elodie zurn"


@pytest.mark.parametrize(
    ("typed", "digits"),
    [("+49 (0)176 / 555-01", "4917655501"), ("0049 176 55501", "4917655501"), ("0176 55501", "017655501"), ("abc", "")],
)
def test_phone_digits(typed, digits):
    assert phone_digits(typed) == digits


@pytest.mark.parametrize("typed", ["0176 555", "+49176555", "0049 176 555", "176555", "49176555014"])
def test_phone_is_found_as_people_type_it(typed):
    [wanted] = typed_terms(typed)
    assert any(term.startswith(wanted) for term in phone_terms("+49 176 5550 142"))


def test_phone_terms_know_the_length_of_the_countrys_code():
    assert phone_terms("+1 415 555 0100") == {"14155550100", "4155550100", "04155550100"}
    assert phone_terms("+353 1 555 0100") == {"35315550100", "15550100", "015550100"}
    assert phone_terms("030 5550142") == {"0305550142", "305550142"}


def test_phone_terms_of_a_short_number_are_none():
    assert phone_terms("12") == set()


def test_email_terms_hold_the_address_and_the_words_of_its_local_part():
    assert email_terms(" Lena.Fischer@Example.com") == {"lena.fischer@example.com", "lena", "fischer"}


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("", []),
        ("  !! ", []),
        ("Lena fis", ["lena", "fis"]),
        ("lena@exa", ["lena@exa"]),
        ("Müller 0176", ["muller", "0176"]),
        ("a b c d e f g h i j", ["a", "b", "c", "d", "e", "f", "g", "h"]),
    ],
)
def test_typed_terms(typed, terms):
    assert typed_terms(typed) == terms
