"""Invoices and payments for tests, made the way the product makes them."""

from datetime import UTC, datetime
from itertools import count

from billing.enums import PaymentMethod
from billing.models import Invoice, Payment
from billing.services.invoicing import NewLine, create_draft, issue
from billing.services.payments import record_payment
from flexspace.core.actors import Actor
from flexspace.core.money import Money
from members.models import TaxRate
from tests.factories.members import make_member

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_number = count(1)


def make_tax_rate(location, *, name="VAT 19 %", basis_points=1900) -> TaxRate:
    """Return the rate, made once."""
    rate, _made = TaxRate.objects.get_or_create(
        country=location.country, name=name, defaults={"basis_points": basis_points}
    )
    return rate


def make_draft(location, *, member=None, company=None, total=14500, lines=None, description="Hot desk") -> Invoice:
    """Return a draft for a new member unless a payer is given."""
    if member is None and company is None:
        member = make_member(location)
    made = lines if lines is not None else [NewLine(description, Money(total, location.currency))]
    return create_draft(by=Actor.job("test"), location=location, member=member, company=company, lines=made)


def make_issued_invoice(location, total=14500, *, member=None, company=None, now=NOW, **draft) -> Invoice:
    """Return an issued invoice over ``total`` minor units, without tax unless ``lines`` say so."""
    made = make_draft(location, member=member, company=company, total=total, **draft)
    return issue(by=Actor.job("test"), invoice=made, now=now)


def make_payment(invoice, amount=None, *, reference=None, method=PaymentMethod.CARD_READER, received_at=NOW) -> Payment:
    """Return a payment that went to one invoice: all that is open unless ``amount`` says otherwise."""
    part = invoice.open_amount if amount is None else amount
    return record_payment(
        by=Actor.stripe(),
        location=invoice.location,
        member=invoice.member,
        company=invoice.company,
        method=method,
        amount=Money(part, invoice.currency),
        reference=reference or f"pi_test_{next(_number)}",
        allocations=[(invoice.pk, part)],
        received_at=received_at,
    )
