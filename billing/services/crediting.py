"""Credit notes: take an amount off an issued invoice, with its tax by the invoice's rates and a number of its own."""

from datetime import datetime

from billing.enums import RefundOrigin
from billing.models import CreditNote, Invoice, Refund
from billing.numbering import next_credit_note
from billing.queries import tax_breakdown
from billing.tax import RateTotal, credit_shares
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.money import step


def credit(*, by: Actor, invoice: Invoice, refund: Refund, amount: int, now: datetime) -> CreditNote:
    """Write the credit note of ``refund`` over ``amount`` minor units for a locked ``invoice``.

    Its number is taken last of all, so call it where nothing else is left to do but the amounts.
    """
    shares = credit_shares(_left(invoice), amount, step=step(invoice.currency))
    note = CreditNote.objects.create(
        location=invoice.location,
        invoice=invoice,
        refund=refund,
        number=next_credit_note(invoice.location),
        amount=amount,
        net_amount=sum(share.net for share in shares),
        tax_amount=sum(share.tax for share in shares),
        rates=[[share.tax_name, share.basis_points, share.net, share.tax] for share in shares],
        currency=invoice.currency,
        reason=refund.reason if refund.origin == RefundOrigin.HERE else "Refunded to the card",  # the customer reads it
        issued_at=now,
        issue_date=invoice.location.today(now),
        issued_by=by.label,
    )
    audit.record(
        "billing.credit_note.issued",
        by=by,
        about=[note, invoice, refund.payment, invoice.payer],
        location=invoice.location,
        after={"number": note.number, "invoice": str(invoice), "amount": amount, "currency": invoice.currency},
        reason=refund.reason,
    )
    return note


def _left(invoice: Invoice) -> list[RateTotal]:
    """Return what the credit notes so far left of each of the invoice's rates."""
    rates = tax_breakdown(list(invoice.lines.all()))
    left = {(rate.tax_name, rate.basis_points): [rate.net, rate.tax] for rate in rates}
    for credited in CreditNote.objects.filter(invoice=invoice).values_list("rates", flat=True):
        for name, points, net, tax in credited:
            left[name, points][0] -= net
            left[name, points][1] -= tax
    return [RateTotal(name, points, net, tax) for (name, points), (net, tax) in left.items()]
