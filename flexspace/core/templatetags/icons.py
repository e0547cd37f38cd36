"""``{% lucide "check" class="icon" %}``: an icon as inline SVG, drawn once.

The library's own tag opens an archive of two thousand icons for each one it meets first, and writes each anew wherever
a page shows it. Templates name some dozens of icons in a few shapes, so here both are kept.
"""

from functools import cache
from importlib.resources import files
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

from django import template
from django.utils.safestring import SafeString, mark_safe

SVG = "http://www.w3.org/2000/svg"
register = template.Library()


@register.simple_tag
def lucide(name: str, *, size: int = 24, **attributes: str) -> SafeString:
    """Return the icon ``size`` pixels wide and high, with ``attributes`` (``aria_hidden`` is written aria-hidden).

    Raises KeyError for a name that is none.
    """
    return _drawn(name, size, *attributes.items())


@cache
def _drawn(name: str, size: int, *attributes: tuple[str, str]) -> SafeString:
    svg = ElementTree.fromstring(_archive().read(f"{name}.svg"))  # noqa: S314  (of a package we pin)
    for node in svg.iter():
        node.tag = node.tag.removeprefix(f"{{{SVG}}}")  # else each would be written with a prefix
    svg.attrib.update({"width": str(size), "height": str(size)})
    svg.attrib.update({key.replace("_", "-"): str(value) for key, value in attributes})
    return mark_safe(ElementTree.tostring(svg, encoding="unicode"))  # noqa: S308  (attributes are escaped)


@cache
def _archive() -> ZipFile:
    return ZipFile(BytesIO(files("lucide").joinpath("lucide.zip").read_bytes()))
