"""The whole bill of a payer for a month, ready to be written down."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing.dues.cautions import Caution, cautions
from billing.dues.changes import Change, compare
from billing.dues.facts import Month, Part, Payer
from billing.dues.lines import Dues, Line, Missing, dues, first_day
from billing.tax import Item, Taxed, tax_lines
from flexspace.core.money import MAX_AMOUNT
from members.calendars import due_date

MAX_LINES = 1000  # a company with that many people is billed by hand


class Refusal(StrEnum):
    """Why a bill cannot be made."""

    TOO_MANY_LINES = "too_many_lines"
    TOO_LARGE = "too_large"
    NO_PRICE = "no_price"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the location and the day say: ``included`` prices hold their tax, ``step`` is the currency's."""

    month: Month
    bills_from: date
    issued_on: date
    payment_days: int
    included: bool
    step: int


@dataclass(frozen=True, slots=True)
class Bill:
    """``lines`` with their tax, in order; ``refusal`` says why there are none although something is held."""

    lines: tuple[Line, ...] = ()
    taxed: tuple[Taxed, ...] = ()
    missing: tuple[Missing, ...] = ()
    changes: tuple[Change, ...] = ()
    cautions: tuple[Caution, ...] = ()
    last_total: int | None = None
    refusal: Refusal | None = None

    @property
    def net(self) -> int:
        """Return the total without tax."""
        return sum(part.net for part in self.taxed)

    @property
    def tax(self) -> int:
        """Return the tax in the total."""
        return sum(part.tax for part in self.taxed)

    @property
    def total(self) -> int:
        """Return what is to be paid."""
        return self.net + self.tax

    @property
    def matters(self) -> bool:
        """Return whether the payer has a place in the run: something to bill, to say, or less than last time."""
        return bool(self.lines or self.missing or self.refusal or self.last_total)


def make_bill(payer: Payer, rules: Rules) -> Bill:
    """Return what ``payer`` is billed by ``rules``, why it differs from the last bill, and what to look at."""
    since = first_day(rules.month, rules.bills_from)
    found = dues(payer, month=rules.month, since=since)
    items = [Item(line.quantity * line.unit, line.tax.name, line.tax.basis_points) for line in found.lines]
    taxed = tuple(tax_lines(items, included=rules.included, step=rules.step))
    total = sum(part.gross for part in taxed)
    last = payer.last.total if payer.last and payer.last.parts else None
    refusal = _refusal(found, total)
    if refusal:
        said = cautions(payer, found, charge_on=None)
        return Bill(missing=found.missing, cautions=said, last_total=last, refusal=refusal)
    parts = [
        Part(part.gross, line.membership_id, line.usage_id is not None, line.what, line.tax.basis_points, line.why)
        for line, part in zip(found.lines, taxed, strict=True)
    ]
    charge_on = _charge_on(found.lines, rules) if total else None
    unpriced = [each.membership_id for each in found.missing]
    return Bill(
        lines=found.lines,
        taxed=taxed,
        missing=found.missing,
        changes=compare(payer, parts, month=rules.month, unpriced=unpriced),
        cautions=cautions(payer, found, charge_on=charge_on),
        last_total=last,
    )


def first_billed(lines: Iterable[tuple[date | None, date | None]]) -> date | None:
    """Return the first day that counts for when a bill is due, of lines that say (start of the period, day).

    What was used before must not make a bill due before the period that it bills in advance, so days count only where
    no line has a period. None when no line says anything.
    """
    said = list(lines)
    starts = [start for start, _day in said if start]
    return min(starts or [day for _start, day in said if day], default=None)


def _charge_on(lines: Sequence[Line], rules: Rules) -> date:
    first = first_billed((line.period.start if line.period else None, line.on_date) for line in lines)
    return due_date(first or rules.issued_on, issued_on=rules.issued_on, payment_days=rules.payment_days)


def _refusal(found: Dues, total: int) -> Refusal | None:
    if found.missing and not found.lines:
        return Refusal.NO_PRICE
    if len(found.lines) > MAX_LINES:
        return Refusal.TOO_MANY_LINES
    return Refusal.TOO_LARGE if total > MAX_AMOUNT else None
