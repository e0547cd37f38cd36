"""What a billing run knows of a payer. Days are calendar days of the location, amounts minor units of its currency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from billing.enums import CollectionReason
from members.calendars import Period
from members.terms import Terms


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month: from ``start``, its first day, to before ``end``."""

    start: date

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the month ``day`` is in."""
        return cls(day.replace(day=1))

    @property
    def end(self) -> date:
        """Return the first day of the month after it."""
        return self.plus(1).start

    def plus(self, months: int) -> "Month":
        """Return the month so many months later, or earlier when negative."""
        year, month = divmod(self.start.year * 12 + self.start.month - 1 + months, 12)
        return Month(date(year, month + 1, 1))


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax from the day ``from_date`` on (None: always) until the next one."""

    name: str
    basis_points: int
    from_date: date | None = None


NO_TAX = Tax("", 0)


def tax_on(taxes: Sequence[Tax], day: date) -> Tax:
    """Return the tax of ``taxes`` (in the order they follow each other) that is in force on ``day``."""
    found = NO_TAX
    for tax in taxes:
        if tax.from_date is None or tax.from_date <= day:
            found = tax
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """A membership: what was agreed on, and the days that are billed already."""

    membership_id: int
    plan: str
    terms: Terms
    interval_months: int = 1
    taxes: tuple[Tax, ...] = ()
    billed: tuple[Period, ...] = ()
    previous_id: int | None = None
    person: str = ""  # the person it is for, when a company pays
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """Something that was put on the next bill."""

    usage_id: int
    product: str
    quantity: int
    unit: int
    on_date: date
    product_id: int | None = None
    taxes: tuple[Tax, ...] = ()
    note: str = ""
    person: str = ""
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """The saved card that dues are charged to; ``expires`` is its last month, None when it has none.

    ``refused_on`` is the day since which it may be charged for nothing any more, None when it may; ``refused`` is why.
    """

    label: str
    expires: Month | None = None
    consent_holds: bool = True
    refused_on: date | None = None
    refused: CollectionReason = CollectionReason.NONE


@dataclass(frozen=True, slots=True)
class Part:
    """A line as a comparison sees it: ``amount`` is with tax, ``why`` its reasons as stored."""

    amount: int
    membership_id: int | None = None
    is_usage: bool = False
    what: str = ""
    tax_basis_points: int = 0
    why: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class LastBill:
    """What the run before billed; empty for somebody who was not in it."""

    parts: tuple[Part, ...] = ()

    @property
    def total(self) -> int:
        """Return what it came to."""
        return sum(part.amount for part in self.parts)


@dataclass(frozen=True, slots=True)
class Payer:
    """A member or company with what it holds, used and was billed last; ``last`` is None when no run came before.

    ``stopped`` is why staff stopped collecting its last bill from a card, "" when they did not.
    """

    name: str
    email: str = ""
    is_company: bool = False
    address: str = ""
    tax_id: str = ""
    held: tuple[Held, ...] = ()
    used: tuple[Used, ...] = ()
    card: Card | None = None
    stopped: str = ""
    last: LastBill | None = None
