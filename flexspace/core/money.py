"""Money: integers in the currency's smallest unit, always with the currency. Pure.

The smallest unit is Stripe's, so nothing is converted at the edge. Stripe's table, not the one of the
Unicode data, decides how many decimals an amount has, because they differ for ISK and UGX.
Source: https://docs.stripe.com/currencies (zero-decimal, three-decimal and special cases).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Self

from babel.core import UnknownLocaleError
from babel.numbers import format_currency

ZERO_DECIMAL = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THREE_DECIMAL = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
# Sent with two decimals although people use none: the last two digits must be 00.
WHOLE_UNITS_ONLY = frozenset({"ISK", "UGX"})
# HUF and TWD are charged with two decimals; only payouts must be whole. No list of ours needs them.
# The smallest charge; read 2026-11. https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
MINIMUM_AMOUNTS = {
    "USD": 50, "AUD": 50, "CAD": 50, "EUR": 50, "NZD": 50, "SGD": 50, "CHF": 50, "GBP": 30, "DKK": 250,
    "NOK": 300, "SEK": 300, "PLN": 200, "CZK": 1500, "JPY": 50, "MYR": 200,
}  # fmt: skip
MAX_AMOUNT = 99_999_999  # Stripe takes at most eight digits


class MoneyError(ValueError):
    """An amount that cannot be: the message says what is wrong with it."""


class CurrencyMismatch(MoneyError):
    """Two currencies met in one sum."""


def exponent(currency: str) -> int:
    """Return how many decimals the smallest unit of ``currency`` stands for (0, 2 or 3)."""
    code = currency.upper()
    if code in ZERO_DECIMAL:
        return 0
    return 3 if code in THREE_DECIMAL else 2


def step(currency: str) -> int:
    """Return the smallest chargeable step in minor units (1; 100 for ISK and UGX; 10 for three decimals)."""
    code = currency.upper()
    if code in WHOLE_UNITS_ONLY:
        return 100
    return 10 if code in THREE_DECIMAL else 1


def minimum_amount(currency: str) -> int:
    """Return the smallest charge in minor units of ``currency``; 1 where Stripe names none."""
    return MINIMUM_AMOUNTS.get(currency, 1)


def usual_limit(currency: str) -> int:
    """Return what a new location lets managers give back of a payment, in minor units: a thousand smallest charges.

    500.00 in euro, ¥50,000 in yen, 3,000.00 in Swedish kronor; 500 whole units where Stripe names no smallest charge,
    50,000 of a currency without decimals.
    """
    if currency in MINIMUM_AMOUNTS:
        return 1000 * MINIMUM_AMOUNTS[currency]
    return 50_000 if exponent(currency) == 0 else 500 * 10 ** exponent(currency)


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` in minor units of ``currency`` (an upper-case ISO 4217 code). May be negative."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise MoneyError(f"An amount is a whole number of minor units, not {self.amount!r}.")
        if len(self.currency) != 3 or not self.currency.isalpha() or not self.currency.isupper():
            raise MoneyError(f"{self.currency!r} is not a currency code.")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other).amount, self.currency)

    def __mul__(self, times: int) -> "Money":
        if type(times) is not int:
            raise MoneyError("Multiply money by whole numbers; use split() for shares.")
        return Money(self.amount * times, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other).amount

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other).amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def __str__(self) -> str:
        return self.format()

    def _same(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            raise MoneyError(f"Money and {type(other).__name__} do not mix.")
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not add up.")
        return other

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing, in ``currency``."""
        return cls(0, currency)

    @classmethod
    def sum(cls, items: "Iterable[Money]", currency: str) -> "Money":
        """Add up ``items``, all in ``currency``; raises CurrencyMismatch otherwise."""
        total = cls(0, currency)
        for item in items:
            total = total + item
        return total

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Read what a person typed ("25", "25.00", "1,250.5", "12,50") as an amount of ``currency``.

        Raises MoneyError with a sentence when it is no number or has more decimals than the currency.
        """
        digits = _plain_decimal(text)
        try:
            value = Decimal(digits)
        except InvalidOperation:
            raise MoneyError(f"“{text.strip()}” is not an amount. Write it like {_example(currency)}.") from None
        minor = value.scaleb(exponent(currency))
        # Also "1.500" in euro: fifteen hundred to some, one and a half to others, so it is asked again.
        if len(digits.partition(".")[2]) > exponent(currency):
            raise MoneyError(f"Too many decimals for {currency}. Write it like {_example(currency)}.")
        if abs(minor) > MAX_AMOUNT:
            raise MoneyError("That amount is larger than a card payment can be.")
        amount = int(minor)
        if amount % step(currency):
            raise MoneyError(f"Amounts in {currency} are taken in steps of {cls(step(currency), currency)}.")
        return cls(amount, currency)

    def or_part(self, text: str) -> "Money":
        """Return the part of this amount that a link proposes; all of it where it proposes none, or what cannot be."""
        try:
            part = type(self).parse(text, self.currency)
        except MoneyError:
            return self
        return part if 0 < part.amount <= self.amount else self

    def decimal(self) -> Decimal:
        """Return the amount in whole units, exactly."""
        return Decimal(self.amount).scaleb(-exponent(self.currency))

    def plain(self) -> str:
        """Return the amount for a form field: "25.00", "1200", no symbol, no grouping."""
        return f"{self.decimal():.{exponent(self.currency)}f}"

    def format(self, locale: str = "en") -> str:
        """Return the amount as people read it, e.g. "€25.00" or "¥1,200"."""
        digits = 0 if self.currency in WHOLE_UNITS_ONLY else exponent(self.currency)
        pattern = "¤#,##0" + ("." + "0" * digits if digits else "")
        try:
            text = format_currency(self.decimal(), self.currency, pattern, locale=locale, currency_digits=False)
        except (UnknownLocaleError, ValueError):
            return f"{self.currency}\u00a0{self.plain()}"
        text = text.replace("-", "\u2212", 1)  # one minus on every page, mail and paper
        return text.replace(self.currency, f"{self.currency}\u00a0")  # a code needs a space, a symbol does not

    def split(self, weights: Sequence[int]) -> "list[Money]":
        """Divide by ``weights`` (whole, not all zero, none negative); the parts always add up to the whole.

        What rounding leaves goes to the largest remainders, the earlier part first.
        """
        total = sum(weights)
        if total <= 0 or any(weight < 0 for weight in weights):
            raise MoneyError("Shares need positive weights.")
        parts = [self.amount * weight // total for weight in weights]
        rest = [self.amount * weight % total for weight in weights]
        by_rest = sorted(range(len(weights)), key=lambda index: (-rest[index], index))
        for index in by_rest[: self.amount - sum(parts)]:
            parts[index] += 1
        return [Money(part, self.currency) for part in parts]


def _plain_decimal(text: str) -> str:
    """Turn "1,250.5", "1.250,50" and "12,50" into digits with a point: the last separator is the decimal one.

    A single comma or point followed by exactly three digits, with nothing else, stays a decimal separator only
    for a point; "1,250" means one thousand two hundred and fifty.
    """
    cleaned = text.strip().replace(" ", "").replace("\u00a0", "").replace("\u202f", "").replace("'", "")
    if not cleaned.isascii() or not cleaned.lstrip("-").replace(",", "").replace(".", "").isdigit():
        return "x"
    if "," in cleaned and "." in cleaned:
        decimal = max(cleaned.rindex(","), cleaned.rindex("."))
        return f"{_ungrouped(cleaned[:decimal])}.{cleaned[decimal + 1 :]}"
    if cleaned.count(",") > 1:
        return _ungrouped(cleaned)
    if "," in cleaned:
        head, tail = cleaned.split(",")
        return head + tail if len(tail) == 3 and head.strip("-0") else f"{head}.{tail}"
    return cleaned


def _ungrouped(text: str) -> str:
    """Return "1,250,000" without its separators; what is not grouped by thousands is no number."""
    first, *groups = text.replace(".", ",").split(",")
    return first + "".join(groups) if all(len(group) == 3 for group in groups) else "x"


def _example(currency: str) -> str:
    return {0: "2500", 2: "25.00", 3: "25.000"}[exponent(currency)]
