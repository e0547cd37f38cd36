"""Which calendar days can be counted from. Days near the ends of the calendar overflow when anything is added."""

from datetime import date

from django.utils.dateparse import parse_date

EARLIEST, LATEST = date(1970, 1, 1), date(2199, 12, 31)
INVALID = "Enter a date, such as 2026-12-02."
OUT_OF_REACH = f"Enter a day of the years {EARLIEST.year} to {LATEST.year}."


def in_reach(day: date) -> bool:
    """Return whether forms, addresses and the API take ``day``."""
    return EARLIEST <= day <= LATEST


def read_day(text: str) -> date | None:
    """Return the day that ``text`` says as 2026-12-02; None where it says none, or one that is out of reach."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and in_reach(day) else None
