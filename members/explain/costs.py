"""Why days cost what they cost, in a sentence: "11 of 30 days (20–30 Nov) at €300.00 a month"."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.dateformat import format as written

from flexspace.core.money import Money
from members.calendars import ONE_DAY
from members.proration import Discount, Prorated, SegmentKind

_EVERY = {1: "a month", 3: "a quarter", 12: "a year"}


def every(interval_months: int) -> str:
    """Return "a month", "a quarter", "a year" or "every 2 months"."""
    return _EVERY.get(interval_months) or f"every {interval_months} months"


def day_words(day: date) -> str:
    """Return a day as people write it: "20 Nov 2026"."""
    return written(day, "j M Y")


def days_words(first: date, last: date) -> str:
    """Return the days as people write them: "20 Nov", "20–30 Nov", "20 Nov – 3 Dec", with years when they differ."""
    if first.year != last.year:
        return f"{written(first, 'j M Y')} – {written(last, 'j M Y')}"
    if first.month != last.month:
        return f"{written(first, 'j M')} – {written(last, 'j M')}"
    return written(last, "j M") if first == last else f"{first.day}–{written(last, 'j M')}"


def percent(basis_points: int) -> str:
    """Return a share as people write it: "10 %", "12.5 %"."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") + " %" if rest else f"{whole} %"


def discount_words(discount: Discount, currency: str) -> str:
    """Return what comes off a price: "10 %", "€20.00", "10 % and €20.00"."""
    return _off(discount.basis_points, discount.amount, currency)


def segment_words(facts: Mapping[str, Any], *, currency: str, interval_months: int) -> str:
    """Return one sentence for ``Segment.facts()`` of a plan billed every ``interval_months``, in ``currency``."""
    first, end = date.fromisoformat(facts["start"]), date.fromisoformat(facts["end"])
    days, last = (end - first).days, end - ONE_DAY
    if facts["code"] == SegmentKind.PAUSED:
        return f"{_days(days)} paused ({days_words(first, last)})"
    price = f"{Money(facts['price'], currency)} {every(interval_months)}"
    if facts["basis_points"] or facts["off"]:
        price = f"{price} less {_off(facts['basis_points'], facts['off'], currency)}"
    if facts["code"] == SegmentKind.WHOLE:
        return f"{days_words(first, last)} at {price}"
    return f"{days} of {_days(facts['of_days'])} ({days_words(first, last)}) at {price}"


def why_words(prorated: Prorated | Sequence[Mapping[str, Any]], *, currency: str, interval_months: int) -> str:
    """Return the sentence for a result of ``prorate``, or for its stored ``facts()``; empty for no days."""
    facts = prorated.facts() if isinstance(prorated, Prorated) else prorated
    return "; ".join(segment_words(each, currency=currency, interval_months=interval_months) for each in facts)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _off(basis_points: int, amount: int, currency: str) -> str:
    parts = [percent(basis_points)] if basis_points else []
    return " and ".join([*parts, str(Money(amount, currency))] if amount or not parts else parts)
