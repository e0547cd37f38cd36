"""Tables as CSV, line by line, safe to open in a spreadsheet. Pure."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

# What a spreadsheet takes for the beginning of a formula. https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Cell = str | int | Decimal | date | datetime | None


def safe_cell(cell: Cell) -> str:
    """Return a cell as it is written. Text that would begin a formula gets an apostrophe; numbers stay numbers."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date):
        return cell.isoformat()
    if not isinstance(cell, str):
        return str(cell)
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell


class _Line:
    """Gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield one line of CSV a row, each as soon as its row is there; the first begins with a byte order mark.

    Without the mark, spreadsheets take names with accents for something else.
    """
    writer = csv.writer(_Line())
    first = "\ufeff"
    for row in rows:
        yield first + writer.writerow([safe_cell(cell) for cell in row])
        first = ""
