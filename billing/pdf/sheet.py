"""The paper everything is written on: page, type, colours, tables. Lengths are millimetres, type sizes are points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from unicodedata import category, normalize

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import MethodReturnValue

FONTS = Path(__file__).resolve().parent.parent / "fonts"
TEXT, STRONG, JAPANESE = "Inter-Regular", "Inter-SemiBold", "NotoSansJP-Regular"
Colour = tuple[int, int, int]

# The light colours of static/css/tokens.css.
INK: Colour = (26, 30, 39)
INK_2: Colour = (75, 80, 90)
INK_3: Colour = (98, 102, 112)
LINE: Colour = (228, 227, 223)
STRONG_LINE: Colour = (140, 143, 151)
OK: Colour = (1, 96, 58)
BAD: Colour = (167, 32, 37)
MARK: Colour = (238, 236, 234)

LEFT, RIGHT, TOP = 22.0, 18.0, 18.0
FOOT = 26.0  # kept free below for the footer
MARK_SIZE, MARK_LENGTH = 120, 205
MISSING = "□"  # for what no font here has
POINT = 25.4 / 72


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column; a width of 0 takes what the others leave."""

    title: str
    width: float
    align: str = "L"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a row: text, and smaller text below it."""

    text: str
    detail: str = ""
    strong: bool = False
    colour: Colour = INK


@cache
def _characters(name: str) -> frozenset[int]:
    return frozenset(TTFont(FONTS / f"{name}.ttf", lazy=True).getBestCmap())


def clean(text: str) -> str:
    """Return ``text`` composed and without control and format characters, which no glyph shows."""
    composed = normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    return "".join(char for char in composed if char == "\n" or category(char) not in ("Cc", "Cf", "Cs", "Co"))


class Sheet(FPDF):
    """A document of one or more pages. ``pages`` is how many there will be, once that is known."""

    def __init__(
        self, *, title: str, author: str, written_at: datetime, footer: Sequence[str], pages: int, letter: bool
    ) -> None:
        super().__init__(format="letter" if letter else "a4")
        self.title_text, self.footer_lines, self.pages_total = clean(title), [clean(line) for line in footer], pages
        self.watermark, self.running_head = "", ""
        self._japanese = False
        self.set_creation_date(written_at)
        self.set_title(self.title_text)
        self.set_author(clean(author))
        self.set_creator("Flexspace")
        self.set_lang("en")
        self.set_margins(LEFT, TOP, RIGHT)
        self.set_auto_page_break(False)
        self.c_margin = 0
        for name in (TEXT, STRONG):
            self.add_font(name, fname=FONTS / f"{name}.ttf")

    @property
    def width(self) -> float:
        """Return the width between the margins."""
        return float(self.epw)

    @property
    def bottom(self) -> float:
        """Return where the footer's place begins."""
        return float(self.h) - FOOT

    def header(self) -> None:
        """Draw what is behind the text, and from the second page on which document this is."""
        if self.watermark:
            self._mark()
        if self.page_no() > 1 and self.running_head:
            self.write_at(LEFT, TOP - 4, self.running_head, size=8, colour=INK_3)
            self.set_y(TOP + 6)

    def footer(self) -> None:
        """Draw the seller's printed facts and the page's number."""
        top = self.h - FOOT + 6
        self.rule(top, LINE)
        for index, line in enumerate(self.footer_lines[:4]):
            self.write_at(LEFT, top + 2 + 3.4 * index, line, size=7, colour=INK_3, width=self.width - 30)
        self.write_at(LEFT, top + 2, f"Page {self.page_no()} of {self.pages_total}", size=7, colour=INK_3, align="R")

    def use(self, text: str, *, size: float, strong: bool = False, colour: Colour = INK) -> str:
        """Set type and colour for ``text``, bring the Japanese font when it needs one, and return it cleaned."""
        shown = clean(text)
        if not _characters(TEXT).issuperset(map(ord, shown.replace("\n", ""))):
            shown = self._with_japanese(shown)
        self.set_font(STRONG if strong else TEXT, size=size)
        self.set_text_color(*colour)
        return shown

    def write_at(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 9,
        strong: bool = False,
        colour: Colour = INK,
        align: str = "L",
        width: float | None = None,
    ) -> None:
        """Write one line at ``x``/``y``, smaller when ``width`` (the rest of the page by default) is too narrow."""
        space = self.w - RIGHT - x if width is None else width
        shown = self.use(text.replace("\n", " "), size=size, strong=strong, colour=colour)
        needed = self.get_string_width(shown)
        if needed > space:
            self.set_font_size(size * space / needed)
        self.set_xy(x, y)
        self.cell(space, size * POINT * 1.35, shown, align=align)

    def paragraph(
        self, x: float, text: str, *, width: float, size: float = 9, strong: bool = False, colour: Colour = INK
    ) -> None:
        """Write ``text`` over as many lines as it needs, from the current height down; new pages as needed."""
        for line in self.lines(text, width=width, size=size, strong=strong):
            self.room(self.line_height(size))
            self.write_at(x, self.get_y(), line, size=size, strong=strong, colour=colour, width=width)
            self.set_y(self.get_y() + self.line_height(size))

    def lines(self, text: str, *, width: float, size: float, strong: bool = False) -> list[str]:
        """Return ``text`` broken into lines of ``width``; "" has no line."""
        if not text.strip():
            return []
        shown = self.use(text, size=size, strong=strong)
        found = self.multi_cell(width, text=shown, align="L", dry_run=True, output=MethodReturnValue.LINES)
        assert isinstance(found, list)
        return [str(line) for line in found]

    def line_height(self, size: float) -> float:
        """Return the distance of two lines of that size."""
        return size * POINT * 1.42

    def rule(self, y: float, colour: Colour, *, x: float = LEFT, width: float | None = None) -> None:
        """Draw a hairline at ``y``."""
        self.set_draw_color(*colour)
        self.set_line_width(0.2)
        self.line(x, y, self.w - RIGHT if width is None else x + width, y)

    def room(self, height: float) -> bool:
        """Begin a new page unless ``height`` is left on this one; return whether it did."""
        if self.get_y() + height <= self.bottom:
            return False
        self.add_page()
        return True

    def _with_japanese(self, text: str) -> str:
        """Bring the Japanese font, once; return ``text`` with a box for each character that it lacks as well."""
        if not self._japanese:
            self.add_font(JAPANESE, fname=FONTS / f"{JAPANESE}.ttf")
            self.set_fallback_fonts([JAPANESE], exact_match=False)
            self._japanese = True
        known = _characters(TEXT) | _characters(JAPANESE)
        return "".join(char if char == "\n" or ord(char) in known else MISSING for char in text)

    def _mark(self) -> None:
        """Write the watermark across the page, as large as it fits."""
        shown = self.use(self.watermark, size=MARK_SIZE, strong=True, colour=MARK)
        self.set_font_size(min(MARK_SIZE, MARK_SIZE * MARK_LENGTH / self.get_string_width(shown)))
        width = self.get_string_width(shown)
        with self.rotation(50, self.w / 2, self.h / 2):
            self.set_xy((self.w - width) / 2, self.h / 2 - 20)
            self.cell(width, 40, shown, align="C")
        self.set_xy(LEFT, TOP)
