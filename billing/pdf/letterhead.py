"""The upper part of every paper: who writes, to whom, and the facts beside the address."""

from collections.abc import Sequence

from billing.pdf.facts import Party
from billing.pdf.sheet import INK, INK_2, INK_3, LEFT, TOP, Sheet

FACTS_AT = 126.0
WINDOW = 46.0  # an envelope's window begins here (DIN 5008, form B)


def write_seller(sheet: Sheet, seller: Party) -> None:
    """Write the seller's name and address at the top of the first page."""
    sheet.write_at(LEFT, TOP, seller.name, size=12, strong=True, width=FACTS_AT - LEFT - 8)
    y = TOP + 0.8
    for line in (*seller.address, *([f"Tax id {seller.tax_id}"] if seller.tax_id else [])):
        sheet.write_at(FACTS_AT, y, line, size=8, colour=INK_2)
        y += sheet.line_height(8)


def write_window(sheet: Sheet, seller: Party, buyer: Party) -> None:
    """Write the buyer where an envelope's window shows it, below the seller's address in one small line."""
    sender = " · ".join((seller.name, *seller.address))
    sheet.write_at(LEFT, WINDOW, sender, size=6.5, colour=INK_3, width=FACTS_AT - LEFT - 14)
    y = WINDOW + 5.5
    for index, line in enumerate((buyer.name, *buyer.address)[:7]):
        sheet.write_at(LEFT, y, line, size=10, strong=not index, width=FACTS_AT - LEFT - 14)
        y += sheet.line_height(10)
    if buyer.tax_id:
        sheet.write_at(LEFT, y + 0.8, f"Tax id {buyer.tax_id}", size=8, colour=INK_2)


def write_facts(sheet: Sheet, facts: Sequence[tuple[str, str]], *, y: float = WINDOW + 5.5) -> None:
    """Write pairs of name and value in the column beside the address."""
    for name, value in facts:
        sheet.write_at(FACTS_AT, y, name, size=8, colour=INK_3, width=26)
        sheet.write_at(FACTS_AT + 26, y, value, size=8.5, colour=INK, align="R")
        y += sheet.line_height(8.5) + 0.9
