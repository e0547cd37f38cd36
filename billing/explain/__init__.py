"""What people read about invoices and payments: the state in a word, and a sentence for each event."""

from collections.abc import Mapping
from datetime import date, datetime

from babel import Locale

from billing.enums import InvoiceStatus, PaymentMethod
from billing.models import Invoice, Payment
from flexspace.core.badges import Badge
from flexspace.core.models import AuditEvent, Location
from flexspace.core.money import Money
from flexspace.core.sentences import says

OPEN = Badge("Open", "open")
_PLAIN = {
    InvoiceStatus.DRAFT: Badge("Draft", "idle"),
    InvoiceStatus.PENDING: OPEN,
    InvoiceStatus.AWAITING: Badge("Being charged", "open"),
    InvoiceStatus.FAILED: Badge("Payment failed", "overdue"),
    InvoiceStatus.PARTLY_PAID: Badge("Partly paid", "open"),
    InvoiceStatus.PAID: Badge("Paid", "paid"),
    InvoiceStatus.OVERPAID: Badge("Overpaid", "warn"),
    InvoiceStatus.REFUNDED: Badge("Refunded", "void"),
    InvoiceStatus.PARTLY_REFUNDED: Badge("Partly refunded", "paid"),
    InvoiceStatus.REFUND_UNDECIDED: Badge("Refunded: decide", "warn"),
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


# What card networks want on a receipt: https://docs.stripe.com/terminal/features/receipts#custom
_CARD_WORDS = {
    "application_preferred_name": "Application",
    "dedicated_file_name": "AID",
    "account_type": "Account type",
    "authorization_code": "Authorization",
    "cardholder_verification_method": "Verified by",
    "read_method": "Read by",
    "authorization_response_code": "ARC",
    "application_cryptogram": "Cryptogram",
    "terminal_verification_results": "TVR",
    "transaction_status_information": "TSI",
}
_CARD_VALUES = {
    "approval": "approval on the device",
    "failure": "failed",
    "none": "nothing asked",
    "offline_pin": "PIN",
    "online_pin": "PIN",
    "offline_pin_and_signature": "PIN and signature",
    "contact_emv": "chip",
    "contactless_emv": "contactless chip",
    "contactless_magstripe_mode": "contactless stripe",
    "magnetic_stripe_fallback": "magnetic stripe",
    "magnetic_stripe_track2": "magnetic stripe",
}
_CITY_BEFORE_CODE = frozenset({"AU", "CA", "GB", "IE", "NZ", "SG", "US"})


def how_paid(payment: Payment) -> str:
    """Return how money came as a payer knows it: the card, or the method."""
    return payment.card or payment.method_label


def card_words(facts: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return what ``Payment.card_receipt`` holds as pairs of name and value, in the order of a receipt."""
    shown = ((label, str(facts.get(key) or "")) for key, label in _CARD_WORDS.items())
    return tuple((label, _CARD_VALUES.get(value, value.replace("_", " "))) for label, value in shown if value)


def address_of(location: Location) -> list[str]:
    """Return the location's address line by line, in its country's order."""
    code, city, state = location.postal_code, location.city, location.state
    if location.country in _CITY_BEFORE_CODE:
        town = f"{city}, {state} {code}" if state else f"{city} {code}"
    else:
        town = f"{code} {city}, {state}" if state else f"{code} {city}"
    country = Locale("en").territories.get(location.country, location.country)
    return [line.strip(" ,") for line in (location.line1, town, country) if line.strip(" ,")]


@says("billing.invoice.drafted", icon="file-plus")
def drafted(event: AuditEvent) -> str:
    """Tell that a draft was started."""
    return f"Draft for {_money(event.after, 'total')} started"


@says("billing.invoice.lines_changed", icon="pencil")
def lines_changed(event: AuditEvent) -> str:
    """Tell what the lines came to before and after."""
    return f"Lines changed: {_money(event.before, 'total')} became {_money(event.after, 'total')}"


@says("billing.invoice.issued", icon="receipt-text")
def issued(event: AuditEvent) -> str:
    """Tell number and total."""
    return f"Invoice {event.after.get('number', '')} for {_money(event.after, 'total')} issued"


@says("billing.invoice.voided", tone="bad", icon="ban")
def voided(event: AuditEvent) -> str:
    """Tell what is not owed any more."""
    return f"Voided: {_money(event.before, 'open')} is no longer owed"


@says("billing.signup.refused", tone="bad", icon="triangle-alert")
def signup_refused(event: AuditEvent) -> str:
    """Tell which membership was paid and did not begin."""
    return f"{event.after.get('plan', 'A membership')} was paid and did not begin"


@says("billing.payment.recorded", tone="ok", icon="check")
def payment_recorded(event: AuditEvent) -> str:
    """Tell how much came, how, for what, and what of it is left as the payer's balance."""
    try:
        how = PaymentMethod(event.after.get("method", "")).in_words
    except ValueError:
        how = "payment"
    parts = event.after.get("allocated", {})
    paid = f" for {', '.join(parts)}" if parts else ""
    rest = event.after.get("amount", 0) - sum(parts.values())
    kept = f", {Money(rest, event.after['currency'])} of it as balance" if parts and rest > 0 else ""
    return f"{_money(event.after, 'amount')} received{paid}: {how}{kept}"


def _money(facts: dict[str, object], key: str) -> str:
    amount, currency = facts.get(key), facts.get("currency")
    if not isinstance(amount, int) or not isinstance(currency, str):
        return "an unknown amount"
    return str(Money(amount, currency))
