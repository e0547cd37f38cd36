"""An invoice as it is printed."""

from billing.pdf.days import day, days
from billing.pdf.facts import PRACTICE, InvoicePaper, PaperLine
from billing.pdf.letterhead import write_facts, write_seller, write_window
from billing.pdf.sheet import BAD, INK, INK_2, INK_3, LEFT, LINE, OK, RIGHT, STRONG_LINE, Cell, Column, Sheet
from billing.pdf.table import Table
from flexspace.core.money import Money

TITLE_AT = 92.0
SUMS_WIDTH = 64.0
DRAFT_MARK = "Draft – not an invoice"
VOID_MARK = "Void"
PRACTICE_MARK = "Practice"


def write_invoice(paper: InvoicePaper) -> bytes:
    """Return the PDF; it is laid out a second time when it takes more than one page, to say how many there are."""
    sheet = _lay_out(paper, pages=1)
    if sheet.page_no() > 1:
        sheet = _lay_out(paper, pages=sheet.page_no())
    return bytes(sheet.output())


def _lay_out(paper: InvoicePaper, *, pages: int) -> Sheet:
    sheet = Sheet(
        title=f"{paper.title} · {paper.seller.name}",
        author=paper.seller.name,
        written_at=paper.written_at,
        footer=paper.footer,
        pages=pages,
        letter=paper.letter_size,
    )
    mark = DRAFT_MARK if paper.is_draft else VOID_MARK if paper.void_reason is not None else ""
    sheet.watermark = mark or (PRACTICE_MARK if paper.practice else "")
    sheet.running_head = f"{paper.title} · {paper.buyer.name}"
    sheet.add_page()
    write_seller(sheet, paper.seller)
    write_window(sheet, paper.seller, paper.buyer)
    write_facts(sheet, _facts(paper))
    sheet.write_at(LEFT, TITLE_AT, paper.title, size=18, strong=True)
    sheet.set_y(TITLE_AT + 12)
    if paper.void_reason is not None:
        sheet.paragraph(LEFT, f"Void: {paper.void_reason}", width=sheet.width, colour=BAD)
        sheet.set_y(sheet.get_y() + 3)
    _write_lines(sheet, paper)
    _write_sums(sheet, paper)
    _write_words(sheet, paper)
    return sheet


def _facts(paper: InvoicePaper) -> list[tuple[str, str]]:
    facts = [("Number", paper.number or "none yet")]
    if paper.issue_date:
        first, last = paper.supply or (paper.issue_date, paper.issue_date)
        facts += [("Date", day(paper.issue_date)), ("Supplied", days(first, last))]
    if paper.due_date:
        facts.append(("Due", day(paper.due_date)))
    facts.append(("Currency", paper.total.currency))
    return facts


def _write_lines(sheet: Sheet, paper: InvoicePaper) -> None:
    price = "Price incl. tax" if paper.tax_included else "Price excl. tax"
    columns = [
        Column("What", 0),
        Column("Quantity", 14, "R"),
        Column(price, 24, "R"),
        Column("Tax", 19),
        Column("Net", 22, "R"),
        Column("Gross", 22, "R"),
    ]
    Table(sheet, columns).write(_cells(line) for line in paper.lines)


def _cells(line: PaperLine) -> list[Cell]:
    return [
        Cell(line.text, line.detail),
        Cell(str(line.quantity)),
        Cell(str(line.unit)),
        Cell(line.tax_name or "none", colour=INK_2),
        Cell(str(line.net)),
        Cell(str(line.gross)),
    ]


def _write_sums(sheet: Sheet, paper: InvoicePaper) -> None:
    """Write what every rate comes to on the left, and the totals on the right; both stay on one page."""
    sheet.set_y(sheet.get_y() + 7)
    rows = max(len(paper.rates) + 2, 4 + len(paper.paid) + (1 if paper.paid else 0))
    sheet.room(min(rows * 7.0, sheet.bottom - 40))
    top, page = sheet.get_y(), sheet.page_no()
    left = sheet.width - SUMS_WIDTH - 8
    columns = [Column("Tax", 0), Column("Net", 20, "R"), Column("Tax amount", 18, "R"), Column("Gross", 20, "R")]
    Table(sheet, columns, width=left).write(
        [Cell(rate.name or "No tax"), Cell(str(rate.net)), Cell(str(rate.tax)), Cell(str(rate.gross))]
        for rate in paper.rates
    )
    end = sheet.get_y()
    if sheet.page_no() == page:
        sheet.set_y(top)
    _write_totals(sheet, paper)
    sheet.set_y(max(end, sheet.get_y()) if sheet.page_no() == page else sheet.get_y())


def _write_totals(sheet: Sheet, paper: InvoicePaper) -> None:
    _sum(sheet, "Net", str(paper.net))
    _sum(sheet, "Tax", str(paper.tax))
    _line(sheet, STRONG_LINE)
    _sum(sheet, "Total", str(paper.total), size=12, strong=True)
    if not paper.paid:
        return
    _line(sheet, LINE)
    for row in paper.paid:
        _sum(sheet, f"{day(row.on)} · {row.how}", str(-row.amount), size=8)
    surplus = Money.sum([row.amount for row in paper.paid], paper.total.currency) - paper.total
    if surplus.amount > 0 and paper.void_reason is None:
        _sum(sheet, "Paid beyond the total", str(surplus), strong=True)
    elif paper.open:
        _sum(sheet, "Still open", str(paper.open), size=10, strong=True)
    elif paper.void_reason is None:
        _sum(
            sheet,
            "Nothing is owed" if paper.refunded else "Paid in full",
            str(paper.open),
            size=10,
            strong=True,
            ok=True,
        )


def _sum(sheet: Sheet, name: str, amount: str, *, size: float = 9, strong: bool = False, ok: bool = False) -> None:
    sheet.room(sheet.line_height(size) + 1)
    x, y = sheet.w - RIGHT - SUMS_WIDTH, sheet.get_y()
    colour = OK if ok else INK if strong else INK_2
    sheet.write_at(x, y, name, size=size, strong=strong, colour=colour, width=SUMS_WIDTH - 26)
    sheet.write_at(x, y, amount, size=size, strong=strong, colour=OK if ok else INK, align="R")
    sheet.set_y(y + sheet.line_height(size) + 1)


def _line(sheet: Sheet, colour: tuple[int, int, int]) -> None:
    sheet.rule(sheet.get_y() + 0.4, colour, x=sheet.w - RIGHT - SUMS_WIDTH, width=SUMS_WIDTH)
    sheet.set_y(sheet.get_y() + 1.8)


def _write_words(sheet: Sheet, paper: InvoicePaper) -> None:
    """Write the terms and the note, over the whole width."""
    for text, size, colour in ((paper.terms, 9, INK), (paper.note, 9, INK_2)):
        if text.strip():
            sheet.set_y(sheet.get_y() + 5)
            sheet.paragraph(LEFT, text, width=min(sheet.width, 140), size=size, colour=colour)
    if paper.practice:
        sheet.set_y(sheet.get_y() + 5)
        sheet.paragraph(LEFT, f"{PRACTICE_MARK}: {PRACTICE}", width=sheet.width, size=9, colour=BAD)
    if paper.is_draft:
        sheet.set_y(sheet.get_y() + 5)
        sheet.paragraph(LEFT, "A draft: nothing is owed until it is issued.", width=sheet.width, colour=INK_3)
