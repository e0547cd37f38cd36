"""Invoices, credit notes and receipts on paper: facts in, PDF out. Pure: no rows, no clock, same facts, same bytes.

The writer's library takes a second to import, so it is imported by the first document and not with the app.
"""

from billing.pdf.facts import CreditNotePaper, InvoicePaper, ReceiptPaper


def invoice_pdf(paper: InvoicePaper) -> bytes:
    """Return the invoice as a PDF; a draft or void one says so across every page."""
    from billing.pdf.invoice import write_invoice  # noqa: PLC0415  (slow import)

    return write_invoice(paper)


def receipt_pdf(paper: ReceiptPaper) -> bytes:
    """Return the receipt of one payment as a PDF."""
    from billing.pdf.receipt import write_receipt  # noqa: PLC0415  (slow import)

    return write_receipt(paper)


def credit_note_pdf(paper: CreditNotePaper) -> bytes:
    """Return a credit note as a PDF."""
    from billing.pdf.credit_note import write_credit_note  # noqa: PLC0415  (slow import)

    return write_credit_note(paper)
