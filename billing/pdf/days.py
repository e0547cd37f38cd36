"""How days are written on paper. Pure."""

from datetime import date


def day(on: date) -> str:
    """Return a day as people read it: 3 Nov 2026."""
    return f"{on.day} {on:%b} {on.year}"


def days(first: date, last: date) -> str:
    """Return a day or a period: 1 – 30 Nov 2026."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} – {day(last)}"
    return f"{first.day} {first:%b} – {day(last)}" if first.year == last.year else f"{day(first)} – {day(last)}"
