"""What people read about invoices and payments: the state in a word, and a sentence for each event."""

from dataclasses import dataclass
from datetime import date, datetime

from billing.enums import InvoiceStatus, PaymentMethod
from billing.models import Invoice
from flexspace.core.models import AuditEvent
from flexspace.core.money import Money
from flexspace.core.sentences import says


@dataclass(frozen=True, slots=True)
class Badge:
    """A word and the tone it is shown in (the end of a ``badge--…`` class)."""

    label: str
    tone: str


OPEN = Badge("Open", "open")
_PLAIN = {
    InvoiceStatus.DRAFT: Badge("Draft", "idle"),
    InvoiceStatus.PENDING: OPEN,
    InvoiceStatus.PARTLY_PAID: Badge("Partly paid", "open"),
    InvoiceStatus.PAID: Badge("Paid", "paid"),
    InvoiceStatus.OVERPAID: Badge("Overpaid", "warn"),
    InvoiceStatus.VOID: Badge("Void", "void"),
}


def badge(invoice: Invoice, now: datetime) -> Badge:
    """Return the invoice's state in a word, on the location's day at ``now``."""
    today = invoice.location.today(now)
    status = invoice.status(today)
    if status is InvoiceStatus.OVERDUE and invoice.due_date:
        return debt_badge(invoice.due_date, today)
    if status is InvoiceStatus.VOID and invoice.paid_amount:
        return Badge("Void, but paid", "warn")
    if status is InvoiceStatus.PENDING and invoice.due_date:
        return debt_badge(invoice.due_date, today)
    return _PLAIN[status]


def debt_badge(due: date, today: date) -> Badge:
    """Return how late something open is that is due on the day ``due``."""
    days = (today - due).days
    if days <= 0:
        return OPEN if days else Badge("Due today", "due")
    return Badge("1 day late" if days == 1 else f"{days} days late", "overdue")


@says("billing.invoice.drafted", icon="file-plus")
def drafted(event: AuditEvent) -> str:
    """Tell that a draft was started."""
    return f"Draft over {_money(event.after, 'total')} started"


@says("billing.invoice.lines_changed", icon="pencil")
def lines_changed(event: AuditEvent) -> str:
    """Tell what the lines came to before and after."""
    return f"Lines changed: {_money(event.before, 'total')} became {_money(event.after, 'total')}"


@says("billing.invoice.issued", icon="receipt-text")
def issued(event: AuditEvent) -> str:
    """Tell number and total."""
    return f"Invoice {event.after.get('number', '')} over {_money(event.after, 'total')} issued"


@says("billing.invoice.voided", tone="bad", icon="ban")
def voided(event: AuditEvent) -> str:
    """Tell what is not owed any more."""
    return f"Voided: {_money(event.before, 'open')} is no longer owed"


@says("billing.payment.recorded", tone="ok", icon="check")
def payment_recorded(event: AuditEvent) -> str:
    """Tell how much came, how, and for what."""
    try:
        how = PaymentMethod(event.after.get("method", "")).label
    except ValueError:
        how = "Payment"
    numbers = ", ".join(event.after.get("allocated", {}))
    return f"{_money(event.after, 'amount')} received for {numbers}: {how.lower()}"


def _money(facts: dict[str, object], key: str) -> str:
    amount, currency = facts.get(key), facts.get("currency")
    if not isinstance(amount, int) or not isinstance(currency, str):
        return "an unknown amount"
    return str(Money(amount, currency))
