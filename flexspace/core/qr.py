"""QR codes as one SVG path: drawn by the page itself, so that no picture is stored or fetched."""

from dataclasses import dataclass

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 4  # modules of white around the code; readers need them. ISO/IEC 18004, 9.1


@dataclass(frozen=True, slots=True)
class QrPicture:
    """A square of ``size`` modules; ``path`` draws the dark ones."""

    size: int
    path: str


def qr_picture(text: str) -> QrPicture:
    """Return the QR code of ``text``, with its quiet zone."""
    code = QRCode(border=QUIET, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    return QrPicture(len(rows), "".join(_row(row, y) for y, row in enumerate(rows)))


def _row(row: list[bool], y: int) -> str:
    """Draw each run of dark modules as one bar."""
    bars, start = [], None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        if not dark and start is not None:
            bars.append(f"M{start} {y}h{x - start}v1H{start}z")
            start = None
    return "".join(bars)
