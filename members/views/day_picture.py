"""The picture of a room's day: who has it when, as blocks on a line of hours. Places on it are parts of its width."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from members.entitlements import start_of_day
from members.models import Booking

FIRST, LAST = 7, 21  # the hours that are shown when nothing is earlier or later
ONE_HOUR = timedelta(hours=1)
LINE, LETTER, EDGES = 620, 7.4, 12  # pixels: the line on a tablet, a letter, what a block keeps free


@dataclass(frozen=True, slots=True)
class Window:
    """The hours shown, from ``start`` to before ``end`` (UTC)."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    def hours(self) -> list[datetime]:
        """Return the beginning of each hour, as clocks there show it."""
        count = int((self.end - self.start) / ONE_HOUR)
        return [(self.start + ONE_HOUR * number).astimezone(self.zone) for number in range(count)]

    def place(self, moment: datetime) -> float:
        """Return where ``moment`` is, in per cent of the width; what is outside lies on the edge."""
        return min(100.0, max(0.0, 100 * ((moment - self.start) / (self.end - self.start))))


@dataclass(frozen=True, slots=True)
class Block:
    """Somebody has the room. ``state`` is past, now or coming; ``name`` and ``time`` are what there is room for."""

    row: Booking
    x: str
    width: str
    hours: str
    state: str
    name: str
    time: str


@dataclass(frozen=True, slots=True)
class Gap:
    """An hour that is free and not over; ``at`` is when it begins, "10:00"."""

    x: str
    width: str
    at: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A room's day: blocks and gaps, a line for each full hour, and where now is."""

    blocks: list[Block]
    gaps: list[Gap]
    lines: list[str]
    labels: list[str]
    now: str
    words: str


def window_of(rows: Iterable[Booking], day: date, zone: ZoneInfo) -> Window:
    """Return the hours of ``day`` to show: the usual ones, and whole hours more for what is earlier or later."""
    midnight, over = start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)
    usual = [datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC) for hour in (FIRST, LAST)]
    known = list(rows)
    start = min([usual[0], *(max(midnight, one.starts_at) for one in known)])
    end = max([usual[1], *(min(over, one.ends_at) for one in known)])
    before = -(-(usual[0] - start) // ONE_HOUR)
    after = -(-(end - usual[1]) // ONE_HOUR)
    return Window(max(midnight, usual[0] - ONE_HOUR * before), min(over, usual[1] + ONE_HOUR * after), zone)


def strip(rows: Iterable[Booking], window: Window, now: datetime) -> Strip:
    """Return the picture of one room's bookings, which are in order and do not meet."""
    known, hours = list(rows), window.hours()
    blocks = [_block(one, window, now) for one in known]
    free = [
        hour
        for hour in hours
        if hour + ONE_HOUR > now and not any(one.starts_at < hour + ONE_HOUR and one.ends_at > hour for one in known)
    ]
    return Strip(
        blocks=blocks,
        gaps=[Gap(*_span(hour, hour + ONE_HOUR, window), f"{hour:%H:%M}") for hour in free],
        lines=[_part(window.place(hour)) for hour in hours[1:]],
        labels=[f"{hour:%H}" for hour in hours],
        now=_part(window.place(now)) if window.start <= now < window.end else "",
        words=", ".join(f"{block.hours} {block.row.member}" for block in blocks) or "free all day",
    )


def _block(row: Booking, window: Window, now: datetime) -> Block:
    start, end = row.starts_at.astimezone(window.zone), row.ends_at.astimezone(window.zone)
    state = "past" if row.ends_at <= now else "now" if row.starts_at <= now else "coming"
    share = window.place(row.ends_at) - window.place(row.starts_at)
    hours = f"{start:%H:%M}–{end:%H:%M}"
    name, time = _fitting(row, share, hours)
    return Block(row, *_span(row.starts_at, row.ends_at, window), hours, state, name, time)


def _fitting(row: Booking, share: float, hours: str) -> tuple[str, str]:
    """Return the name and the hours as far as ``share`` per cent of the line hold them."""
    letters = int((share / 100 * LINE - EDGES) / LETTER)
    names = (row.member.name, row.member.name.split()[0], row.member.initials)
    return next((name for name in names if len(name) <= letters), ""), hours if letters >= 9 else hours[:5]


def _span(start: datetime, end: datetime, window: Window) -> tuple[str, str]:
    return _part(window.place(start)), _part(window.place(end) - window.place(start))


def _part(share: float) -> str:
    return f"{share:.3f}%"
