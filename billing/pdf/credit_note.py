"""A credit note as it is printed."""

from billing.pdf.days import day
from billing.pdf.facts import PRACTICE, CreditNotePaper
from billing.pdf.letterhead import write_facts, write_seller, write_window
from billing.pdf.receipt import TITLE_AT
from billing.pdf.sheet import BAD, INK_2, LEFT, Cell, Column, Sheet
from billing.pdf.table import Table


def write_credit_note(paper: CreditNotePaper) -> bytes:
    """Return the PDF; what it says fits on one page."""
    sheet = Sheet(
        title=f"{paper.title} · {paper.seller.name}",
        author=paper.seller.name,
        written_at=paper.issued_at,
        footer=paper.footer,
        pages=1,
        letter=paper.letter_size,
    )
    sheet.watermark = "Practice" if paper.practice else ""
    sheet.running_head = f"{paper.title} · {paper.buyer.name}"
    sheet.add_page()
    write_seller(sheet, paper.seller)
    write_window(sheet, paper.seller, paper.buyer)
    write_facts(sheet, [("Number", paper.number), ("Date", day(paper.issued_at.date())), *_of_invoice(paper)])
    sheet.write_at(LEFT, TITLE_AT, paper.title, size=18, strong=True)
    sheet.write_at(LEFT, TITLE_AT, str(paper.amount), size=18, strong=True, align="R")
    sheet.set_y(TITLE_AT + 9)
    said = f"We take this amount off invoice {paper.invoice}: {paper.reason.rstrip('.')}."
    sheet.paragraph(LEFT, said, width=sheet.width, size=10, colour=INK_2)
    sheet.set_y(sheet.get_y() + 6)
    columns = [Column("Tax", 0), Column("Net", 28, "R"), Column("Tax amount", 28, "R"), Column("Gross", 28, "R")]
    Table(sheet, columns).write(
        [Cell(rate.name or "No tax"), Cell(str(rate.net)), Cell(str(rate.tax)), Cell(str(rate.gross), strong=True)]
        for rate in paper.rates
    )
    if paper.practice:
        sheet.set_y(sheet.get_y() + 7)
        sheet.paragraph(LEFT, PRACTICE, width=sheet.width, size=9, colour=BAD)
    return bytes(sheet.output())


def _of_invoice(paper: CreditNotePaper) -> list[tuple[str, str]]:
    issued = [("Issued", day(paper.invoice_date))] if paper.invoice_date else []
    return [("For invoice", paper.invoice), *issued]
