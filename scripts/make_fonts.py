"""Makes the fonts of the PDFs from their releases: what no invoice needs goes, figures get one width.

usage: .venv/bin/python scripts/make_fonts.py INTER_REGULAR.ttf INTER_SEMIBOLD.ttf NOTO_SANS_JP_REGULAR.ttf

Inter comes with proportional figures, and the PDF writer cannot ask a font for its tabular ones, so they take the
places of the others: columns of amounts line up. Noto Sans JP keeps every character of Windows-31J, because
names are written with 髙 and 﨑, which JIS X 0208 does not have.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent.parent / "billing" / "fonts"


def japanese() -> set[int]:
    """Return the code points of Windows-31J."""
    pairs = (bytes([lead, trail]) for lead in range(0x81, 0xFD) for trail in range(0x40, 0xFD))
    single = (bytes([byte]) for byte in range(0xA1, 0xE0))
    texts = [data.decode("cp932", errors="ignore") for data in (*pairs, *single)]
    return {ord(text) for text in texts if len(text) == 1} - set(range(0x80))


def tabular(font: TTFont) -> None:
    """Give the figures one width: map them to the glyphs of the font's own feature ``tnum``."""
    table = font["GSUB"].table
    [index] = {
        number
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "tnum"
        for number in record.Feature.LookupListIndex
    }
    swaps = {}
    for subtable in table.LookupList.Lookup[index].SubTable:
        swaps.update(getattr(subtable, "ExtSubTable", subtable).mapping)
    for cmap in font["cmap"].tables:
        cmap.cmap.update({code: swaps[cmap.cmap[code]] for code in b"0123456789" if cmap.cmap.get(code) in swaps})


def write(font: TTFont, to: Path, keep: set[int]) -> None:
    """Write ``font`` with the characters of ``keep`` and without what only a layout engine reads."""
    options = Options()
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "vhea", "vmtx"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=keep & set(font.getBestCmap()))
    subsetter.subset(font)
    font.save(to)


def main() -> None:
    """Write the three files."""
    regular, semibold, noto = sys.argv[1:]
    for source, target in ((regular, "Inter-Regular.ttf"), (semibold, "Inter-SemiBold.ttf")):
        font = TTFont(source, recalcTimestamp=False)
        tabular(font)
        write(font, FONTS / target, set(font.getBestCmap()))
    write(TTFont(noto, recalcTimestamp=False), FONTS / "NotoSansJP-Regular.ttf", japanese())


if __name__ == "__main__":
    main()
