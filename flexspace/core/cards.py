"""Names a card by what may be shown of it, and keeps card numbers out of free texts. Pure."""

import re

from flexspace.core.errors import DomainError

SENTENCE = "Card numbers may not be stored. Remove it; the last four digits are fine."
# Digits of any script with at most one space, dash, point or slash between two of them; what stands before them.
_RUN = re.compile(r"([A-Za-z]{2}|\+)?(\d(?:[\s.\-‐-―/]?\d){12,})")
_GROUP = re.compile(r"\d+")
# First digits and lengths of the card schemes, for numbers that stand beside other digits.
_SCHEME = re.compile(
    r"4(\d{12}|\d{15}|\d{18})|(5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3[0689]\d{12,17}|35\d{14,17}|6\d{15,18}", re.ASCII
)


def card_name(brand: str, last4: str) -> str:
    """Return a card as every page, paper and mail names it: "Visa •••• 4242". ``brand`` is Stripe's word."""
    return f"{brand.replace('_', ' ').title() or 'Card'} •••• {last4}"


def refuse_card_number(text: str) -> str:
    """Return ``text``; raise DomainError (code ``card_number``) when it holds what could be a card number."""
    if holds_card_number(text):
        raise DomainError(SENTENCE, code="card_number")
    return text


def holds_card_number(text: str) -> bool:
    """Return whether ``text`` holds a run of 13 to 19 digits, however separated, that passes the Luhn check.

    Inside a longer run, whole groups of digits that make a number of a card scheme count too ("room 12, 4242 4242
    4242 4242"), but not inside an IBAN, whose groups look like that by chance.
    """
    for match in _RUN.finditer(text):
        groups = [_ascii(group) for group in _GROUP.findall(match[2])]
        whole = "".join(groups)
        if match[1] == "+" and len(whole) <= 15:
            continue  # an international phone number; one in ten passes the check by chance
        if 13 <= len(whole) <= 19 and _luhn(whole):
            return True
        if not match[1] and any(_SCHEME.fullmatch(part) and _luhn(part) for part in _parts(groups)):
            return True
    return False


def _parts(groups: list[str]) -> list[str]:
    return ["".join(groups[start:end]) for start in range(len(groups)) for end in range(start + 1, len(groups) + 1)]


def _ascii(digits: str) -> str:
    return "".join(str(int(char)) for char in digits)


def _luhn(digits: str) -> bool:
    doubled = [int(d) if i % 2 == 0 else sum(divmod(int(d) * 2, 10)) for i, d in enumerate(reversed(digits))]
    return any(doubled) and sum(doubled) % 10 == 0
