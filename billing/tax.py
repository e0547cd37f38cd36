"""Tax of an invoice: net, tax and gross of every line, so that lines, rates and total always add up. Pure.

Tax is rounded once per rate, on the sum of its lines, as an invoice shows it; what rounding leaves is given to the
lines by largest remainder. Everything is minor units and stays a multiple of the currency's chargeable step.
"""

from collections.abc import Sequence
from dataclasses import dataclass

BASE = 10_000  # basis points of a whole


@dataclass(frozen=True, slots=True)
class Item:
    """What is taxed: ``amount`` is quantity times price in minor units, with or without tax in it."""

    amount: int
    tax_name: str
    basis_points: int


@dataclass(frozen=True, slots=True)
class Taxed:
    """``net + tax = gross``, in minor units."""

    net: int
    tax: int

    @property
    def gross(self) -> int:
        """Return net and tax together."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class RateTotal:
    """What all lines of one rate come to."""

    tax_name: str
    basis_points: int
    net: int
    tax: int


def tax_lines(items: Sequence[Item], *, included: bool, step: int = 1) -> list[Taxed]:
    """Return net and tax of every item, in the same order.

    ``included``: the items' amounts hold the tax; else it comes on top. ``step`` is the smallest chargeable step of
    the currency in minor units (``money.step``); amounts that are multiples of it give results that are, too.
    """
    result: dict[int, Taxed] = {}
    for rate in dict.fromkeys((item.tax_name, item.basis_points) for item in items):
        places = [index for index, item in enumerate(items) if (item.tax_name, item.basis_points) == rate]
        amounts = [items[index].amount for index in places]
        for index, amount, tax in zip(places, amounts, _taxes(amounts, rate[1], included, step), strict=True):
            result[index] = Taxed(net=amount - tax if included else amount, tax=tax)
    return [result[index] for index in range(len(items))]


def rate_totals(items: Sequence[Item], taxed: Sequence[Taxed]) -> list[RateTotal]:
    """Return one total a rate, highest rate first; together they are the invoice's net and tax."""
    sums: dict[tuple[str, int], list[int]] = {}
    for item, part in zip(items, taxed, strict=True):
        total = sums.setdefault((item.tax_name, item.basis_points), [0, 0])
        total[0] += part.net
        total[1] += part.tax
    rates = [RateTotal(name, points, net, tax) for (name, points), (net, tax) in sums.items()]
    return sorted(rates, key=lambda rate: (-rate.basis_points, rate.tax_name))


def _taxes(amounts: list[int], basis_points: int, included: bool, step: int) -> list[int]:
    """Return the tax in (or on) each amount; together the tax of their sum, rounded half up to ``step``."""
    over = (BASE + basis_points if included else BASE) * step
    shares = [divmod(amount * basis_points, over) for amount in amounts]
    total = (2 * sum(amounts) * basis_points + over) // (2 * over)
    missing = total - sum(whole for whole, _rest in shares)
    by_rest = sorted(range(len(amounts)), key=lambda index: (-shares[index][1], index))
    extra = set(by_rest[:missing])
    return [(whole + (index in extra)) * step for index, (whole, _rest) in enumerate(shares)]


def credit_shares(left: Sequence[RateTotal], amount: int, *, step: int = 1) -> list[RateTotal]:
    """Return how a credit of ``amount`` (minor units, tax in it) is taken off what is ``left`` of an invoice's rates.

    By the rates' shares, what rounding leaves by largest remainder, and never more of a rate than is left of it: the
    credits of a whole invoice add up to its net and tax, in whatever parts they come. Rates that get nothing are left
    out.
    """
    whole = sum(rate.net + rate.tax for rate in left)
    if not 0 < amount <= whole:
        raise ValueError(f"{amount} cannot be taken off {whole}.")
    found = []
    for rate, gross in zip(left, _parts([rate.net + rate.tax for rate in left], amount, whole, step), strict=True):
        full = rate.net + rate.tax
        if gross:
            tax = rate.tax if gross == full else _nearest(gross * rate.tax, full, step)
            found.append(RateTotal(rate.tax_name, rate.basis_points, gross - tax, tax))
    return found


def _parts(weights: list[int], amount: int, whole: int, step: int) -> list[int]:
    """Return ``amount`` in parts as the ``weights``, which add up to ``whole``; all are multiples of ``step``."""
    shares = [divmod(amount // step * (weight // step), whole // step) for weight in weights]
    missing = amount // step - sum(part for part, _rest in shares)
    by_rest = sorted(range(len(weights)), key=lambda index: (-shares[index][1], index))
    extra = set(by_rest[:missing])
    return [(part + (index in extra)) * step for index, (part, _rest) in enumerate(shares)]


def _nearest(above: int, below: int, step: int) -> int:
    """Return the fraction, rounded half up to ``step``."""
    return (2 * above + below * step) // (2 * below * step) * step
