"""How people are found: the words that stand for a name, an address, a number. Pure."""

import re
import unicodedata

MAX_TERM = 254
MAX_WORDS = 8  # of what somebody types; more would only cost queries
MIN_PHONE = 4  # digits: fewer are a house number, not a phone number
_WORD = re.compile(r"[^\W_]+")
_COUNTED = re.compile(r"\d+|[^\W\d_]+")
_SINGLE = (20, 27, 36, 39, 40, 41, 81, 82, 84, 86, 98)
_TWO_DIGIT_CODES = frozenset(
    map(str, (*_SINGLE, *range(30, 35), *range(43, 50), *range(51, 59), *range(60, 67), *range(90, 96)))
)
_PHONE = re.compile(r"\+?[\d\s().\-‐-―/]+")


def fold(text: str) -> str:
    """Return ``text`` without case, accents and width: "Øyvind Müller" and "ＭＵＬＬＥＲ" become plain letters."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    # Letters that carry their stroke inside have no accent to strip.
    return unicodedata.normalize("NFC", plain.translate(_STROKES)).casefold()


_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"})


def words(text: str) -> list[str]:
    """Return the folded words of a name, each once, in order: letters and digits of any script."""
    return list(dict.fromkeys(word[:MAX_TERM] for word in _WORD.findall(fold(text))))


def sort_name(name: str) -> str:
    """Return what a list sorts by: the folded words with one space between them."""
    return " ".join(_WORD.findall(fold(name)))[:160]


def counted_name(name: str) -> str:
    """Return what a list of numbered things sorts by, so that Desk 10 comes after Desk 9."""
    return " ".join(word.zfill(6) if word.isdecimal() else word for word in _COUNTED.findall(fold(name)))[:160]


def clean_email(text: str) -> str:
    """Return an address as it is stored and compared: lower case, no blanks around it."""
    return text.strip().lower()


def phone_digits(text: str) -> str:
    """Return the digits of a phone number; "+49 (0)176…" and "0049 176…" both give 49176…, "0176…" stays 0176…."""
    cleaned = unicodedata.normalize("NFKC", text).strip().replace("(0)", "")
    digits = "".join(str(int(char)) for char in cleaned if char.isdecimal())
    return digits[2:] if digits.startswith("00") else digits


def phone_terms(text: str) -> set[str]:
    """Return the terms of a stored phone number: all digits, and the number as people dial it at home.

    So 0176…, 176… and 49176… all find +49 176….
    """
    digits = phone_digits(text)
    if len(digits) < MIN_PHONE:
        return set()
    if not unicodedata.normalize("NFKC", text).strip().startswith(("+", "00")):
        return {digits, digits.removeprefix("0")}
    national = digits[_code_length(digits) :]
    return {digits, national, f"0{national}"} if len(national) >= MIN_PHONE else {digits}


def email_terms(text: str) -> set[str]:
    """Return the terms of an address: the whole, which begins with what stands before the @, and the words of that."""
    address = clean_email(text)
    return {term for term in (address, *words(address.partition("@")[0])) if term}


def search_terms(name: str, email: str, phone: str) -> list[str]:
    """Return the terms by which a person or company is found."""
    return sorted({*words(name), *email_terms(email), *phone_terms(phone)})


def typed_terms(text: str) -> list[str]:
    """Return the prefixes that must all be found for what somebody typed in a search box.

    What looks like a phone number is one prefix whatever blanks it has; an address stays whole; else every word counts.
    """
    typed = text.strip()
    if _PHONE.fullmatch(typed) and len(phone_digits(typed)) >= MIN_PHONE:
        return [phone_digits(typed)]
    found: list[str] = []
    for part in typed.split():
        found += [clean_email(part)] if "@" in part.strip("@") else words(part)
    return list(dict.fromkeys(found))[:MAX_WORDS]


def _code_length(digits: str) -> int:
    """Return how many digits the country's code has (ITU-T E.164: one for zones 1 and 7, two for these, else three)."""
    if digits[0] in "17":
        return 1
    return 2 if digits[:2] in _TWO_DIGIT_CODES else 3
