"""The receipt of one payment as it is printed."""

from datetime import datetime

from billing.pdf.days import day
from billing.pdf.facts import CoveredRow, Party, ReceiptPaper
from billing.pdf.letterhead import write_facts, write_seller, write_window
from billing.pdf.sheet import BAD, INK_2, INK_3, LEFT, Cell, Column, Sheet
from billing.pdf.table import Table

TITLE_AT = 92.0
NAME_WIDTH, COLUMN_WIDTH = 26.0, 78.0
PRACTICE = "Practice: no money moved with this payment."


def write_receipt(paper: ReceiptPaper) -> bytes:
    """Return the PDF; it is laid out a second time when it takes more than one page, to say how many there are."""
    sheet = _lay_out(paper, pages=1)
    if sheet.page_no() > 1:
        sheet = _lay_out(paper, pages=sheet.page_no())
    return bytes(sheet.output())


def _lay_out(paper: ReceiptPaper, *, pages: int) -> Sheet:
    sheet = Sheet(
        title=f"{paper.title} · {paper.seller.name}",
        author=paper.seller.name,
        written_at=paper.received_at,
        footer=paper.footer,
        pages=pages,
        letter=paper.letter_size,
    )
    sheet.watermark = "Practice" if paper.practice else ""
    sheet.running_head = f"{paper.title} · {paper.payer}"
    sheet.add_page()
    write_seller(sheet, paper.seller)
    if paper.payer:
        write_window(sheet, paper.seller, Party(paper.payer))
    write_facts(sheet, [("Date", day(paper.received_at.date())), ("Time", clock(paper.received_at))])
    sheet.write_at(LEFT, TITLE_AT, "Receipt", size=18, strong=True)
    sheet.write_at(LEFT, TITLE_AT, str(paper.amount), size=18, strong=True, align="R")
    sheet.set_y(TITLE_AT + 9)
    sheet.paragraph(LEFT, f"Paid by {paper.how}. Thank you.", width=sheet.width, size=10, colour=INK_2)
    sheet.set_y(sheet.get_y() + 6)
    _write_covered(sheet, paper)
    _write_card(sheet, paper)
    _write_words(sheet, paper)
    return sheet


def clock(at: datetime) -> str:
    """Return the time with its zone's name: 14:05 CET."""
    return f"{at:%H:%M %Z}".strip()


def _write_covered(sheet: Sheet, paper: ReceiptPaper) -> None:
    columns = [
        Column("Invoice", 0),
        Column("Issued", 28),
        Column("Total", 28, "R"),
        Column("Paid with this", 28, "R"),
        Column("Still open", 28, "R"),
    ]
    rows = [_cells(row) for row in paper.covered]
    if paper.on_account:
        rows.append([Cell("On account"), Cell(""), Cell(""), Cell(str(paper.on_account), strong=True), Cell("")])
    if rows:
        Table(sheet, columns).write(rows)
    if paper.went_back:
        sheet.set_y(sheet.get_y() + 6)
        back = [Column("Given back", 28), Column("How", 0), Column("Amount", 28, "R")]
        Table(sheet, back).write(
            [Cell(day(row.on)), Cell(row.how), Cell(str(row.amount), strong=True)] for row in paper.went_back
        )


def _cells(row: CoveredRow) -> list[Cell]:
    return [
        Cell(row.number, strong=True),
        Cell(day(row.issue_date) if row.issue_date else ""),
        Cell(str(row.total), colour=INK_2),
        Cell(str(row.part), strong=True),
        Cell(str(row.open), colour=INK_2),
    ]


def _write_card(sheet: Sheet, paper: ReceiptPaper) -> None:
    """Write what the card networks want in two columns, read downwards."""
    facts = [("Reference", paper.reference), *paper.card]
    half = (len(facts) + 1) // 2
    height = sheet.line_height(8) + 0.7
    sheet.set_y(sheet.get_y() + 8)
    sheet.room(half * height)
    top = sheet.get_y()
    for index, (name, value) in enumerate(facts):
        x = LEFT + (index // half) * (COLUMN_WIDTH + 14)
        y = top + (index % half) * height
        sheet.write_at(x, y, name, size=8, colour=INK_3, width=NAME_WIDTH)
        sheet.write_at(x + NAME_WIDTH, y, value, size=8, width=COLUMN_WIDTH - NAME_WIDTH)
    sheet.set_y(top + half * height)


def _write_words(sheet: Sheet, paper: ReceiptPaper) -> None:
    if paper.consent:
        given = paper.consent.given_at
        sheet.set_y(sheet.get_y() + 7)
        sheet.paragraph(LEFT, f"Agreed on {day(given.date())}, {clock(given)}", width=sheet.width, size=9, strong=True)
        sheet.paragraph(LEFT, paper.consent.wording, width=min(sheet.width, 140), size=9, colour=INK_2)
    if paper.practice:
        sheet.set_y(sheet.get_y() + 7)
        sheet.paragraph(LEFT, PRACTICE, width=sheet.width, size=9, colour=BAD)
