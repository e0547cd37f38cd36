"""Tables that go over pages: a row stays whole, its head is repeated."""

from collections.abc import Iterable, Sequence

from billing.pdf.sheet import INK_3, LEFT, LINE, STRONG_LINE, Cell, Column, Sheet

GAP = 4.0  # between columns
PAD = 1.9  # above and below a row's text
SIZE, SMALL = 8.5, 7.5


class Table:
    """Writes rows from the sheet's current height down."""

    def __init__(self, sheet: Sheet, columns: Sequence[Column], *, x: float = LEFT, width: float | None = None) -> None:
        self.sheet, self.x = sheet, x
        self.width = sheet.width if width is None else width
        rest = self.width - sum(column.width for column in columns) - GAP * (len(columns) - 1)
        self.columns = [Column(column.title, column.width or rest, column.align) for column in columns]

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write the head and every row."""
        self._head()
        for row in rows:
            self._row(row)

    def _head(self) -> None:
        sheet, y = self.sheet, self.sheet.get_y()
        for column, x in self._places():
            sheet.write_at(x, y, column.title, size=SMALL, colour=INK_3, align=column.align, width=column.width)
        sheet.set_y(y + sheet.line_height(SMALL) + 1.2)
        sheet.rule(sheet.get_y(), STRONG_LINE, x=self.x, width=self.width)

    def _row(self, row: Sequence[Cell]) -> None:
        sheet = self.sheet
        blocks = [self._block(cell, column) for cell, column in zip(row, self.columns, strict=True)]
        height = max(sum(sheet.line_height(size) for _line, size in block) for block in blocks) + 2 * PAD
        if sheet.room(height):
            self._head()
        top = sheet.get_y()
        for cell, block, (column, x) in zip(row, blocks, self._places(), strict=True):
            y = top + PAD
            for line, size in block:
                colour = cell.colour if size == SIZE else INK_3
                sheet.write_at(
                    x, y, line, size=size, strong=cell.strong, colour=colour, align=column.align, width=column.width
                )
                y += sheet.line_height(size)
        sheet.set_y(top + height)
        sheet.rule(top + height, LINE, x=self.x, width=self.width)

    def _block(self, cell: Cell, column: Column) -> list[tuple[str, float]]:
        """Return the cell's lines with their sizes; what stands right is one line and shrinks instead."""
        if column.align == "R":
            return [(cell.text, SIZE)]
        lines = self.sheet.lines(cell.text, width=column.width, size=SIZE, strong=cell.strong)
        details = self.sheet.lines(cell.detail, width=column.width, size=SMALL)
        return [(line, SIZE) for line in lines] + [(line, SMALL) for line in details]

    def _places(self) -> list[tuple[Column, float]]:
        places, x = [], self.x
        for column in self.columns:
            places.append((column, x))
            x += column.width + GAP
        return places
