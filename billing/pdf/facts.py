"""Everything that is printed on an invoice or a receipt, already decided. Pure."""

from dataclasses import dataclass
from datetime import date, datetime

from flexspace.core.money import Money

PRACTICE = "these are made-up data, and nobody owes anything."


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer: name, address line by line, tax id or ""."""

    name: str
    address: tuple[str, ...] = ()
    tax_id: str = ""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One thing sold. ``unit`` is the price of one as it was typed; ``detail`` says for whom and when, or ""."""

    text: str
    quantity: int
    unit: Money
    tax_name: str
    net: Money
    gross: Money
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RateRow:
    """What all lines of one tax rate come to; ``name`` is "" without tax."""

    name: str
    net: Money
    tax: Money

    @property
    def gross(self) -> Money:
        """Return net and tax together."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class PaidRow:
    """A part that was paid, and how; what went back or was credited is less than nothing."""

    on: date
    how: str
    amount: Money


@dataclass(frozen=True, slots=True)
class InvoicePaper:
    """An invoice. ``number`` is "" for a draft; ``void_reason`` is None unless it is void.

    ``supply`` is the first and last day of what was supplied, or None when it is the issue date. ``written_at`` is an
    aware time that belongs to the invoice, so that printing it again gives the same bytes.
    """

    number: str
    seller: Party
    buyer: Party
    lines: tuple[PaperLine, ...]
    rates: tuple[RateRow, ...]
    net: Money
    tax: Money
    total: Money
    open: Money
    tax_included: bool
    written_at: datetime
    issue_date: date | None = None
    due_date: date | None = None
    supply: tuple[date, date] | None = None
    paid: tuple[PaidRow, ...] = ()
    refunded: bool = False  # what is not open was not all paid
    note: str = ""
    terms: str = ""
    footer: tuple[str, ...] = ()
    void_reason: str | None = None
    practice: bool = False  # made-up data: nobody owes it
    letter_size: bool = False

    @property
    def is_draft(self) -> bool:
        """Return whether nobody owes this yet."""
        return not self.number and self.void_reason is None

    @property
    def title(self) -> str:
        """Return what stands above it and in the file's properties."""
        return f"Invoice {self.number}" if self.number else "Draft"


@dataclass(frozen=True, slots=True)
class CoveredRow:
    """An invoice that a payment paid, wholly or in part. ``open`` is what is left of it."""

    number: str
    issue_date: date | None
    total: Money
    part: Money
    open: Money


@dataclass(frozen=True, slots=True)
class CreditNotePaper:
    """What is taken off an invoice. ``issued_at`` is aware and in the location's zone."""

    number: str
    seller: Party
    buyer: Party
    amount: Money
    rates: tuple[RateRow, ...]
    reason: str
    invoice: str
    invoice_date: date | None
    issued_at: datetime
    footer: tuple[str, ...] = ()
    practice: bool = False
    letter_size: bool = False

    @property
    def title(self) -> str:
        """Return what stands above it and in the file's properties."""
        return f"Credit note {self.number}"


@dataclass(frozen=True, slots=True)
class ConsentNote:
    """What a payer agreed to with the payment, in the words that were shown."""

    wording: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """A payment. Times are aware and in the location's zone; ``card`` are the facts the networks want on a receipt.

    ``on_account`` is what it paid beyond the invoices ``covered``, if any; ``went_back`` what was refunded of it, below
    zero. ``practice`` marks a payment of Stripe's test mode, in which no money moved.
    """

    reference: str
    seller: Party
    payer: str
    amount: Money
    how: str
    received_at: datetime
    covered: tuple[CoveredRow, ...] = ()
    on_account: Money | None = None
    went_back: tuple[PaidRow, ...] = ()
    card: tuple[tuple[str, str], ...] = ()
    consent: ConsentNote | None = None
    footer: tuple[str, ...] = ()
    practice: bool = False
    letter_size: bool = False

    @property
    def title(self) -> str:
        """Return what stands above it and in the file's properties."""
        return f"Receipt for {self.amount}"
