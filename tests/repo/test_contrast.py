"""Colours can be told from their ground in light and dark (WCAG 1.4.3 and 1.4.11), read from the tokens."""

import math
import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "static" / "css"
COLOUR = r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)"
TOKENS = {
    name: [tuple(map(float, numbers[:3])), tuple(map(float, numbers[3:]))]
    for name, *numbers in re.findall(
        rf"(--[\w-]+): light-dark\({COLOUR}, {COLOUR}\);", (CSS / "tokens.css").read_text()
    )
}
GROUNDS = ("--canvas", "--surface", "--sunken", "--raised")
TEXT, SHAPE = 4.5, 3.0
PAIRS = [
    *((ink, ground, TEXT) for ink in ("--ink", "--ink-2", "--ink-3") for ground in GROUNDS),
    ("--accent", "--surface", SHAPE),
    ("--bar", "--surface", SHAPE),
    ("--bar-main", "--bar", 1.5),  # side by side: the one is told from the other, by its place and its title too
]


def luminance(colour):
    """Return the relative luminance of an OKLCH colour: https://www.w3.org/TR/css-color-4/#color-conversion-code."""
    light, chroma, hue = colour
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    shown = [min(1.0, max(0.0, part)) for part in (red, green, blue)]
    return sum(part * weight for part, weight in zip(shown, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_counted_as_the_standard_does():
    assert round(contrast((1, 0, 0), (0, 0, 0)), 2) == 21
    assert round(contrast((0.59987, 0, 0), (1, 0, 0)), 2) == 3.95  # #808080 on white


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("name", "ground", "least"), PAIRS)
def test_colour_is_told_from_its_ground(name, ground, least, theme):
    assert contrast(TOKENS[name][theme], TOKENS[ground][theme]) >= least


@pytest.mark.parametrize(
    ("selector", "value"),
    [
        (".chart__bar", "fill: var(--bar)"),
        (".chart__swatch", "--part: var(--bar)"),
        (".chart__bar--today", "fill: var(--bar-main)"),
        (".chart__swatch--ours", "--part: var(--bar-main)"),
    ],
)
def test_bars_and_their_key_have_the_colours_that_are_measured(selector, value):
    [rule] = re.findall(rf"^  {re.escape(selector)} {{\n    (.*);\n  }}", (CSS / "pages.css").read_text(), re.MULTILINE)
    assert rule == value
