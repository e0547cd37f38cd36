"""Seats over time as a picture: what was used and bought, and what will be needed by what people hold. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

WIDTH, HEIGHT, TOP = 640, 120, 8
ONE_DAY = timedelta(days=1)
Span = tuple[int, datetime, datetime | None]  # member, from, until (None: no end is known)


@dataclass(frozen=True, slots=True)
class SeatPicture:
    """SVG paths in a box of WIDTH × HEIGHT; ``today`` is where today is in it."""

    used: str
    area: str
    bought: str
    forecast: str
    today: int
    first: date
    last: date
    words: str


@dataclass(frozen=True, slots=True)
class Day:
    """Seats of a day that was counted."""

    day: date
    used: int
    bought: int


def forecast(spans: Iterable[Span], days: Sequence[datetime], *, seats: int, sitting: Iterable[int], frees: bool
             ) -> list[int]:  # fmt: skip
    """Return how many seats will be in use at each of ``days``, the first of which is now.

    ``seats`` are in use now, ``sitting`` are the members among them. ``frees``: who loses all rights gives the seat
    back; otherwise seats only become more.
    """
    by_member: dict[int, list[tuple[datetime, datetime | None]]] = {}
    for member, start, end in spans:
        by_member.setdefault(member, []).append((start, end))
    here = set(sitting)
    others = seats - len(here & set(by_member)) if frees else seats - len(here)
    found = []
    kept = set(here)
    for day in days:
        holding = {
            member for member, rows in by_member.items()
            if any(start <= day and (end is None or day < end) for start, end in rows)
        }  # fmt: skip
        kept |= holding
        found.append(others + len(holding if frees else kept))
    return [seats, *found[1:]]  # who has just lost everything still sits there


def picture(past: Sequence[Day], coming: Mapping[date, int], today: date) -> SeatPicture | None:
    """Return the drawing; None before a day was counted."""
    if not past:
        return None
    first, last = past[0].day, max(coming, default=today)
    span = max(1, (last - first).days)
    high = max([1, *(max(row.used, row.bought) for row in past), *coming.values()])

    def x(day: date) -> int:
        return (day - first).days * WIDTH // span

    def y(seats: int) -> int:
        return HEIGHT - (HEIGHT - TOP) * seats // (high * 21 // 20 or 1)

    used = _stair([(x(row.day), y(row.used)) for row in past])
    bought = _stair([(x(row.day), y(row.bought)) for row in past]) + f"H{WIDTH}"
    ahead = _stair([(x(day), y(seats)) for day, seats in sorted(coming.items())])
    area = f"{used}V{HEIGHT}H{x(past[0].day)}Z"
    now = past[-1]
    words = f"{now.used} of {now.bought} seats in use today"
    if coming:
        most = max(coming.values())
        words += f"; up to {most} needed until {last.day} {last:%b}"
    return SeatPicture(used, area, bought, ahead, x(today), first, last, words)


def _stair(points: Sequence[tuple[int, int]]) -> str:
    if not points:
        return ""
    return f"M{points[0][0]} {points[0][1]}" + "".join(f"H{x}V{y}" for x, y in points[1:])
