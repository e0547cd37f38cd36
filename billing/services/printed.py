"""What an invoice prints is copied when it is issued, so that it reads the same ten years later."""

from collections.abc import Sequence
from datetime import timedelta

from billing.explain import address_of
from billing.models import Invoice, InvoiceLine
from members.models import Company


def copy_printed_facts(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """Copy seller, buyer and the days of supply into ``invoice``, which the caller saves.

    Lines that say no day are supplied on the day of issue, and then the two days stay empty.
    """
    location, payer = invoice.location, invoice.payer
    invoice.seller_name = location.legal_name or location.name
    invoice.seller_address = "\n".join(address_of(location))
    invoice.seller_tax_id = location.tax_id
    invoice.buyer_name = payer.name
    if isinstance(payer, Company):
        invoice.buyer_address, invoice.buyer_tax_id = payer.address, payer.tax_id
    firsts = [day for line in lines if (day := line.period_start or line.on_date)]
    lasts = [line.period_end - timedelta(days=1) if line.period_end else line.on_date for line in lines]
    invoice.supply_from = min(firsts, default=None)
    invoice.supply_until = max((day for day in lasts if day), default=None)
