"""What a line says, and why it is on the bill and costs what it costs."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.dateformat import format as written

from billing.models import InvoiceLine
from billing.models.line import BEGINS, COUNTS
from members.enums import DayPart
from members.explain.costs import days_words, segment_words
from members.proration import SegmentKind

_SEGMENTS = frozenset(kind.value for kind in SegmentKind)
MAX = 200  # characters of a line


def period_line(plan: str, person: str, first: date, last: date) -> str:
    """Return what a membership's line says: "Hot desk for Lena Fischer, 1–31 Dec"."""
    whose = f" for {person}" if person else ""
    days = f", {days_words(first, last)}"
    return f"{_cut(plan + whose, MAX - len(days))}{days}"


def usage_line(product: str, person: str, note: str, on: date | None) -> str:
    """Return what a line about something used says: "Printing for Lena Fischer, 20 Nov: posters"."""
    whose = f" for {person}" if person else ""
    about = f": {note}" if note else ""
    day = f", {written(on, 'j M')}" if on else ""
    return _cut(f"{product}{whose}{day}{about}", MAX)


def product_line(product: str, person: str, day: date | None, part: DayPart) -> str:
    """Return what a line of the counter says: "Half day for Lena Fischer, Tue 2 Dec, morning"."""
    whose = f" for {person}" if person else ""
    half = "" if part is DayPart.FULL else f", {part}"
    when = f", {written(day, 'D j M')}{half}" if day else ""
    return f"{_cut(product + whose, MAX - len(when))}{when}"


def why(line: InvoiceLine) -> str:
    """Return why a line costs what it costs, in sentences; empty for one that was typed by hand.

    Reads the plan of ``line.membership``, so read lines with it.
    """
    said = next((each["interval_months"] for each in line.why if each["code"] == BEGINS), 1)
    interval = line.membership.plan.interval_months if line.membership else said
    return why_words(line.why, currency=line.invoice.currency, interval_months=interval)


def why_words(reasons: Sequence[Mapping[str, Any]], *, currency: str, interval_months: int) -> str:
    """Return the stored ``reasons`` of a line as sentences."""
    costs = [
        segment_words(each, currency=currency, interval_months=interval_months)
        for each in reasons
        if each["code"] in _SEGMENTS
    ]
    told = [f"{'; '.join(costs)}."] if costs else []
    for each in reasons:
        if each["code"] == "late":
            told.append(f"Not billed with {_month(each['month'])}, so it is on this bill.")
        elif each["code"] == "used":
            told.append(f"Put on the bill for {written(date.fromisoformat(each['on']), 'j F Y')}.")
        elif each["code"] == COUNTS:
            told.append("What was paid for the day pass that day counts toward the membership.")
    return " ".join(told)


def _month(text: str) -> str:
    return written(date.fromisoformat(text), "F Y")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
