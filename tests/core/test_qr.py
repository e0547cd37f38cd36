"""QR codes: what is drawn is the code, module by module."""

import re

from qrcode.main import QRCode

from flexspace.core.qr import QUIET, qr_picture

URL = "https://flexspace.example.org/pay/" + "x" * 71 + "/"


def test_path_draws_exactly_the_dark_modules():
    picture = qr_picture(URL)
    drawn = set()
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1H\d+z", picture.path):
        drawn |= {(int(x) + step, int(y)) for step in range(int(width))}
    code = QRCode(border=QUIET, error_correction=0)
    code.add_data(URL)
    rows = code.get_matrix()
    assert drawn == {(x, y) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark}
    assert picture.size == len(rows)


def test_quiet_zone_is_white():
    picture = qr_picture("a")
    left = min(int(x) for x in re.findall(r"M(\d+) ", picture.path))
    assert (left, picture.size) == (QUIET, 21 + 2 * QUIET)


def test_path_holds_nothing_of_the_text():
    assert re.fullmatch(r"(M\d+ \d+h\d+v1H\d+z)+", qr_picture('"><script>').path)
